package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

const issuesURL = "https://github.com/terraform-provider-entra/terraform-provider-entra/issues"

// bug ends the text of a state that can't be.
func bug(what string) string {
	return fmt.Sprintf("%s%s. This is a bug in the provider; please report it at %s.", strings.ToUpper(what[:1]), what[1:], issuesURL)
}

// addGraphError is the one place where an error of the graph package becomes a
// diagnostic. Object says what the operation was about, with its name and id,
// as the start of a sentence: `The hardware OATH token with serial number "1"`.
func addGraphError(diags *diag.Diagnostics, summary, object string, err error) {
	diags.AddError(summary, object+" "+describe(err))
}

// describe continues a sentence whose subject is the object.
func describe(err error) string {
	var (
		assignment *graph.AssignmentError
		activation *graph.ActivationError
		notHeld    *graph.NotHeldError
		exists     *graph.AlreadyExistsError
		lost       *graph.LostAnswerError
		assigned   *graph.AssignedError
		wait       *graph.WaitError
		credential *graph.CredentialError
		none       *graph.NoAnswerError
		answered   *graph.Error
	)
	switch {
	case errors.As(err, &assignment):
		return describeAssignment(assignment)
	case errors.As(err, &activation):
		return describeActivation(activation)
	case errors.As(err, &notHeld):
		return describeNotHeld(notHeld)
	case errors.As(err, &exists):
		return describeExisting(exists)
	case errors.As(err, &lost):
		return describeLost(lost)
	case errors.As(err, &assigned):
		return fmt.Sprintf("is assigned to %s, and Microsoft Graph deletes only tokens that nobody holds. "+
			"Take the token back from that user first, or set unassign_on_destroy = true, apply that, and destroy again.",
			holder(*assigned.Token.AssignedTo))
	case errors.As(err, &wait):
		return describeWait(wait)
	case errors.As(err, &credential):
		return fmt.Sprintf("was not asked for, because signing in with %s failed:\n\n%v\n\n"+
			"Check the provider's credential settings and the ARM_* environment variables.", credential.SignedInWith, credential.Err)
	case errors.As(err, &none) && !none.Sent:
		return fmt.Sprintf("was not asked for: Microsoft Graph could not be reached (%s): %v.\n\n"+
			"Check the network, the proxy and the provider's msgraph_endpoint, then run Terraform again.", tries(max(none.Attempts, 1)), none.Err)
	case errors.As(err, &none):
		return fmt.Sprintf("is in an unknown state: Microsoft Graph gave no answer that could be read (%s, client-request-id %s): %v.\n\n"+
			"Check the network, the proxy and the provider's msgraph_endpoint, then run Terraform again.", tries(none.Attempts), none.ClientRequestID, none.Err)
	case errors.As(err, &answered):
		return describeAnswer(answered)
	default:
		return fmt.Sprintf("could not be handled: %v.", err)
	}
}

func describeAnswer(e *graph.Error) string {
	text := fmt.Sprintf("was refused by Microsoft Graph: %s (%s, status %d).\n\n%s",
		strings.TrimRight(e.Message, "."), e.Code, e.Status, requestIDs(e))
	switch {
	case graph.IsForbidden(e):
		text += "\n\n" + describeCaller(e)
	case e.Status == http.StatusUnauthorized:
		text += "\n\nMicrosoft Graph did not accept the token. " + describeCaller(e) + " The token may have expired, or be meant for another service or tenant."
	case e.Status == 429:
		text += fmt.Sprintf("\n\nMicrosoft Graph throttled this request every time (%s). "+
			"Lower the load with requests_per_second or -parallelism, or raise max_retries.", tries(e.Attempts))
	case e.Method == http.MethodPatch && !strings.HasSuffix(e.Path, "/hardwareOathDevices") && e.Status < 500: // the collection's PATCH creates
		text += "\n\nA token can be changed only while nobody holds it. Run terraform plan with a refresh to see who holds it now."
	case e.Status >= 500:
		text += fmt.Sprintf("\n\nThe service failed every time (%s). Run Terraform again later; with the request-id Microsoft's support can find the cause.", tries(e.Attempts))
	}
	return text
}

// azureCLIApplication is the id of the Azure CLI's own application.
const azureCLIApplication = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// describeCaller says who was refused, and what this very operation asks for.
// Source for the Azure CLI: azure-cli issues 23906 and 33062.
func describeCaller(e *graph.Error) string {
	permission, role := e.Needs()
	text := fmt.Sprintf("The request was signed with %s%s. An application needs the Microsoft Graph permission %s, with admin consent; "+
		"a signed-in user needs it too, and the role %s.", e.SignedInWith, caller(e.Caller), permission, role)
	byCLI := strings.Contains(e.SignedInWith, "Azure CLI") || e.Caller.Application == azureCLIApplication
	if byCLI && (e.Caller.User != "" || e.Caller.Application == "") {
		text += " The Azure CLI's own application can't be granted this permission, so a user signed in with az login is refused whatever the user's roles are: " +
			"use a service principal or a managed identity."
	}
	return text
}

