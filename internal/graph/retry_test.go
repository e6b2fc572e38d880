package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// operation is a request of one method, on a device that is there.
type operation struct {
	call string
	run  func(context.Context, *graph.Client, string) error
}

func operations() map[string]operation {
	return map[string]operation{
		"GET": {"GET device", func(ctx context.Context, c *graph.Client, id string) error {
			_, err := c.GetHardwareOathToken(ctx, graph.HardwareOathTokenRef{ID: id})
			return err
		}},
		"PATCH": {"PATCH device", func(ctx context.Context, c *graph.Client, id string) error {
			return c.UpdateHardwareOathToken(ctx, graph.HardwareOathTokenRef{ID: id}, graph.HardwareOathTokenUpdate{Model: new("X")})
		}},
		"DELETE": {"DELETE device", func(ctx context.Context, c *graph.Client, id string) error {
			return c.DeleteHardwareOathToken(ctx, graph.HardwareOathTokenRef{ID: id}, false)
		}},
	}
}

func TestRetry_ofWhatIsIdempotent(t *testing.T) {
	t.Parallel()
	faults := map[string]graphtest.Fault{
		"408":                 {Status: 408},
		"429":                 {Status: 429},
		"500":                 {Status: 500},
		"502 page":            {Status: 502, HTML: true},
		"503":                 {Status: 503},
		"504":                 {Status: 504},
		"509":                 {Status: 509},
		"503 after the write": {Status: 503, AfterWrite: true},
		"reset":               {Drop: true},
		"reset after write":   {Drop: true, AfterWrite: true},
		"cut":                 {Cut: true},
	}
	for method, op := range operations() {
		for name, fault := range faults {
			t.Run(method+" "+name, func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t)
				device := srv.PutDevice(newDevice(serial))
				fault.Method, fault.Times = method, 1
				if fault.Status != 0 {
					fault.RetryAfter = "0.01"
				}
				srv.AddFault(fault)
				if err := op.run(t.Context(), newClient(t, srv), device.ID); err != nil {
					t.Fatal(err)
				}
				if n := count(srv, op.call); n != 2 {
					t.Errorf("%d times %s, want 2", n, op.call)
				}
			})
		}
	}
}

func TestRetry_notOfARefusal(t *testing.T) {
	t.Parallel()
	for method, op := range operations() {
		for _, status := range []int{301, 302, 307, 400, 401, 403, 404, 409, 415, 501} {
			t.Run(fmt.Sprint(method, status), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t)
				device := srv.PutDevice(newDevice(serial))
				srv.AddFault(graphtest.Fault{Method: method, Status: status, RetryAfter: "1"})
				err := op.run(t.Context(), newClient(t, srv), device.ID)
				var refused *graph.Error
				done := method == "DELETE" && status == http.StatusNotFound
				if done != (err == nil) || !done && (!errors.As(err, &refused) || refused.Status != status || refused.Attempts != 1) {
					t.Errorf("got %v, want status %d after 1 attempt", err, status)
				}
				if n := count(srv, op.call); n != 1 {
					t.Errorf("%d times %s, want 1", n, op.call)
				}
			})
		}
	}
}

func TestRetry_atMostMaxRetries(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 1, 3} {
		for name, fault := range map[string]graphtest.Fault{"503": {RetryAfter: "0.01"}, "429": {Status: 429, RetryAfter: "0.01"}} {
			t.Run(fmt.Sprint(retries, name), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t)
				srv.AddFault(fault)
				config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
				config.MaxRetries = retries
				_, err := newClientOf(t, config).ListHardwareOathTokens(t.Context(), "")
				var failed *graph.Error
				if !errors.As(err, &failed) || failed.Attempts != retries+1 {
					t.Errorf("got %v, want the %d-th failure", err, retries+1)
				}
				if n := len(calls(srv)); n != retries+1 {
					t.Errorf("%d requests, want %d", n, retries+1)
				}
			})
		}
	}
}

