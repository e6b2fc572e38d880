package graphtest

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// TB is the part of testing.TB that a server needs, so that programs do not link the testing package.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Server is one emulated tenant with its Graph and its login authority.
type Server struct {
	cfg    config
	tb     TB
	url    string
	client *http.Client
	ca     *x509.Certificate
	http   *http.Server
	graph  *http.ServeMux
	login  *http.ServeMux

	closing   chan struct{}
	closeOnce sync.Once
	inFlight  sync.WaitGroup

	mu            sync.Mutex
	closed        bool
	nextRequestID func() string
	store         store
	faults        []*activeFault
	faultCount    int
	requests      []*Request
	tokenRequests []*Request
	tokens        tokenBook
}

// NewServer starts a server on a free loopback port. It ends with the test, and complains through tb.
func NewServer(tb TB, opts ...Option) *Server {
	tb.Helper()
	s, err := start("127.0.0.1:0", tb, opts)
	if err != nil {
		tb.Fatalf("graphtest: %v", err)
		return nil
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server for a program; it refuses an address that other machines could reach.
func Start(addr string, opts ...Option) (*Server, error) {
	return start(addr, nil, opts)
}

func start(addr string, tb TB, opts []Option) (*Server, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	if err := checkLoopback(addr); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	s := &Server{
		cfg:           cfg,
		tb:            tb,
		closing:       make(chan struct{}),
		nextRequestID: sequence("11111111-0000-4000-8000-%012x"),
		store:         newStore(cfg.quirks[QuirkPolicyMustBeEnabled]),
		tokens:        newTokenBook(),
	}
	s.routes()
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(logWriter(cfg.log), "", 0),
	}
	listener, err = s.secure(listener)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	// Serve returns http.ErrServerClosed from Close, and nothing else that a caller could act on.
	go func() { _ = s.http.Serve(listener) }()
	return s, nil
}

// logWriter carries what net/http has to say, such as a failed TLS handshake, to the log of the server.
type logWriter func(format string, args ...any)

func (w logWriter) Write(line []byte) (int, error) {
	w("%s", bytes.TrimRight(line, "\n"))
	return len(line), nil
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w", addr, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("address %q is not a loopback address: the emulator holds secrets and must not be reachable from other machines", addr)
	}
	return nil
}

// URL is the root of both Graph and the login authority, without /beta and without a slash at its end.
func (s *Server) URL() string { return s.url }

// Client returns a client that trusts the server's certificate.
func (s *Server) Client() *http.Client { return s.client }

// CACertificate is the root of the server's certificate, nil without [WithTLS].
func (s *Server) CACertificate() *x509.Certificate { return s.ca }

// AccessToken is a bearer token that never expires and has every permission.
func (s *Server) AccessToken() string { return s.cfg.accessToken }

// Close cuts all connections and waits for the handlers that are still running.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		// Nothing is left to do with a listener or connection that does not close.
		_ = s.http.Close()
		close(s.closing)
		s.client.CloseIdleConnections()
	})
	s.inFlight.Wait()
}

func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.inFlight.Add(1)
	return true
}

func (s *Server) has(q Quirk) bool { return s.cfg.quirks[q] }

func (s *Server) now() time.Time { return s.cfg.clock().UTC() }

// complain says aloud that a client asked for what neither Graph nor the emulator knows.
func (s *Server) complain(format string, args ...any) {
	s.cfg.log("ERROR: "+format, args...)
	if s.tb != nil {
		s.tb.Helper()
		s.tb.Errorf("graphtest: "+format, args...)
	}
}

// wait ends early, and says so, when the client is gone or the server closes.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	}
}
