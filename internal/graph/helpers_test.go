package graph_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	devices   = "/directory/authenticationMethodDevices/hardwareOathDevices"
	secret    = "6PJ4UKIW33NNXYZAEHQNFUFTZF7WFTFB"
	serial    = "70029370"
	userAgent = "terraform-provider-entra/test"

	// visibility and settle are short, so that a test that waits for their end is fast.
	visibility = 3 * time.Second
	settle     = 200 * time.Millisecond
)

// staticCredential hands out one token and counts how often it was asked.
type staticCredential struct {
	token string
	err   error
	asked atomic.Int32
	scope atomic.Value
}

func (c *staticCredential) GetToken(_ context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scope.Store(strings.Join(options.Scopes, " "))
	n := c.asked.Add(1)
	token := c.token
	if token == "" {
		token = fmt.Sprintf("access-token-%d", n)
	}
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

func newConfig(endpoint string, credential azcore.TokenCredential) graph.Config {
	return graph.Config{
		Endpoint:     endpoint,
		Credential:   credential,
		Scope:        endpoint + "/.default",
		SignedInWith: "an access token",
		UserAgent:    userAgent,
		MaxRetries:   4,
	}
}

func newClientOf(t *testing.T, config graph.Config, options ...graph.Option) *graph.Client {
	t.Helper()
	options = append([]graph.Option{graph.WithVisibilityWindow(visibility), graph.WithSettleWindow(settle)}, options...)
	client, err := graph.New(config, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func newClient(t *testing.T, srv *graphtest.Server, options ...graph.Option) *graph.Client {
	t.Helper()
	return newClientOf(t, newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()}), options...)
}

// newHandlerClient talks to a handler that answers what the emulator would not.
func newHandlerClient(t *testing.T, handler http.HandlerFunc) *graph.Client {
	t.Helper()
	return newClientOf(t, newConfig(newHandlerServer(t, handler).URL, &staticCredential{}))
}

func newHandlerServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return srv
}

func newSpec(serialNumber string) graph.NewHardwareOathToken {
	return graph.NewHardwareOathToken{
		SerialNumber: serialNumber, Manufacturer: "Deepnet Security", Model: "SafeID/Diamond", SecretKey: secret,
		TimeIntervalInSeconds: 60, HashFunction: graph.HashFunctionSHA256,
	}
}

// newDevice is the device that newSpec asks for.
func newDevice(serialNumber string) graphtest.Device {
	return graphtest.Device{
		SerialNumber: serialNumber, Manufacturer: "Deepnet Security", Model: "SafeID/Diamond", SecretKey: secret,
		TimeIntervalInSeconds: 60, HashFunction: "hmacsha256",
	}
}

func create(t *testing.T, client *graph.Client, spec graph.NewHardwareOathToken) graph.HardwareOathToken {
	t.Helper()
	token, recovered, err := client.CreateHardwareOathToken(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if recovered {
		t.Error("the token was recovered, and its answer was not lost")
	}
	return token
}

// madeJustNow names a token with the time of its creation.
func madeJustNow(token graph.HardwareOathToken) graph.HardwareOathTokenRef {
	return graph.HardwareOathTokenRef{ID: token.ID, CreatedAt: time.Now()}
}

// calls tells what was sent, one "METHOD noun" per request.
func calls(srv *graphtest.Server) []string {
	all := []string{}
	for _, r := range srv.Requests("", "") {
		noun := r.Path
		switch tail, ok := strings.CutPrefix(strings.ToLower(r.Path), strings.ToLower(devices)); {
		case ok && tail == "":
			noun = "devices"
		case ok:
			noun = "device"
		case strings.HasSuffix(r.Path, "/activate"):
			noun = "activate"
		case strings.HasSuffix(r.Path, "/deactivate"):
			noun = "deactivate"
		case strings.HasSuffix(r.Path, "/hardwareOathMethods"):
			noun = "methods"
		case strings.Contains(strings.ToLower(r.Path), "/hardwareoathmethods/"):
			noun = "method"
		case strings.HasPrefix(r.Path, "/policies/"):
			noun = "policy"
		}
		all = append(all, r.Method+" "+noun)
	}
	return all
}

func count(srv *graphtest.Server, call string) int {
	n := 0
	for _, c := range calls(srv) {
		if c == call {
			n++
		}
	}
	return n
}

// mustBeDiscreet fails when a text for people holds what must not be seen.
func mustBeDiscreet(t *testing.T, text string, more ...string) {
	t.Helper()
	for _, hidden := range append(more, secret, strings.ToLower(secret), "graphtest-access-token", "access-token-", "Bearer", "filter=", "serialNumber eq", "skiptoken") {
		if strings.Contains(text, hidden) {
			t.Errorf("the text holds %q: %s", hidden, text)
		}
	}
}

// devicesOf are the devices with one serial number.
func devicesOf(srv *graphtest.Server, serialNumber string) []graphtest.Device {
	return slices.DeleteFunc(srv.Devices(), func(d graphtest.Device) bool { return d.SerialNumber != serialNumber })
}

// stepClock passes the waits for a token's next step at once. The emulator can
// go by it too.
type stepClock struct {
	mu      sync.Mutex
	base    time.Time
	started time.Time
	waited  time.Duration
}

func newStepClock(base time.Time) *stepClock { return &stepClock{base: base, started: time.Now()} }

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Since(c.started) + c.waited)
}

func (c *stepClock) Sleep(ctx context.Context, wait time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += wait
	return ctx.Err()
}

// slept is how long the client meant to wait.
func (c *stepClock) slept() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waited
}

func contextWithTimeout(t *testing.T, timeout time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), timeout)
}
