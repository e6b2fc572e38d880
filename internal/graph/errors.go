package graph

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is an answer of Graph with status 400 or higher.
type Error struct {
	// Method and Path are those of the request; Path has no query.
	Method, Path string
	// Status is the HTTP status code.
	Status int
	// Code and Message are Graph's, or made from the status line where the
	// answer held no error envelope (a gateway's page, for example).
	Code, Message string
	// RequestID is Graph's request-id; ClientRequestID is ours.
	RequestID, ClientRequestID string
	// SignedInWith names the credential that the request was signed with.
	SignedInWith string
	// Caller is who the access token says it is.
	Caller Caller
	// Attempts counts the requests that were sent for this one call.
	Attempts int

	retryAfter time.Duration
	challenge  string
	foreign    bool // no sign that it was Graph that answered
}

// Error says what Graph answered, in one line.
func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %d %s: %s", e.Method, e.Path, e.Status, e.Code, e.Message)
}

// NoAnswerError is a request that Graph did not answer, or whose answer could
// not be read whole.
type NoAnswerError struct {
	Method, Path string
	// Sent is false when the request surely never left this machine.
	Sent bool
	// ClientRequestID is ours, for Microsoft's support.
	ClientRequestID string
	// Attempts counts the requests that were tried for this one call.
	Attempts int
	// Err is the cause.
	Err error
}

// Error says what went wrong, in one line.
func (e *NoAnswerError) Error() string {
	return fmt.Sprintf("%s %s: no answer: %v", e.Method, e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// WaitError is a wait that the operation's timeout, or an interrupt, has no room for.
type WaitError struct {
	// Wait is how long Graph asked us to wait, or our own back-off; zero when the
	// time ran out while there was a request under way, or none was its turn.
	Wait time.Duration
	// Asked is true when Wait is Graph's own Retry-After.
	Asked bool
	// Paced is true when our own limit of requests per second left no turn.
	Paced bool
	// Last is the error that was to be waited out; nil when there was none.
	Last error
	// Err is context.DeadlineExceeded or context.Canceled.
	Err error
}

// Error says what was being waited for.
func (e *WaitError) Error() string {
	if e.Last == nil {
		return fmt.Sprintf("%v before it was this request's turn", e.Err)
	}
	return fmt.Sprintf("%v while waiting %s to try again after: %v", e.Err, e.Wait.Round(time.Second), e.Last)
}

// Unwrap returns both the reason for giving up and the error that was waited out.
func (e *WaitError) Unwrap() []error {
	if e.Last == nil {
		return []error{e.Err}
	}
	return []error{e.Last, e.Err}
}

// CredentialError is a failure to get an access token; Graph was not asked.
type CredentialError struct {
	// SignedInWith names the credential that failed.
	SignedInWith string
	// Err is the credential's own error.
	Err error
}

// Error says which credential failed and why.
func (e *CredentialError) Error() string {
	return fmt.Sprintf("could not get an access token with %s: %v", e.SignedInWith, e.Err)
}

// Unwrap returns the credential's own error.
func (e *CredentialError) Unwrap() error { return e.Err }

// AlreadyExistsError is a create that Graph refused, or that was not sent,
// because the serial number is in the tenant already, made by somebody else.
type AlreadyExistsError struct {
	// Existing is the token that has the serial number.
	Existing HardwareOathToken
	// MadeHere is true when this client has made it, for somebody else who asked.
	MadeHere bool
	// Err is Graph's refusal, or the lost answer that was looked into; nil when
	// the token was listed before anything was sent.
	Err error
}

// Error names the serial number and the token that has it.
func (e *AlreadyExistsError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("serial number %q is taken by token %s", e.Existing.SerialNumber, e.Existing.ID)
	}
	return fmt.Sprintf("serial number %q is taken by token %s: %v", e.Existing.SerialNumber, e.Existing.ID, e.Err)
}

// Unwrap returns what Graph said, if anything.
func (e *AlreadyExistsError) Unwrap() error { return e.Err }

// LostAnswerError is a create whose answer was lost and whose outcome could not
// be settled: the token may or may not be in the tenant.
type LostAnswerError struct {
	// SerialNumber is the token's durable identity.
	SerialNumber string
	// Err is what happened to the answer.
	Err error
	// Then is what kept us from finding out; nil when the serial number was
	// looked up and not found.
	Then error
}

// Error says what was lost.
func (e *LostAnswerError) Error() string {
	return fmt.Sprintf("the answer to the creation of serial number %q was lost: %v", e.SerialNumber, e.Err)
}

// Unwrap returns what happened to the answer, and what came after it.
func (e *LostAnswerError) Unwrap() []error {
	if e.Then == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Then}
}

