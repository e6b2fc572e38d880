package graphtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is what the emulator remembers of a request: never a value of a body, never a header that could hold a token.
type Request struct {
	Method          string
	Path            string // relative to /beta, without query
	RawQuery        string
	Status          int      // 0 when there was no answer
	Properties      []string // sorted top-level property names of the body
	ClientRequestID string
	RequestID       string
	UserAgent       string
	ContentEncoding string
	Fault           bool // answered or spoiled by a fault
	Batched         bool // came inside a $batch
	Time            time.Time
}

// Requests returns the Graph requests so far, in the order of their arrival. An empty method or path matches all;
// in a path, `*` stands for one segment and letters match in either case.
func (s *Server) Requests(method, path string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return selectRequests(s.requests, method, path)
}

// TokenRequests returns the requests to the login authority so far, discovery included.
func (s *Server) TokenRequests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return selectRequests(s.tokenRequests, "", "")
}

// ResetRequests forgets all requests so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.tokenRequests = nil, nil
}

func selectRequests(all []*Request, method, path string) []Request {
	selected := []Request{}
	for _, r := range all {
		if matches(method, path, r) {
			c := *r
			c.Properties = slices.Clone(r.Properties)
			selected = append(selected, c)
		}
	}
	return selected
}

func matches(method, path string, r *Request) bool {
	if method != "" && !strings.EqualFold(method, r.Method) {
		return false
	}
	return path == "" || matchPath(path, r.Path)
}

func matchPath(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool {
		return w == "*" || strings.EqualFold(w, g)
	})
}

func newRequest(r *http.Request, path string, body []byte) *Request {
	return &Request{
		Method:          r.Method,
		Path:            path,
		RawQuery:        r.URL.RawQuery,
		Properties:      propertyNames(r.Header.Get("Content-Type"), body),
		ClientRequestID: r.Header.Get("Client-Request-Id"),
		UserAgent:       r.UserAgent(),
		ContentEncoding: r.Header.Get("Content-Encoding"),
	}
}

func propertyNames(contentType string, body []byte) []string {
	names := []string{}
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return names
		}
		for name := range form {
			names = append(names, name)
		}
	} else {
		var object map[string]json.RawMessage
		if json.Unmarshal(body, &object) != nil {
			return names
		}
		for name := range object {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
