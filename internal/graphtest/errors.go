package graphtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// graphError is a refusal; it becomes the error envelope of concepts/errors.md.
type graphError struct {
	status  int
	code    string
	message string
	header  http.Header
	// loud marks a mistake of the client that no test should provoke unknowingly.
	loud bool
}

func refuse(status int, code, format string, args ...any) *graphError {
	return &graphError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "badRequest", format, args...)
}

func notFound(format string, args ...any) *graphError {
	return refuse(http.StatusNotFound, "notFound", format, args...)
}

// unsupported is a refusal of what the emulator does not know; it fails the test that caused it.
func unsupported(status int, format string, args ...any) *graphError {
	code := "badRequest"
	if status == http.StatusNotImplemented {
		code = "notImplemented"
	}
	err := refuse(status, code, format, args...)
	err.loud = true
	return err
}

func deviceNotFound(id string) *graphError {
	return notFound("Hardware OATH device '%s' was not found.", id)
}

func methodNotFound(id string) *graphError {
	return notFound("Hardware OATH authentication method '%s' was not found for the user.", id)
}

func userNotFound(id string) *graphError {
	return refuse(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

// forbidden is the 403 of json-batching.md, or the one that users saw from the policy service.
func (s *Server) forbidden() *graphError {
	if s.has(QuirkForbiddenAccessDenied) {
		return refuse(http.StatusForbidden, "accessDenied", "Request Authorization failed")
	}
	return refuse(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

// envelope is the body of an error answer.
func (s *Server) envelope(c *call, code, message string) map[string]any {
	inner := map[string]any{
		"date":              c.time.Format("2006-01-02T15:04:05"),
		"request-id":        c.record.RequestID,
		"client-request-id": c.clientRequestID(),
	}
	if s.has(QuirkInnerErrorMessage) {
		inner["message"] = message
	}
	if s.has(QuirkNestedInnerError) {
		inner = map[string]any{"code": "innerFailure", s.innerErrorKey(): inner}
	}
	return map[string]any{"error": map[string]any{"code": code, "message": message, s.innerErrorKey(): inner}}
}

func (s *Server) innerErrorKey() string {
	if s.has(QuirkLowerInnerError) {
		return "innererror"
	}
	return "innerError"
}

func (s *Server) errorCode(code string) string {
	if !s.has(QuirkUpperErrorCodes) || code == "" {
		return code
	}
	return string(unicode.ToUpper(rune(code[0]))) + code[1:]
}

// faultCode is the code that Graph gives with a status when a fault names none.
func faultCode(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "TooManyRequests"
	case http.StatusServiceUnavailable:
		return "serviceNotAvailable"
	case http.StatusInternalServerError:
		return "generalException"
	default:
		text := strings.ReplaceAll(http.StatusText(status), " ", "")
		if text == "" {
			return "unknownError"
		}
		return strings.ToLower(text[:1]) + text[1:]
	}
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