func TestRetry_backsOffWithoutRetryAfter(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	device := srv.PutDevice(newDevice(serial))
	srv.AddFault(graphtest.Fault{Status: 429, Times: 2})
	if err := operations()["GET"].run(t.Context(), newClient(t, srv), device.ID); err != nil {
		t.Fatal(err)
	}
	log := srv.Requests("", "")
	for i, least := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond} {
		if gap := log[i+1].Time.Sub(log[i].Time); gap < least || gap > least*2+time.Second {
			t.Errorf("attempt %d came after %s, want %s to %s", i+2, gap, least, 2*least)
		}
	}
}

func TestRetry_honoursRetryAfter(t *testing.T) {
	t.Parallel()
	for method, op := range operations() {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprint(method, status), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t)
				device := srv.PutDevice(newDevice(serial))
				srv.AddFault(graphtest.Fault{Method: method, Status: status, RetryAfter: "1", Times: 1})
				if err := op.run(t.Context(), newClient(t, srv), device.ID); err != nil {
					t.Fatal(err)
				}
				log := srv.Requests(method, "")
				if len(log) != 2 || log[1].Time.Sub(log[0].Time) < time.Second {
					t.Errorf("got %d requests, want 2 with a second between them", len(log))
				}
			})
		}
	}
}

func TestRetry_noTimeToWait(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Status: 429, RetryAfter: "60"})
	ctx, cancel := contextWithTimeout(t, 10*time.Second)
	defer cancel()
	start := time.Now()
	_, err := newClient(t, srv).ListHardwareOathTokens(ctx, "")
	var wait *graph.WaitError
	if !errors.As(err, &wait) || !wait.Asked || wait.Wait < time.Minute || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %s, want a WaitError at once", err, time.Since(start))
	}
	mustBeDiscreet(t, err.Error())
}

func TestRetry_interrupted(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"while waiting":     {Status: 429, RetryAfter: "60"},
		"while reading":     {Hang: time.Minute},
		"while backing off": {Drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.AddFault(fault)
			ctx := cancelWhen(t, func() bool { return len(calls(srv)) > 0 })
			start := time.Now()
			_, err := newClient(t, srv).FindHardwareOathTokens(ctx, serial)
			if !errors.Is(err, context.Canceled) || time.Since(start) > 2*time.Second {
				t.Errorf("got %v after %s, want the interrupt promptly", err, time.Since(start))
			}
			mustBeDiscreet(t, err.Error())
		})
	}
}

func TestRetry_notOfAnUnknownHost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err      *net.DNSError
		attempts int32
	}{
		"no such host":        {&net.DNSError{Err: "no such host", Name: "graph.invalid", IsNotFound: true}, 1},
		"name server is away": {&net.DNSError{Err: "server misbehaving", Name: "graph.invalid", IsTemporary: true}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tried atomic.Int32
			base := roundTripper(func(*http.Request) (*http.Response, error) {
				tried.Add(1)
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: test.err}
			})
			config := newConfig("https://graph.invalid", &staticCredential{})
			config.MaxRetries = 1
			_, err := newClientOf(t, config, graph.WithTransport(base)).FindHardwareOathTokens(t.Context(), serial)
			var none *graph.NoAnswerError
			if !errors.As(err, &none) || none.Sent || none.Attempts != int(test.attempts) || !strings.Contains(err.Error(), "graph.invalid") {
				t.Errorf("got %v, want that nothing was sent", err)
			}
			if n := tried.Load(); n != test.attempts {
				t.Errorf("%d attempts, want %d", n, test.attempts)
			}
			mustBeDiscreet(t, err.Error())
		})
	}
}

