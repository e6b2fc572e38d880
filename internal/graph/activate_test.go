package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const wrongSecret = "TXYZAE6PJ4UZF3NNKIW3HQNFUF7WFTFB"

// stepStart is a moment when a step of 30 s and of 60 s begins.
func stepStart() time.Time { return time.Unix(1_800_000_000, 0) }

// codeOf computes codes from a seed: those of a token with the interval and the
// hash function that are asked for.
func codeOf(tb testing.TB, secret string) graph.Code {
	tb.Helper()
	drawer := graphtest.NewServer(tb)
	return func(interval time.Duration, hashFunction string, at time.Time) (string, error) {
		token := drawer.PutDevice(graphtest.Device{SecretKey: secret, TimeIntervalInSeconds: int(interval.Seconds()), HashFunction: hashFunction})
		return drawer.VerificationCode(token.ID, at), nil
	}
}

// activationWorld is a token that Amy holds, in a tenant whose clock differs from ours.
type activationWorld struct {
	srv    *graphtest.Server
	clock  *stepClock
	client *graph.Client
	amy    graphtest.User
	device graphtest.Device
}

// newActivationWorld begins into a step of Graph's clock, which is ahead of ours.
func newActivationWorld(t *testing.T, interval int, into, ahead time.Duration, quirks ...graphtest.Quirk) activationWorld {
	t.Helper()
	clock := newStepClock(stepStart().Add(into - ahead))
	srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...), graphtest.WithClock(func() time.Time { return clock.Now().Add(ahead) }))
	w := activationWorld{srv: srv, clock: clock, client: newClient(t, srv, graph.WithClock(clock))}
	w.amy, _ = people(srv)
	device := newDevice(serial)
	device.TimeIntervalInSeconds, device.AssignedTo = interval, w.amy.ID
	w.device = srv.PutDevice(device)
	return w
}

// activation reads the token first, as every caller does: that tells Graph's clock.
func (w activationWorld) activation(t *testing.T, secret string) graph.Activation {
	t.Helper()
	token, err := w.client.GetAssignedHardwareOathToken(t.Context(), graph.HardwareOathAssignmentRef{TokenID: w.device.ID, UserID: w.amy.ID})
	if err != nil {
		t.Fatal(err)
	}
	return graph.Activation{UserID: w.amy.UserPrincipalName, Token: token, Code: codeOf(t, secret)}
}

func (w activationWorld) status() string {
	d, _ := w.srv.Device(w.device.ID)
	return d.Status
}

// mustFitTheClock checks the audit: each accepted code is of Graph's own step,
// and none was offered within 3 s of its end.
func (w activationWorld) mustFitTheClock(t *testing.T) {
	t.Helper()
	attempts := w.srv.Attempts()
	if len(attempts) == 0 {
		t.Error("no code was offered")
	}
	interval := time.Duration(w.device.TimeIntervalInSeconds) * time.Second
	for _, attempt := range attempts {
		left := interval - time.Duration(attempt.Time.UnixNano())%interval
		// The Date header has whole seconds: half of one is the price.
		if left < 2500*time.Millisecond || attempt.Steps != 0 {
			t.Errorf("a code was offered %s before its step's end, %d steps off", left, attempt.Steps)
		}
	}
}

// Whatever this machine's clock shows, the code is the one of Graph's step, and
// an activation is one POST.
func TestActivate_onGraphsClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"right": 0, "ours is 90 s fast": -90 * time.Second, "ours is 40 s slow": 40 * time.Second, "ours is a week slow": 7 * 24 * time.Hour,
	} {
		for _, interval := range []int{30, 60} {
			for _, into := range []time.Duration{0, 10 * time.Second, 27500 * time.Millisecond, 58 * time.Second, 59900 * time.Millisecond} {
				t.Run(fmt.Sprint(name, interval, into), func(t *testing.T) {
					t.Parallel()
					w := newActivationWorld(t, interval, into, ahead)
					activation := w.activation(t, secret)
					activation.DisplayName = new("Front desk")
					token, err := w.client.ActivateHardwareOathToken(t.Context(), activation)
					if err != nil {
						t.Fatal(err)
					}
					if token.Status != graph.StatusActivated || *token.DisplayName != "Front desk" || w.status() != "activated" {
						t.Errorf("got %+v, and Graph has %s", token, w.status())
					}
					w.mustFitTheClock(t)
					if diff := cmp.Diff([]string{"GET device", "POST activate"}, calls(w.srv)); diff != "" {
						t.Errorf("requests (-want +got):\n%s", diff)
					}
					if w.clock.slept() > 5*time.Second {
						t.Errorf("waited %s", w.clock.slept())
					}
				})
			}
		}
	}
}