// caller says who a token says it is: a clause after the name of the credential.
func caller(c graph.Caller) string {
	text := ""
	switch {
	case c.User != "":
		text = fmt.Sprintf(", as user %s through application %s", c.User, c.Application)
	case c.Application != "":
		text = fmt.Sprintf(", as application %s", c.Application)
	default:
		return ""
	}
	if c.Tenant != "" {
		text += fmt.Sprintf(" in tenant %s", c.Tenant)
	}
	if len(c.Permissions) == 0 {
		return text + "; the token carries no permission"
	}
	return text + fmt.Sprintf("; the token carries %s", strings.Join(c.Permissions, ", "))
}

func requestIDs(e *graph.Error) string {
	if e.RequestID == "" {
		return fmt.Sprintf("client-request-id: %s", e.ClientRequestID)
	}
	return fmt.Sprintf("request-id: %s, client-request-id: %s", e.RequestID, e.ClientRequestID)
}

func tries(attempts int) string {
	if attempts == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", attempts)
}

func describeExisting(e *graph.AlreadyExistsError) string {
	state := "it is not assigned"
	if e.Existing.AssignedTo != nil {
		state = "it is assigned to " + holder(*e.Existing.AssignedTo)
	}
	text := fmt.Sprintf("is in the tenant already: %s %s, object id %s; %s. This creation did not make it, and has left it as it is.\n\n",
		e.Existing.Manufacturer, e.Existing.Model, e.Existing.ID, state)
	if e.MadeHere {
		text += "It was made a moment ago, in this run: two resources have the same serial_number, and one of them must go.\n"
	} else {
		text += "To manage that token here, add this block with this resource's own address, and apply:\n\n" + importBlock(hardwareOathTokenType, e.Existing.ID) +
			"\nIf it is this resource's own token, which create_before_destroy was to replace: a serial number exists once, so take create_before_destroy away, " +
			"here and in the resources that depend on this one.\n"
	}
	var answered *graph.Error
	if errors.As(e.Err, &answered) {
		text += fmt.Sprintf("\nMicrosoft Graph said: %s (%s, status %d).\n\n%s", strings.TrimRight(answered.Message, "."), answered.Code, answered.Status, requestIDs(answered))
	}
	return text
}

// importBlock is ready to paste.
func importBlock(resourceType, id string) string {
	return fmt.Sprintf("import {\n  to = %s.example\n  id = %s\n}\n", resourceType, hclString(id))
}

// hclString is a text as a string of the configuration.
func hclString(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(fmt.Sprintf("%q", text))
}

func describeLost(e *graph.LostAnswerError) string {
	text := fmt.Sprintf("may or may not be in the tenant now: the answer to its creation was lost (%v)", e.Err)
	if e.Then != nil {
		text += fmt.Sprintf(", and looking it up by its serial number did not settle it (%v).", e.Then)
	} else {
		text += ", and the serial number was looked up and not found."
	}
	return text + fmt.Sprintf("\n\nRun terraform apply again: if the token is there, the error will hold the import block for it. Or import it by its serial number:\n\n%s",
		importBlock(hardwareOathTokenType, e.SerialNumber))
}

func describeWait(e *graph.WaitError) string {
	var text string
	switch {
	case errors.Is(e.Err, context.Canceled):
		text = "was not settled: Terraform was interrupted."
	case e.Paced:
		text = "was not settled in time: requests_per_second left it no turn within the operation's timeout. Raise one of the two."
	case e.Asked:
		text = fmt.Sprintf("was not settled in time: Microsoft Graph asked to wait %s before the next attempt, which is longer than what is left of this operation's timeout. "+
			"Raise it in the timeouts argument, where there is one, or run Terraform again later.", e.Wait.Round(time.Second))
	default:
		text = "was not settled within the operation's timeout. Raise it in the timeouts argument, where there is one, or run Terraform again later."
	}
	if e.Last != nil {
		text += "\n\nThe last error was: " + brief(e.Last)
	}
	return text
}

// brief says what happened without advice.
func brief(err error) string {
	var answered *graph.Error
	if errors.As(err, &answered) {
		return fmt.Sprintf("%s (%s, status %d; %s).", strings.TrimRight(answered.Message, "."), answered.Code, answered.Status, requestIDs(answered))
	}
	return fmt.Sprintf("%v.", err)
}

// holder names a user for an error text.
func holder(user graph.Identity) string {
	if user.DisplayName == nil || *user.DisplayName == "" {
		return fmt.Sprintf("user %s", user.ID)
	}
	return fmt.Sprintf("%q (user %s)", *user.DisplayName, user.ID)
}

// clause is an error's text after "Call to function failed:"; the CLI adds the
// full stop.
func clause(err error) string { return strings.TrimSuffix(err.Error(), ".") }

// sentence is an error's text as a person reads it.
func sentence(err error) string {
	text := clause(err)
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