func TestRetry_notOfAnUntrustedCertificate(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithTLS())
	credential := &staticCredential{token: srv.AccessToken()}
	client := newClientOf(t, newConfig(srv.URL(), credential))
	for name, run := range map[string]func() error{
		"GET": func() error { _, err := client.ListHardwareOathTokens(t.Context(), ""); return err },
		"POST": func() error {
			_, _, err := client.CreateHardwareOathToken(t.Context(), newSpec(serial))
			return err
		},
	} {
		err := run()
		var none *graph.NoAnswerError
		if !errors.As(err, &none) || none.Sent || none.Attempts != 1 || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: got %v, want one attempt that was not sent", name, err)
		}
	}
	if n := len(calls(srv)); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithTLS())
	create(t, newClient(t, srv, graph.WithTransport(srv.Client().Transport)), newSpec(serial))
}

func TestRequestsPerSecond(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
	config.RequestsPerSecond = 10
	client := newClientOf(t, config)
	const requests = 6
	failed := make(chan error, requests)
	for range requests {
		go func() {
			_, err := client.ListHardwareOathTokens(t.Context(), "")
			failed <- err
		}()
	}
	for range requests {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	log := srv.Requests("", "")
	if took := log[len(log)-1].Time.Sub(log[0].Time); took < 450*time.Millisecond {
		t.Errorf("%d requests within %s, want 100 ms between two", requests, took)
	}
}

func TestRequestsPerSecond_noTimeToWait(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
	config.RequestsPerSecond = 0.01
	client := newClientOf(t, config)
	ctx, cancel := contextWithTimeout(t, 5*time.Second)
	defer cancel()
	if _, err := client.ListHardwareOathTokens(ctx, ""); err != nil {
		t.Fatal(err)
	}
	_, _, err := client.CreateHardwareOathToken(ctx, newSpec(serial))
	var wait *graph.WaitError
	if !errors.As(err, &wait) || !wait.Paced || wait.Last != nil {
		t.Errorf("got %v, want that it was not its turn", err)
	}
	if n := len(calls(srv)); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestAccessToken_goesAnewIntoEachAttempt(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 10)
	credential := &staticCredential{}
	var asked atomic.Int32
	srv := newHandlerServer(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Authorization")
		if asked.Add(1) < 3 {
			w.Header().Set("Retry-After", "0.01")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, `{"value":[]}`)
	})
	config := newConfig(srv.URL, credential)
	config.Scope = "https://graph.example/.default"
	if _, err := newClientOf(t, config).ListHardwareOathTokens(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	close(seen)
	got := []string{}
	for authorization := range seen {
		got = append(got, authorization)
	}
	want := []string{"Bearer access-token-1", "Bearer access-token-2", "Bearer access-token-3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("authorizations (-want +got):\n%s", diff)
	}
	if scope := credential.scope.Load(); scope != "https://graph.example/.default" {
		t.Errorf("the token was asked for %q", scope)
	}
}

func TestCredential_failure(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	credential := &staticCredential{token: srv.AccessToken(), err: errors.New("the client secret is invalid")}
	config := newConfig(srv.URL(), credential)
	config.SignedInWith = "a client secret"
	client := newClientOf(t, config)
	for name, run := range map[string]func() error{
		"read": func() error {
			_, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: "id", CreatedAt: time.Now()})
			return err
		},
		"create": func() error {
			_, _, err := client.CreateHardwareOathToken(t.Context(), newSpec(serial))
			return err
		},
	} {
		err := run()
		var failed *graph.CredentialError
		if !errors.As(err, &failed) || failed.SignedInWith != "a client secret" || !errors.Is(err, credential.err) {
			t.Errorf("%s: got %v, want a CredentialError", name, err)
		}
		var unsettled *graph.LostAnswerError
		if errors.As(err, &unsettled) {
			t.Errorf("%s: got %v, and nothing was sent", name, err)
		}
	}
	if n := credential.asked.Load(); n != 2 {
		t.Errorf("the credential was asked %d times, want once for each call", n)
	}
	if n := len(calls(srv)); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}
