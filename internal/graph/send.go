package graph

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
)

// reply is the answer to a request that may be about several things.
type reply struct {
	path            string // of the request
	clientRequestID string
	caller          Caller
	header          http.Header
	body            []byte
}

// send is for the requests that the SDK has no builder of: the PATCH of the
// collection and $batch.
func (c *Client) send(ctx context.Context, method abstractions.HttpMethod, path string, body []byte) (reply, error) {
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(
		method, "{+baseurl}"+path, map[string]string{"baseurl": c.adapter.GetBaseUrl()})
	info.Headers.TryAdd("Accept", "application/json")
	info.SetStreamContentAndContentType(body, "application/json")
	native, err := c.adapter.ConvertToNativeRequest(ctx, info)
	if err != nil {
		return reply{}, err
	}
	req, ok := native.(*http.Request)
	if !ok {
		return reply{}, fmt.Errorf("the adapter made a %T and not a request", native)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	sent := resp.Request.Header
	return reply{
		path: resp.Request.URL.Path, clientRequestID: sent.Get("client-request-id"),
		caller: callerOf(strings.TrimPrefix(sent.Get("Authorization"), "Bearer ")),
		header: resp.Header, body: answer,
	}, err
}

// innerError is what a reply says of one part of the request, as if that part
// had been sent alone.
func (c *Client) innerError(whole reply, method, path string, status int, header http.Header, body []byte) *Error {
	e := newError(&http.Request{Method: method, URL: &url.URL{Path: path}}, &http.Response{StatusCode: status, Header: header}, body)
	e.ClientRequestID, e.Caller, e.SignedInWith, e.Attempts = whole.clientRequestID, whole.caller, c.transport.signedInWith, 1
	return e
}

// toJSON is an object as the SDK writes it.
func toJSON(object serialization.Parsable) ([]byte, error) {
	writer := kiotajson.NewJsonSerializationWriter()
	defer func() { _ = writer.Close() }()
	if err := writer.WriteObjectValue("", object); err != nil {
		return nil, err
	}
	return writer.GetSerializedContent()
}

// fromJSON is an object as the SDK reads it.
func fromJSON(body []byte, factory serialization.ParsableFactory) (serialization.Parsable, error) {
	node, err := kiotajson.NewJsonParseNode(body)
	if err != nil {
		return nil, err
	}
	return node.GetObjectValue(factory)
}