func TestActivate_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		quirks   []graphtest.Quirk
		given    bool
		computed string
		refusals int
		calls    []string
	}{
		"wrong seed":                {computed: wrongSecret, refusals: 2, calls: []string{"GET device", "POST activate", "POST activate", "GET device"}},
		"wrong seed, once and over": {computed: wrongSecret, quirks: []graphtest.Quirk{graphtest.QuirkFailedActivationEnds}, refusals: 2},
		"wrong code":                {given: true, refusals: 1, calls: []string{"GET device", "POST activate", "GET device"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newActivationWorld(t, 30, 5*time.Second, -90*time.Second, test.quirks...)
			activation := w.activation(t, test.computed)
			if test.given {
				activation.VerificationCode, activation.Code = w.srv.WrongCode(w.device.ID), nil
			}
			token, err := w.client.ActivateHardwareOathToken(t.Context(), activation)
			var got *graph.ActivationError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an ActivationError", err)
			}
			if got.Refusals != test.refusals || got.Computed == test.given || !got.ClockKnown || got.Ahead.Round(2*time.Second) != 90*time.Second {
				t.Errorf("got %+v, want %d refusals, and a clock that is 90 s fast", got, test.refusals)
			}
			if token.Status != graph.StatusFailedActivation || got.Token.Status != graph.StatusFailedActivation {
				t.Errorf("status %q and %q, want the true one", token.Status, got.Token.Status)
			}
			if diff := cmp.Diff(test.calls, calls(w.srv)); diff != "" && test.calls != nil {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			attempts := w.srv.Attempts()
			if n := len(attempts); !test.given && n == 2 && attempts[1].Time.Unix()/30 != attempts[0].Time.Unix()/30+1 {
				t.Errorf("the second code came at %s, the first at %s, want the next step", attempts[1].Time, attempts[0].Time)
			}
			mustBeDiscreet(t, err.Error(), wrongSecret)
		})
	}
}

// One refusal is not the end: the code of the next step is right.
func TestActivate_onceMore(t *testing.T) {
	t.Parallel()
	w := newActivationWorld(t, 60, 5*time.Second, 0)
	activation := w.activation(t, secret)
	right, asked := activation.Code, 0
	activation.Code = func(interval time.Duration, hash string, at time.Time) (string, error) {
		if asked++; asked == 1 {
			return w.srv.WrongCode(w.device.ID), nil
		}
		return right(interval, hash, at)
	}
	token, err := w.client.ActivateHardwareOathToken(t.Context(), activation)
	if err != nil || token.Status != graph.StatusActivated || asked != 2 {
		t.Errorf("got %+v and %v after %d codes", token, err, asked)
	}
	w.mustFitTheClock(t)
}

// Interval and hash are those that Graph lists: with others the code would be another.
func TestActivate_byTheTokensOwnParameters(t *testing.T) {
	t.Parallel()
	for _, hash := range graph.HashFunctions() {
		for _, interval := range graph.TimeIntervals() {
			w := newActivationWorld(t, int(interval), 5*time.Second, 0)
			device := w.device
			device.HashFunction = hash
			w.srv.PutDevice(device)
			if _, err := w.client.ActivateHardwareOathToken(t.Context(), w.activation(t, secret)); err != nil {
				t.Errorf("%s, %d s: %v", hash, interval, err)
			}
		}
	}
	for _, quirk := range []graphtest.Quirk{graphtest.QuirkUnknownHashFunction} {
		w := newActivationWorld(t, 30, 5*time.Second, 0, quirk)
		if _, err := w.client.ActivateHardwareOathToken(t.Context(), w.activation(t, secret)); err == nil || len(w.srv.Attempts()) != 0 {
			t.Errorf("%s: got %v after %d attempts, want an error and no guess", quirk, err, len(w.srv.Attempts()))
		}
	}
}

