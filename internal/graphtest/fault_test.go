package graphtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestFault_answers(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	s.AddFault(graphtest.Fault{Method: "POST", Path: devices, Status: 429, RetryAfter: "7", Times: 1})
	got := do(t, s, "POST", devices, deviceBody("S1")).want(t, 429)
	if got.header.Get("Retry-After") != "7" || got.code() != "TooManyRequests" || len(s.Devices()) != 0 {
		t.Errorf("got %s with %v", got.raw, got.header)
	}
	do(t, s, "POST", devices, deviceBody("S1")).want(t, 201)
	requests := s.Requests("POST", "")
	if !requests[0].Fault || requests[0].Status != 429 || requests[1].Fault || s.FaultCount() != 1 {
		t.Errorf("got %+v and %d faults", requests, s.FaultCount())
	}

	s.AddFault(graphtest.Fault{Method: "GET", Status: 502, HTML: true})
	got = do(t, s, "GET", devices, "").want(t, 502)
	if !strings.Contains(got.raw, "<html>") || got.header.Get("Content-Type") != "text/html" {
		t.Errorf("got %s with %v", got.raw, got.header)
	}
	s.ClearFaults()
	s.AddFault(graphtest.Fault{Code: "myCode", Message: "my message"})
	if got := do(t, s, "GET", devices, "").want(t, 503); got.code() != "myCode" || got.message() != "my message" {
		t.Errorf("got %s", got.raw)
	}
	appToken(t, s)
	s.AddFault(graphtest.Fault{Path: "/*/oauth2/v2.0/token", Status: 500})
	if _, err := requestToken(t, s, "app", "app-secret"); err == nil {
		t.Error("the fault on the token endpoint did nothing")
	}
	s.ClearFaults()
	do(t, s, "GET", devices, "").want(t, 200)
	if s.FaultCount() != 4 {
		t.Errorf("got %d faults", s.FaultCount())
	}
}

func TestFault_everyAndTimes(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	s.AddFault(graphtest.Fault{Method: "GET", Path: devices + "/*", Every: 3, Times: 2, Status: 500})
	var got []int
	for range 9 {
		do(t, s, "GET", devices, "").want(t, 200)
		got = append(got, do(t, s, "GET", devices+"/x", "").status)
	}
	want := []int{500, 404, 404, 500, 404, 404, 404, 404, 404}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestFault_afterWrite(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	s.AddFault(graphtest.Fault{Method: "POST", Status: 504, AfterWrite: true})
	do(t, s, "POST", devices, deviceBody("S1")).want(t, 504)
	if _, found := s.DeviceBySerial("S1"); !found {
		t.Error("the device was not made")
	}
}

// broken sends a request that gets no whole answer.
func broken(t *testing.T, s *graphtest.Server, req *http.Request) error {
	t.Helper()
	resp, err := s.Client().Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.ReadAll(resp.Body)
	return err
}

func TestFault_breaksConnections(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault graphtest.Fault
		made  bool
		want  error
	}{
		"drop":             {graphtest.Fault{Drop: true}, false, syscall.ECONNRESET},
		"drop after write": {graphtest.Fault{Drop: true, AfterWrite: true}, true, syscall.ECONNRESET},
		"cut":              {graphtest.Fault{Cut: true}, true, io.ErrUnexpectedEOF},
	} {
		for _, opts := range [][]graphtest.Option{nil, {graphtest.WithTLS()}} {
			if len(opts) > 0 {
				name += " over TLS"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := graphtest.NewServer(t, opts...)
				s.AddFault(tc.fault)
				err := broken(t, s, newRequest(t, s, "POST", devices, deviceBody("S1")))
				if !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
				if _, found := s.DeviceBySerial("S1"); found != tc.made {
					t.Errorf("the device was made: %v", found)
				}
			})
		}
	}
}

func TestFault_cutWithoutBody(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	id := create(t, s, "S1")
	s.AddFault(graphtest.Fault{Method: "DELETE", Cut: true})
	if err := broken(t, s, newRequest(t, s, "DELETE", devices+"/"+id, "")); err == nil {
		t.Error("no error")
	}
	if _, found := s.Device(id); found {
		t.Error("the device is still there")
	}
}

func TestFault_hang(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	s.AddFault(graphtest.Fault{Hang: 20 * time.Millisecond, Times: 1})
	begin := time.Now()
	do(t, s, "GET", devices, "").want(t, 200)
	if took := time.Since(begin); took < 20*time.Millisecond {
		t.Errorf("the answer took %v", took)
	}
	s.AddFault(graphtest.Fault{Method: "POST", Hang: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := broken(t, s, newRequest(t, s, "POST", devices, deviceBody("S1")).WithContext(ctx))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	s.Close()
	if len(s.Devices()) != 0 {
		t.Error("a device was made for a client that was gone")
	}
}
