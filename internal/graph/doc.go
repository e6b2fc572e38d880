// Package graph is all traffic to Microsoft Graph: plain Go values in, plain Go
// values out, on the request builders of msgraph-beta-sdk-go.
//
// It is the one package that imports the SDK, and of that only the directory,
// users and models packages: the root package compiles all of Graph. It knows
// no type of the Terraform plugin framework; tflog is allowed.
//
// From the outside in, a call passes through
//
//	Client        one method per need; knows what a lost answer means (create.go, write.go)
//	bulk, batch   many tokens: creations in one request (bulk.go), the rest in $batch (batch.go)
//	SDK           request builders and models on a kiota adapter without kiota's middleware
//	transport     authorisation, retries, rate limit, one log line per request (transport.go)
//	answer        the shapes that Graph's pages contradict each other about, made one (answer.go)
//
// Bodies are never logged and never part of an error.
package graph