func TestActivate_losesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    graphtest.Fault
		quirk    graphtest.Quirk
		posts    int // that were carried out
		computed bool
	}{
		"503 before":            {fault: graphtest.Fault{Status: 503}, posts: 1, computed: true},
		"503 after":             {fault: graphtest.Fault{Status: 503, AfterWrite: true}, posts: 1, computed: true},
		"503 after, no second":  {fault: graphtest.Fault{Status: 503, AfterWrite: true}, quirk: graphtest.QuirkReactivationRefused, posts: 1, computed: true},
		"cut":                   {fault: graphtest.Fault{Cut: true}, posts: 1, computed: true},
		"dropped before":        {fault: graphtest.Fault{Drop: true}, posts: 1, computed: true},
		"dropped after":         {fault: graphtest.Fault{Drop: true, AfterWrite: true}, posts: 1, computed: true},
		"429":                   {fault: graphtest.Fault{Status: 429, RetryAfter: "1"}, posts: 1, computed: true},
		"404 right after":       {fault: graphtest.Fault{Status: 404, Times: 3}, posts: 1, computed: true},
		"given code, 503 after": {fault: graphtest.Fault{Status: 503, AfterWrite: true}, posts: 1},
		"given code, 503":       {fault: graphtest.Fault{Status: 503}, posts: 1},
		"given code, 429":       {fault: graphtest.Fault{Status: 429, RetryAfter: "0.01"}, posts: 1},
		"answer with a body":    {fault: graphtest.Fault{Status: 429, RetryAfter: "0.01"}, quirk: graphtest.QuirkActivateOK, posts: 1, computed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quirks := []graphtest.Quirk{}
			if test.quirk != "" {
				quirks = append(quirks, test.quirk)
			}
			w := newActivationWorld(t, 30, 5*time.Second, 40*time.Second, quirks...)
			test.fault.Method, test.fault.Path, test.fault.Times = "POST", activatePath, max(test.fault.Times, 1)
			w.srv.AddFault(test.fault)
			activation := w.activation(t, secret)
			activation.AssignedAt = time.Now()
			if !test.computed {
				activation.Code, activation.VerificationCode = nil, w.srv.VerificationCode(w.device.ID, stepStart())
			}
			token, err := w.client.ActivateHardwareOathToken(t.Context(), activation)
			if err != nil || token.Status != graph.StatusActivated || w.status() != "activated" {
				t.Errorf("got %+v and %v, and Graph has %s", token, err, w.status())
			}
			if got := len(w.srv.Attempts()); got != test.posts {
				t.Errorf("%d codes were judged, want %d", got, test.posts)
			}
			if test.computed {
				w.mustFitTheClock(t)
			}
		})
	}
}

// 404 is waited out only for what was assigned a moment ago.
func TestActivate_notTheUsers(t *testing.T) {
	t.Parallel()
	w := newActivationWorld(t, 30, 0, 0)
	activation := w.activation(t, secret)
	w.srv.Unassign(w.device.ID)
	if _, err := w.client.ActivateHardwareOathToken(t.Context(), activation); !graph.IsNotFound(err) || count(w.srv, "POST activate") != 1 {
		t.Errorf("got %v after %d POSTs, want the 404 of the first", err, count(w.srv, "POST activate"))
	}
}

