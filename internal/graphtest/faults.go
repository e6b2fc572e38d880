package graphtest

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"fmt"
	"html"
	"net"
	"net/http"
	"time"
)

// Fault spoils answers. Without Status, Hang, Cut or Drop the answer is 503.
// Faults touch the login authority only when Path names one of its paths.
// Inside a $batch, Drop and Cut become an item with status 504.
type Fault struct {
	Method, Path string // matched as in Requests; "" matches all
	Every        int    // spoil every n-th matching request, starting with the first; 0 and 1: every one
	Times        int    // stop after so many; 0: never

	Status     int    // of the answer; with Hang or Cut, 0 is the real answer
	Code       string // of the envelope; "" is what Graph gives with the status
	Message    string
	RetryAfter string // verbatim header value; "" is none
	HTML       bool   // a gateway's page, not an envelope

	AfterWrite bool          // the handler runs first, then the answer is replaced
	Cut        bool          // the handler runs; status and half of the real body are sent, then the connection is closed
	Drop       bool          // the connection is reset with no answer
	Hang       time.Duration // wait so long, or until the client is gone, before answering
}

type activeFault struct {
	Fault
	seen, applied int
}

// AddFault adds a fault; the first one that matches a request and is due spoils it.
func (s *Server) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &activeFault{Fault: f})
}

// ClearFaults removes all faults; [Server.FaultCount] stays.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// FaultCount says how many requests were spoiled so far.
func (s *Server) FaultCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faultCount
}

// dueFault finds the fault for a request; the mutex is held.
func (s *Server) dueFault(r *Request, login bool) *Fault {
	for _, f := range s.faults {
		if (login && f.Path == "") || !matches(f.Method, f.Path, r) {
			continue
		}
		f.seen++
		if f.Times > 0 && f.applied >= f.Times {
			continue
		}
		if every := max(f.Every, 1); (f.seen-1)%every != 0 {
			continue
		}
		f.applied++
		s.faultCount++
		r.Fault = true
		return &f.Fault
	}
	return nil
}

// spoil runs the handler if the fault lets it run, and returns what the client is to see.
func (s *Server) spoil(c *call, f *Fault) *reply {
	replaces := f.Status != 0 || (f.Hang == 0 && !f.Cut)
	if f.AfterWrite || f.Cut {
		rep := s.dispatch(c)
		s.wait(c.r.Context(), f.Hang)
		if f.Cut || !replaces {
			return rep
		}
		return s.faultReply(c, f)
	}
	alive := s.wait(c.r.Context(), f.Hang)
	if replaces || f.Drop || !alive {
		return s.faultReply(c, f)
	}
	return s.dispatch(c)
}

func (s *Server) faultReply(c *call, f *Fault) *reply {
	status := cmp.Or(f.Status, http.StatusServiceUnavailable)
	rep := newReply()
	if f.RetryAfter != "" {
		rep.header.Set("Retry-After", f.RetryAfter)
	}
	message := cmp.Or(f.Message, http.StatusText(status))
	if f.HTML {
		rep.header.Set("Content-Type", "text/html")
		rep.status = status
		rep.body = fmt.Appendf(nil, "<html><head><title>%d %s</title></head><body><h1>%s</h1></body></html>\r\n",
			status, http.StatusText(status), html.EscapeString(message))
		return rep
	}
	s.writeJSON(rep, c, status, s.envelope(c, cmp.Or(f.Code, faultCode(status)), message))
	return rep
}

// deliver sends the reply, or as much of it as the fault leaves.
func (s *Server) deliver(w http.ResponseWriter, rep *reply, f *Fault) {
	if f != nil && (f.Drop || f.Cut) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			s.complain("hijacking a connection: %v", err)
			return
		}
		if f.Drop {
			reset(conn)
		} else {
			cut(conn, buf.Writer, rep)
		}
		return
	}
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	w.WriteHeader(rep.status)
	// The client may be gone; that is its own business.
	_, _ = w.Write(rep.body)
}

// reset closes without the goodbye of TCP, so that the client sees a reset.
func reset(conn net.Conn) {
	raw := conn
	if t, ok := conn.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// cut promises the whole body and sends half of it; of an answer without a body it sends half the header.
func cut(conn net.Conn, w *bufio.Writer, rep *reply) {
	_, _ = fmt.Fprintf(w, "HTTP/1.1 %d %s\r\n", rep.status, http.StatusText(rep.status))
	_ = rep.header.Write(w)
	if len(rep.body) > 0 {
		_, _ = fmt.Fprintf(w, "Content-Length: %d\r\n\r\n", len(rep.body))
		_, _ = w.Write(rep.body[:len(rep.body)/2])
	}
	_ = w.Flush()
	_ = conn.Close()
}