// AssignedError is a delete that was not tried because somebody holds the token.
type AssignedError struct {
	// Token is the token as Graph described it.
	Token HardwareOathToken
}

// Error names the token and its holder.
func (e *AssignedError) Error() string {
	return fmt.Sprintf("token %s is assigned to user %s", e.Token.ID, e.Token.AssignedTo.ID)
}

// IsNotFound reports whether Graph answered that the object does not exist.
// A 404 that is not Graph's own, from a proxy or a wrong endpoint, says nothing
// of the kind: believing it would forget every token.
func IsNotFound(err error) bool {
	var e *Error
	return hasStatus(err, http.StatusNotFound, http.StatusGone) && errors.As(err, &e) && !e.foreign
}

// IsForbidden reports whether a permission or a role is missing.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

// hasStatus does not look into a [WaitError]: the answer that was to be waited
// out was not believed, so a 404 in it does not say that the object is gone.
func hasStatus(err error, statuses ...int) bool {
	var wait *WaitError
	var e *Error
	if errors.As(err, &wait) || !errors.As(err, &e) {
		return false
	}
	for _, status := range statuses {
		if e.Status == status {
			return true
		}
	}
	return false
}

// isRefusal reports whether Graph read the request and said no for a reason
// that lies in the request: nothing was written.
func isRefusal(err error) bool {
	return hasStatus(err, http.StatusBadRequest, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity)
}

// isAnswerLost reports whether a request that was not answered, or was answered
// by a failing server, may have been carried out all the same.
func isAnswerLost(err error) bool {
	var none *NoAnswerError
	if errors.As(err, &none) {
		return none.Sent
	}
	var e *Error
	// A success that can't be read is an answer of somebody's, and the write may stand.
	return errors.As(err, &e) && (e.Status >= 500 || e.Status == http.StatusRequestTimeout || e.Status < 300)
}

// innerError is the part of the envelope that carries the ids; it can nest, and
// its key is innerError in samples and innererror in the type's text
// (graph errors page), so encoding/json's case-insensitive match serves both.
type innerError struct {
	Code       string      `json:"code"`
	Message    string      `json:"message"`
	RequestID  string      `json:"request-id"`
	InnerError *innerError `json:"innerError"`
}

// newError reads Graph's error envelope, or makes do with the status line.
func newError(req *http.Request, resp *http.Response, body []byte) *Error {
	e := &Error{
		Method:     req.Method,
		Path:       req.URL.Path,
		Status:     resp.StatusCode,
		RequestID:  resp.Header.Get("request-id"),
		retryAfter: retryAfter(resp),
		challenge:  resp.Header.Get("WWW-Authenticate"),
	}
	var envelope struct {
		Error struct {
			innerError
			Target  string `json:"target"`
			Details []struct {
				Code, Message, Target string
			} `json:"details"`
		} `json:"error"`
	}
	// A member of another type than expected leaves the others readable.
	_ = json.Unmarshal(body, &envelope)
	e.Code, e.Message = envelope.Error.Code, envelope.Error.Message
	for _, detail := range envelope.Error.Details {
		e.Message = strings.TrimSpace(e.Message + " " + detail.Message)
	}
	for inner := envelope.Error.InnerError; inner != nil; inner = inner.InnerError {
		if e.RequestID == "" {
			e.RequestID = inner.RequestID
		}
		if e.Message == "" {
			e.Message = inner.Message
		}
	}
	e.foreign = e.Code == ""
	if e.Code == "" {
		e.Code = cmp.Or(strings.ReplaceAll(http.StatusText(resp.StatusCode), " ", ""), "UnknownError")
	}
	if location, _, _ := strings.Cut(resp.Header.Get("Location"), "?"); e.Message == "" && location != "" {
		e.Message = fmt.Sprintf("the answer leads to %q, so it may not be Microsoft Graph that answered", location)
	}
	if e.Message == "" && e.foreign {
		e.Message = "the answer is not an error of Microsoft Graph's, so it may not be Microsoft Graph that answered"
	}
	if e.Message == "" {
		e.Message = "the answer held no error message"
	}
	return e
}