// An activation in the same run as the assignment waits for it to show, and costs three requests where it does.
func TestActivate_afterAssign(t *testing.T) {
	t.Parallel()
	for _, quirk := range []graphtest.Quirk{graphtest.QuirkAssignOK, graphtest.QuirkAssignLags} {
		srv := graphtest.NewServer(t, graphtest.WithQuirks(quirk))
		amy, _ := people(srv)
		device := srv.PutDevice(newDevice(serial))
		clock := newStepClock(time.Now())
		client := newClient(t, srv, graph.WithClock(clock))
		token, err := client.AssignHardwareOathToken(t.Context(), refOf(device), amy.ID)
		if err != nil {
			t.Fatal(err)
		}
		if token, err = client.ActivateHardwareOathToken(t.Context(), graph.Activation{UserID: amy.ID, Token: token, Code: codeOf(t, secret)}); err != nil || token.Status != graph.StatusActivated {
			t.Errorf("%s: got %+v and %v", quirk, token, err)
		}
		if diff := cmp.Diff([]string{"POST methods", "GET device", "POST activate"}, calls(srv)); diff != "" && quirk != graphtest.QuirkAssignLags {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	}
}

func TestActivate_nothingToDo(t *testing.T) {
	t.Parallel()
	w := newActivationWorld(t, 30, 0, 0)
	w.srv.Activate(w.device.ID)
	activation := w.activation(t, secret)
	if token, err := w.client.ActivateHardwareOathToken(t.Context(), activation); err != nil || token.Status != graph.StatusActivated || len(w.srv.Attempts()) != 0 {
		t.Errorf("got %+v and %v after %d attempts", token, err, len(w.srv.Attempts()))
	}
	// A new name needs an activation: Graph takes it nowhere else.
	activation.DisplayName = new("Front desk")
	if token, err := w.client.ActivateHardwareOathToken(t.Context(), activation); err != nil || *token.DisplayName != "Front desk" || len(w.srv.Attempts()) != 1 {
		t.Errorf("got %+v and %v after %d attempts", token, err, len(w.srv.Attempts()))
	}
	none := activation
	none.Code, none.DisplayName = nil, new("Other")
	if _, err := w.client.ActivateHardwareOathToken(t.Context(), none); err == nil {
		t.Error("no error without a code")
	}
}

// A wait for the next step ends with the operation's time.
func TestActivate_interrupted(t *testing.T) {
	t.Parallel()
	w := newActivationWorld(t, 30, 28*time.Second, 0)
	activation := w.activation(t, secret)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	_, err := w.client.ActivateHardwareOathToken(ctx, activation)
	if !errors.Is(err, context.Canceled) || len(w.srv.Attempts()) != 0 {
		t.Errorf("got %v after %d attempts", err, len(w.srv.Attempts()))
	}
}

// When time runs out before the second code, the error tells of the first one's refusal.
func TestActivate_interruptedAfterRefusal(t *testing.T) {
	t.Parallel()
	w := newActivationWorld(t, 30, 5*time.Second, 0)
	activation := w.activation(t, wrongSecret)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	wrong := activation.Code
	activation.Code = func(interval time.Duration, hashFunction string, at time.Time) (string, error) {
		time.AfterFunc(0, interrupt)
		<-ctx.Done() // the POST is seen through all the same
		return wrong(interval, hashFunction, at)
	}
	token, err := w.client.ActivateHardwareOathToken(ctx, activation)
	var wait *graph.WaitError
	var refused *graph.Error
	if !errors.As(err, &wait) || !errors.As(wait.Last, &refused) || refused.Status != 400 {
		t.Errorf("got %v, want the refusal in it", err)
	}
	if token.Status != w.status() {
		t.Errorf("got status %s, want %s", token.Status, w.status())
	}
}

func TestDeactivate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault     graphtest.Fault
		quirk     graphtest.Quirk
		activated bool
		want      []string
	}{
		"activated":        {activated: true, want: []string{"POST deactivate"}},
		"not activated":    {want: []string{"POST deactivate", "GET device"}},
		"idempotent":       {quirk: graphtest.QuirkDeactivateIdempotent, want: []string{"POST deactivate"}},
		"lost, done":       {activated: true, fault: graphtest.Fault{Status: 503, AfterWrite: true}, want: []string{"POST deactivate", "GET device"}},
		"lost, not done":   {activated: true, fault: graphtest.Fault{Status: 503}, want: []string{"POST deactivate", "GET device", "POST deactivate"}},
		"throttled":        {activated: true, fault: graphtest.Fault{Status: 429, RetryAfter: "0.01"}, want: []string{"POST deactivate", "POST deactivate"}},
		"dropped, done":    {activated: true, fault: graphtest.Fault{Drop: true, AfterWrite: true}, want: []string{"POST deactivate", "GET device"}},
		"failed, not done": {fault: graphtest.Fault{Status: 503}, want: []string{"POST deactivate", "GET device"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var quirks []graphtest.Quirk
			if test.quirk != "" {
				quirks = append(quirks, test.quirk)
			}
			w := newActivationWorld(t, 30, 0, 0, quirks...)
			if test.activated {
				w.srv.Activate(w.device.ID)
			}
			if test.fault != (graphtest.Fault{}) {
				test.fault.Method, test.fault.Path, test.fault.Times = "POST", methodsOf+"/*/deactivate", 1
				w.srv.AddFault(test.fault)
			}
			if err := w.client.DeactivateHardwareOathToken(t.Context(), w.amy.ID, w.device.ID); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, calls(w.srv)); diff != "" || w.status() != "assigned" {
				t.Errorf("status %s, requests (-want +got):\n%s", w.status(), diff)
			}
		})
	}
	w := newActivationWorld(t, 30, 0, 0)
	if err := w.client.DeactivateHardwareOathToken(t.Context(), "nobody@contoso.com", w.device.ID); !graph.IsNotFound(err) {
		t.Errorf("unknown user: got %v, want a 404", err)
	}
}

