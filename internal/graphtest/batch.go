package graphtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

const maxBatch = 20

type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

type batchResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

// batch runs the items in order through the same handlers; the mutex is not held (G-batch).
func (s *Server) batch(c *call) answer {
	items, err := parseBatch(c.body)
	if err != nil {
		return fail(err)
	}
	responses := make([]batchResponse, len(items))
	status := map[string]int{}
	for i, it := range items {
		responses[i] = s.batchResponse(c, it, status)
		status[it.ID] = responses[i].Status
	}
	if s.has(QuirkBatchShuffled) {
		shuffle(responses)
	}
	return ok(map[string]any{"responses": responses})
}

func parseBatch(body []byte) ([]batchItem, *graphError) {
	var in struct {
		Requests []batchItem `json:"requests"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, unsupported(http.StatusBadRequest, "Invalid batch payload format: %v", err)
	}
	if len(in.Requests) == 0 || len(in.Requests) > maxBatch {
		return nil, refuse(http.StatusBadRequest, "BadRequest", "Number of batch request steps must be between 1 and %d, got %d.", maxBatch, len(in.Requests))
	}
	seen := map[string]bool{}
	for _, it := range in.Requests {
		if it.ID == "" || seen[it.ID] {
			return nil, refuse(http.StatusBadRequest, "BadRequest", "Request id '%s' is empty or not unique.", it.ID)
		}
		for _, id := range it.DependsOn {
			if !seen[id] {
				return nil, refuse(http.StatusBadRequest, "BadRequest", "Request '%s' depends on '%s', which does not come before it.", it.ID, id)
			}
		}
		seen[it.ID] = true
		if !strings.HasPrefix(it.URL, "/") || it.Method == "" {
			return nil, refuse(http.StatusBadRequest, "BadRequest", "Request '%s' needs a method and a relative url.", it.ID)
		}
	}
	return in.Requests, nil
}

func (s *Server) batchResponse(c *call, it batchItem, status map[string]int) batchResponse {
	for _, id := range it.DependsOn {
		if status[id] >= http.StatusBadRequest {
			return s.batchError(c, it, http.StatusFailedDependency, "FailedDependency", "The request '"+id+"' failed.")
		}
	}
	inner, err := innerRequest(c, it)
	if err != nil {
		return s.batchError(c, it, http.StatusBadRequest, "BadRequest", err.Error())
	}
	rep, fault := s.process(inner, it.Body, true)
	if fault != nil && (fault.Drop || fault.Cut) {
		return s.batchError(c, it, http.StatusGatewayTimeout, "gatewayTimeout", http.StatusText(http.StatusGatewayTimeout))
	}
	out := batchResponse{ID: it.ID, Status: rep.status, Headers: map[string]string{}}
	for name := range rep.header {
		out.Headers[name] = rep.header.Get(name)
	}
	if json.Valid(rep.body) {
		out.Body = json.RawMessage(rep.body)
	} else if len(rep.body) > 0 {
		out.Body = string(rep.body)
	}
	return out
}

func (s *Server) batchError(c *call, it batchItem, status int, code, message string) batchResponse {
	return batchResponse{ID: it.ID, Status: status, Body: s.envelope(c, code, message)}
}

// innerRequest is sent by the caller of the batch, with the item's own headers.
func innerRequest(c *call, it batchItem) (*http.Request, error) {
	u, err := url.Parse(betaRoot + it.URL)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(c.r.Context(), strings.ToUpper(it.Method), u.String(), bytes.NewReader(it.Body))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Authorization", "User-Agent", "Client-Request-Id"} {
		r.Header.Set(name, c.r.Header.Get(name))
	}
	for name, value := range it.Headers {
		r.Header.Set(name, value)
	}
	return r, nil
}
