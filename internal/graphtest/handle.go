package graphtest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody keeps a runaway client from filling the memory of a program.
const maxBody = 64 << 20

const (
	betaRoot = "/beta"
	v1Root   = "/v1.0"
)

// call is one request on its way through the emulator.
type call struct {
	r      *http.Request
	body   []byte
	time   time.Time
	record *Request
	login  bool
	who    principal
}

func (c *call) clientRequestID() string {
	if c.record.ClientRequestID != "" {
		return c.record.ClientRequestID
	}
	return c.record.RequestID
}

// answer is what a handler decides; err wins over the rest.
type answer struct {
	status int
	body   any
	err    *graphError
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

func noContent() answer { return answer{status: http.StatusNoContent} }

func fail(err *graphError) answer { return answer{err: err} }

// reply is a whole answer, kept back until it is known how much of it the client may see.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func newReply() *reply { return &reply{status: http.StatusOK, header: http.Header{}} }

func (p *reply) Header() http.Header         { return p.header }
func (p *reply) WriteHeader(status int)      { p.status = status }
func (p *reply) Write(b []byte) (int, error) { p.body = append(p.body, b...); return len(b), nil }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.inFlight.Done()
	defer func() {
		if p := recover(); p != nil {
			s.complain("%s %s: panic: %v", r.Method, r.URL.Path, p)
			panic(http.ErrAbortHandler)
		}
	}()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		// The client broke off while sending; nobody listens for an answer.
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	rep, fault := s.process(r, body, false)
	s.deliver(w, rep, fault)
}

// process answers a request that came alone or inside a $batch, and writes it down before the client can see the answer.
func (s *Server) process(r *http.Request, body []byte, batched bool) (*reply, *Fault) {
	c := &call{r: r, body: body}
	path := r.URL.Path
	beta := hasRoot(path, betaRoot)
	c.login = !beta && !hasRoot(path, v1Root)
	if beta {
		path = path[len(betaRoot):]
	}
	c.record = newRequest(r, path, body)
	c.record.Batched = batched

	s.mu.Lock()
	c.time = s.now()
	c.record.Time, c.record.RequestID = c.time, s.nextRequestID()
	if c.login {
		s.tokenRequests = append(s.tokenRequests, c.record)
	} else {
		s.requests = append(s.requests, c.record)
	}
	fault := s.dueFault(c.record, c.login)
	s.mu.Unlock()

	s.wait(r.Context(), s.cfg.latency)
	var rep *reply
	if fault == nil {
		rep = s.dispatch(c)
	} else {
		rep = s.spoil(c, fault)
	}
	s.stamp(c, rep)
	status := rep.status
	if fault != nil && fault.Drop {
		status = 0
	}
	s.mu.Lock()
	c.record.Status = status
	s.mu.Unlock()
	s.cfg.log("%s %s %d%s", r.Method, r.URL.Path, status, inBatch(batched))
	return rep, fault
}

// inBatch marks in the log what came inside a $batch, whose own line follows.
func inBatch(batched bool) string {
	if batched {
		return " batched"
	}
	return ""
}

func hasRoot(path, root string) bool {
	return len(path) >= len(root) && strings.EqualFold(path[:len(root)], root) && (len(path) == len(root) || path[len(root)] == '/')
}

// stamp adds what every answer of Graph carries.
func (s *Server) stamp(c *call, rep *reply) {
	rep.header.Set("Date", c.time.Format(http.TimeFormat))
	if !s.has(QuirkNoRequestID) {
		rep.header.Set("Request-Id", c.record.RequestID)
	}
	rep.header.Set("Client-Request-Id", c.clientRequestID())
}

// dispatch runs the handler. Graph takes path segments in any case (E-how), so patterns and paths are in lower case.
func (s *Server) dispatch(c *call) *reply {
	rep := newReply()
	if c.login {
		s.login.ServeHTTP(rep, c.r.WithContext(withCall(c.r.Context(), c)))
		return rep
	}
	if strings.Contains(c.r.URL.Path, "//") {
		s.write(rep, c, fail(unsupported(http.StatusNotImplemented, "the path %s has an empty segment", c.r.URL.Path)))
		return rep
	}
	r := c.r.Clone(withCall(c.r.Context(), c))
	r.URL.Path = strings.ToLower(r.URL.Path)
	r.URL.RawPath = strings.ToLower(r.URL.RawPath)
	s.graph.ServeHTTP(rep, r)
	return rep
}

// write turns an answer into JSON.
func (s *Server) write(w http.ResponseWriter, c *call, a answer) {
	if a.err == nil {
		if a.body == nil {
			w.WriteHeader(a.status)
			return
		}
		s.writeJSON(w, c, a.status, a.body)
		return
	}
	if a.err.loud {
		s.complain("%s %s: %s", c.record.Method, c.record.Path, a.err.message)
	}
	for name, values := range a.err.header {
		w.Header()[name] = values
	}
	s.writeJSON(w, c, a.err.status, s.envelope(c, s.errorCode(a.err.code), a.err.message))
}

func (s *Server) writeJSON(w http.ResponseWriter, c *call, status int, body any) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		s.complain("%s %s: encoding the answer: %v", c.r.Method, c.r.URL.Path, err)
		status = http.StatusInternalServerError
	}
	contentType := "application/json"
	if !c.login {
		contentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// Write of a reply cannot fail.
	_, _ = w.Write(buf.Bytes())
}

// checkBody refuses encodings and types that Graph does not read.
func (c *call) checkBody() *graphError {
	if enc := c.r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return refuse(http.StatusUnsupportedMediaType, "unsupportedMediaType", "The content encoding '%s' is not supported.", enc)
	}
	if len(c.body) == 0 || !slices.Contains([]string{http.MethodPost, http.MethodPatch, http.MethodPut}, c.r.Method) {
		return nil
	}
	if t, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "unsupportedMediaType", "The content type of the request must be application/json.")
	}
	return nil
}