// No code and no seed is in the log or in an error, at the most talkative level
// and when Graph itself repeats the code.
func TestActivate_isDiscreet(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{
		"fine":    {Status: 429, Times: 1, RetryAfter: "0.01"},
		"refused": {Status: 400, Message: "Wrong: CODE"},
		"lost":    {Status: 503, AfterWrite: true},
		"cut":     {Cut: true},
		"page":    {Status: 200, HTML: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newActivationWorld(t, 30, 5*time.Second, 0)
			activation := w.activation(t, secret)
			codes := []string{}
			right := activation.Code
			activation.Code = func(interval time.Duration, hash string, at time.Time) (string, error) {
				code, err := right(interval, hash, at)
				codes = append(codes, code)
				if len(codes) == 1 {
					fault.Method, fault.Path, fault.Message = "POST", activatePath, strings.ReplaceAll(fault.Message, "CODE", code)
					w.srv.AddFault(fault)
				}
				return code, err
			}
			var log bytes.Buffer
			_, err := w.client.ActivateHardwareOathToken(tflogtest.RootLogger(t.Context(), &log), activation)
			texts := log.String()
			for ; err != nil; err = errors.Unwrap(err) {
				texts += err.Error()
			}
			// Six digits may be part of a random id: only a code by itself counts.
			for _, code := range slices.Compact(codes) {
				for _, around := range []string{" %s", `"%s"`, ":%s", "=%s"} {
					mustBeDiscreet(t, texts, fmt.Sprintf(around, code))
				}
			}
			if !strings.Contains(texts, "/activate") {
				t.Errorf("the log does not tell of the requests: %s", texts)
			}
		})
	}
}

// A code that is none is not sent, since Graph notes each wrong one: the caller
// may have got it after the plan, unchecked.
func TestActivate_noCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"12345", "1234567", "123 456", "12345a"} {
		w := newActivationWorld(t, 30, 0, 0)
		activation := w.activation(t, secret)
		activation.VerificationCode = code
		_, err := w.client.ActivateHardwareOathToken(t.Context(), activation)
		if err == nil || strings.Contains(err.Error(), code) || len(w.srv.Attempts()) != 0 {
			t.Errorf("%q: got %v and %d attempts, want an error without the code, and none", code, err, len(w.srv.Attempts()))
		}
	}
}
