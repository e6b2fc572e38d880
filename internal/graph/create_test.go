package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// lost is a creation that was carried out and whose answer did not arrive.
func lost() graphtest.Fault {
	return graphtest.Fault{Method: "POST", Path: devices, Status: 503, AfterWrite: true, Times: 1}
}

// unwritten is a creation that failed before it was carried out, with an answer that does not say so.
func unwritten() graphtest.Fault {
	return graphtest.Fault{Method: "POST", Path: devices, Status: 503, Times: 1}
}

func TestCreate_losesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault     graphtest.Fault
		quirk     graphtest.Quirk
		recovered bool
		posts     int
		atLeast   time.Duration
	}{
		"503 before the write":                  {fault: graphtest.Fault{Status: 503}, posts: 2},
		"503 before the write with Retry-After": {fault: graphtest.Fault{Status: 503, RetryAfter: "1"}, posts: 2, atLeast: time.Second},
		"503 after the write":                   {fault: graphtest.Fault{Status: 503, AfterWrite: true}, recovered: true, posts: 1},
		"500 before the write":                  {fault: graphtest.Fault{Status: 500}, posts: 2},
		"500 after the write":                   {fault: graphtest.Fault{Status: 500, AfterWrite: true}, recovered: true, posts: 1},
		"502 page before the write":             {fault: graphtest.Fault{Status: 502, HTML: true}, posts: 2},
		"502 page after the write":              {fault: graphtest.Fault{Status: 502, HTML: true, AfterWrite: true}, recovered: true, posts: 1},
		"504 after the write":                   {fault: graphtest.Fault{Status: 504, AfterWrite: true}, recovered: true, posts: 1},
		"408 after the write":                   {fault: graphtest.Fault{Status: 408, AfterWrite: true}, recovered: true, posts: 1},
		"509 after the write":                   {fault: graphtest.Fault{Status: 509, AfterWrite: true}, recovered: true, posts: 1},
		"dropped before the write":              {fault: graphtest.Fault{Drop: true}, posts: 2},
		"dropped after the write":               {fault: graphtest.Fault{Drop: true, AfterWrite: true}, recovered: true, posts: 1},
		"cut after the write":                   {fault: graphtest.Fault{Cut: true}, recovered: true, posts: 1},
		"200 page before the write":             {fault: graphtest.Fault{Status: 200, HTML: true}, posts: 2},
		"200 page after the write":              {fault: graphtest.Fault{Status: 200, HTML: true, AfterWrite: true}, recovered: true, posts: 1},
		"answer without a body":                 {quirk: graphtest.QuirkCreateNoContent, recovered: true, posts: 1},
		"429":                                   {fault: graphtest.Fault{Status: 429}, posts: 2},
		"429 with seconds":                      {fault: graphtest.Fault{Status: 429, RetryAfter: "1"}, posts: 2, atLeast: time.Second},
		"429 with a date":                       {fault: graphtest.Fault{Status: 429, RetryAfter: "in two seconds"}, posts: 2, atLeast: time.Second},
		"429 with a date gone by":               {fault: graphtest.Fault{Status: 429, RetryAfter: "Mon, 02 Jan 2006 15:04:05 GMT"}, posts: 2},
		"429 with nonsense":                     {fault: graphtest.Fault{Status: 429, RetryAfter: "soon"}, posts: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options []graphtest.Option
			if test.quirk != "" {
				options = append(options, graphtest.WithQuirks(test.quirk))
			}
			srv := graphtest.NewServer(t, options...)
			if test.quirk == "" {
				test.fault.Method, test.fault.Path, test.fault.Times = "POST", devices, 1
				if test.fault.RetryAfter == "in two seconds" {
					test.fault.RetryAfter = time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat)
				}
				srv.AddFault(test.fault)
			}
			token, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
			if err != nil {
				t.Fatal(err)
			}
			if recovered != test.recovered {
				t.Errorf("recovered %t, want %t", recovered, test.recovered)
			}
			posts := srv.Requests("POST", devices)
			if len(posts) != test.posts {
				t.Errorf("%d POSTs, want %d", len(posts), test.posts)
			}
			if waited := posts[len(posts)-1].Time.Sub(posts[0].Time); waited < test.atLeast {
				t.Errorf("the second POST came after %s, want at least %s", waited, test.atLeast)
			}
			made := srv.Devices()
			if len(made) != 1 || made[0].ID != token.ID || token.SerialNumber != serial {
				t.Errorf("devices %+v, want the one token %+v", made, token)
			}
		})
	}
}

// A throttled creation was surely not carried out, so nothing needs to be looked up.
func TestCreate_throttledIsNotLookedUp(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 429, RetryAfter: "0.01", Times: 2})
	create(t, newClient(t, srv), newSpec(serial))
	if diff := cmp.Diff([]string{"POST devices", "POST devices", "POST devices"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// The token is invisible for longer than it is looked up: the second POST is
// refused, which says that the first was carried out.
func TestCreate_lostAndInvisible(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]graphtest.Quirk{{}, {graphtest.QuirkDuplicateConflict}} {
		t.Run(fmt.Sprint(quirks), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(1200*time.Millisecond), graphtest.WithQuirks(quirks...))
			srv.AddFault(lost())
			token, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
			if err != nil {
				t.Fatal(err)
			}
			if !recovered {
				t.Error("the token was not recovered")
			}
			if n := count(srv, "POST devices"); n != 2 {
				t.Errorf("%d POSTs, want 2", n)
			}
			if made := srv.Devices(); len(made) != 1 || made[0].ID != token.ID {
				t.Errorf("devices %+v, want the one token %s", made, token.ID)
			}
		})
	}
}

func TestCreate_replacesATokenWhoseDeletionSpreads(t *testing.T) {
	t.Parallel()
	tests := map[string]*graphtest.Fault{
		"no fault":            nil,
		"503 before write":    new(unwritten()),
		"503 after write":     {Method: "POST", Path: devices, Status: 503, AfterWrite: true},
		"cut":                 {Method: "POST", Path: devices, Cut: true},
		"429":                 {Method: "POST", Path: devices, Status: 429, RetryAfter: "0.01", Times: 2},
		"dropped after write": {Method: "POST", Path: devices, Drop: true, AfterWrite: true, Times: 2},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithDeletionDelay(time.Second))
			client := newClient(t, srv)
			old := create(t, client, newSpec(serial))
			if err := client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: old.ID}, false); err != nil {
				t.Fatal(err)
			}
			if fault != nil {
				srv.AddFault(*fault)
			}
			token, _, err := client.CreateHardwareOathToken(t.Context(), newSpec(serial))
			if err != nil {
				t.Fatal(err)
			}
			if token.ID == old.ID {
				t.Error("the deleted token was adopted")
			}
			if made := srv.Devices(); len(made) != 1 || made[0].ID != token.ID {
				t.Errorf("devices %+v, want the one token %s", made, token.ID)
			}
		})
	}
}

// The one that was deleted still shows beside the new one, whose answer was lost.
func TestCreate_lostBesideTheDeletedOne(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithDeletionDelay(time.Hour), graphtest.WithQuirks(graphtest.QuirkDuplicatesAllowed))
	client := newClient(t, srv)
	old := create(t, client, newSpec(serial))
	if err := client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: old.ID}, false); err != nil {
		t.Fatal(err)
	}
	srv.AddFault(lost())
	token, recovered, err := client.CreateHardwareOathToken(t.Context(), newSpec(serial))
	if err != nil || !recovered || token.ID == old.ID {
		t.Fatalf("got %+v, recovered %t, %v, want the new token", token, recovered, err)
	}
	if made := srv.Devices(); len(made) != 1 || made[0].ID != token.ID {
		t.Errorf("devices %+v, want the one token %s", made, token.ID)
	}
}

func TestCreate_aDeletionThatNeverSpreads(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithDeletionDelay(time.Hour))
	client := newClient(t, srv, graph.WithVisibilityWindow(800*time.Millisecond))
	old := create(t, client, newSpec(serial))
	if err := client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: old.ID}, false); err != nil {
		t.Fatal(err)
	}
	_, _, err := client.CreateHardwareOathToken(t.Context(), newSpec(serial))
	var exists *graph.AlreadyExistsError
	if !errors.As(err, &exists) {
		t.Errorf("got %v, want an AlreadyExistsError", err)
	}
}

func TestCreate_takenSerialNumber(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]graphtest.Quirk{{}, {graphtest.QuirkDuplicateConflict}, {graphtest.QuirkUpperErrorCodes}, {graphtest.QuirkUniqueTriple}} {
		t.Run(fmt.Sprint(quirks), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
			there := srv.PutDevice(newDevice(serial))
			_, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
			var exists *graph.AlreadyExistsError
			if !errors.As(err, &exists) || recovered {
				t.Fatalf("got %v, recovered %t, want an AlreadyExistsError", err, recovered)
			}
			if exists.Existing.ID != there.ID || !strings.Contains(err.Error(), there.ID) || !strings.Contains(err.Error(), serial) {
				t.Errorf("the error %v names token %s, want %s", err, exists.Existing.ID, there.ID)
			}
			mustBeDiscreet(t, err.Error())
			if diff := cmp.Diff([]string{"POST devices", "GET devices"}, calls(srv)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// The throttled POST was not carried out, so the token that is there is not ours.
func TestCreate_takenAndThrottled(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.PutDevice(newDevice(serial))
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 429, RetryAfter: "0.01", Times: 1})
	_, _, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
	var exists *graph.AlreadyExistsError
	if !errors.As(err, &exists) {
		t.Errorf("got %v, want an AlreadyExistsError", err)
	}
}

func TestCreate_lostButAnotherTokenIsThere(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*graphtest.Device){
		"manufacturer":  func(d *graphtest.Device) { d.Manufacturer = "Other" },
		"model":         func(d *graphtest.Device) { d.Model = "Other" },
		"interval":      func(d *graphtest.Device) { d.TimeIntervalInSeconds = 30 },
		"hash function": func(d *graphtest.Device) { d.HashFunction = "hmacsha1" },
		"display name":  func(d *graphtest.Device) { d.DisplayName = "Other" },
		"assigned":      func(d *graphtest.Device) { d.AssignedTo = "somebody" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			device := newDevice(serial)
			change(&device)
			device = srv.PutDevice(device)
			srv.AddFault(unwritten())
			spec := newSpec(serial)
			spec.DisplayName = new("Mine")
			if name != "display name" {
				spec.DisplayName = nil
			}
			_, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), spec)
			var exists *graph.AlreadyExistsError
			if !errors.As(err, &exists) || recovered || exists.Existing.ID != device.ID {
				t.Fatalf("got %v, recovered %t, want an AlreadyExistsError about %s", err, recovered, device.ID)
			}
			if n := count(srv, "POST devices"); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
			if diff := cmp.Diff([]graphtest.Device{device}, srv.Devices()); diff != "" {
				t.Errorf("devices (-want +got):\n%s", diff)
			}
		})
	}
}

// Somebody enrolled the token between its creation and the look-up.
func TestCreate_lostAndAssignedMeanwhile(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	fault := lost()
	fault.Hang = 400 * time.Millisecond
	srv.AddFault(fault)
	user := srv.PutUser(graphtest.User{})
	assigned := make(chan struct{})
	go func() {
		defer close(assigned)
		for range 100 {
			if device, ok := srv.DeviceBySerial(serial); ok {
				srv.Assign(device.ID, user.ID)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	_, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
	<-assigned
	var exists *graph.AlreadyExistsError
	if !errors.As(err, &exists) || recovered {
		t.Fatalf("got %v, recovered %t, want an AlreadyExistsError", err, recovered)
	}
	if holder := exists.Existing.AssignedTo; holder == nil || holder.ID != user.ID {
		t.Errorf("the error's token is held by %+v, want %s", holder, user.ID)
	}
}

// Where a serial number alone need not be unique, a stranger's token beside ours must not hide ours.
func TestCreate_lostBesideAStranger(t *testing.T) {
	t.Parallel()
	for name, delay := range map[string]time.Duration{"visible": 0, "visible later": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkUniqueTriple), graphtest.WithVisibilityDelay(delay))
			stranger := newDevice(serial)
			stranger.Manufacturer = "Other"
			stranger = srv.PutDevice(stranger)
			srv.AddFault(lost())
			token, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
			if err != nil || !recovered || token.ID == stranger.ID {
				t.Fatalf("got %+v, recovered %t, %v, want our own token", token, recovered, err)
			}
			if n := len(srv.Devices()); n != 2 {
				t.Errorf("%d devices, want the stranger's and ours", n)
			}
		})
	}
}

// A token whose serial number differs in case is not the one that was asked for.
func TestCreate_lostBesideAnotherCase(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]graphtest.Fault{"before the write": unwritten(), "after the write": lost()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkFilterIgnoresCase))
			stranger := srv.PutDevice(newDevice("ab1"))
			srv.AddFault(fault)
			token, _, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec("AB1"))
			if err != nil || token.SerialNumber != "AB1" || token.ID == stranger.ID {
				t.Fatalf("got %+v and %v, want our own token", token, err)
			}
			if n := len(devicesOf(srv, "AB1")); n != 1 {
				t.Errorf("%d devices AB1, want 1", n)
			}
		})
	}
}

func TestCreate_lostWithADisplayName(t *testing.T) {
	t.Parallel()
	for _, name := range []*string{nil, new("Token 1"), new("")} {
		srv := graphtest.NewServer(t)
		srv.AddFault(lost())
		spec := newSpec(serial)
		spec.DisplayName = name
		if _, recovered, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), spec); err != nil || !recovered {
			t.Errorf("got %v, recovered %t, want it recovered", err, recovered)
		}
	}
}

func TestCreate_refused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault graphtest.Fault
		calls []string
	}{
		"400":             {graphtest.Fault{Status: 400, Message: "The value of 'model' is bad."}, []string{"POST devices", "GET devices"}},
		"401":             {graphtest.Fault{Status: 401}, []string{"POST devices"}},
		"403":             {graphtest.Fault{Status: 403}, []string{"POST devices"}},
		"404":             {graphtest.Fault{Status: 404}, []string{"POST devices"}},
		"400 with a code": {graphtest.Fault{Status: 400, Code: "notSupported"}, []string{"POST devices", "GET devices"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			test.fault.Method = "POST"
			srv.AddFault(test.fault)
			_, _, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
			var refused *graph.Error
			if !errors.As(err, &refused) || refused.Status != test.fault.Status {
				t.Errorf("got %v, want status %d", err, test.fault.Status)
			}
			var unsettled *graph.LostAnswerError
			if errors.As(err, &unsettled) {
				t.Errorf("got %v, and nothing was lost", err)
			}
			if diff := cmp.Diff(test.calls, calls(srv)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// Graph's words are passed on, but not with a seed in them.
func TestCreate_refusalThatRepeatsTheSecret(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 400, Message: "Invalid base32 encoding in " + secret})
	_, _, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
	if err == nil || !strings.Contains(err.Error(), "Invalid base32 encoding in (the secret)") {
		t.Errorf("got %v, want Graph's words without the secret", err)
	}
	mustBeDiscreet(t, fmt.Sprintf("%v %+v", err, err))
}

func TestCreate_neverSettled(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   graphtest.Fault
		retries int
		posts   int
	}{
		"each POST fails, once":  {graphtest.Fault{Method: "POST", Status: 500, RetryAfter: "0.01"}, 0, 1},
		"each POST fails, twice": {graphtest.Fault{Method: "POST", Status: 500, RetryAfter: "0.01"}, 1, 2},
		"everything fails":       {graphtest.Fault{Status: 500, RetryAfter: "0.01"}, 1, 1},
		"everything is dropped":  {graphtest.Fault{Drop: true}, 0, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.AddFault(test.fault)
			config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
			config.MaxRetries = test.retries
			_, _, err := newClientOf(t, config).CreateHardwareOathToken(t.Context(), newSpec(serial))
			var unsettled *graph.LostAnswerError
			if !errors.As(err, &unsettled) || unsettled.SerialNumber != serial || unsettled.Err == nil {
				t.Fatalf("got %v, want a LostAnswerError with its cause", err)
			}
			mustBeDiscreet(t, err.Error()+fmt.Sprint(unsettled.Then))
			if n := count(srv, "POST devices"); n != test.posts {
				t.Errorf("%d POSTs, want %d", n, test.posts)
			}
		})
	}
}

// The refusal of the second POST says that the token is there, and it never shows.
func TestCreate_lostAndNeverVisible(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Hour))
	srv.AddFault(lost())
	_, _, err := newClient(t, srv, graph.WithVisibilityWindow(500*time.Millisecond)).CreateHardwareOathToken(t.Context(), newSpec(serial))
	var unsettled *graph.LostAnswerError
	var refused *graph.Error
	if !errors.As(err, &unsettled) || !errors.As(unsettled.Then, &refused) || refused.Status != http.StatusBadRequest {
		t.Fatalf("got %v, want a LostAnswerError that ends with the refusal", err)
	}
	if n := count(srv, "POST devices"); n != 2 {
		t.Errorf("%d POSTs, want 2", n)
	}
}

func TestCreate_lookUpIsForbidden(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(lost())
	srv.AddFault(graphtest.Fault{Method: "GET", Status: 403})
	_, _, err := newClient(t, srv).CreateHardwareOathToken(t.Context(), newSpec(serial))
	var unsettled *graph.LostAnswerError
	if !errors.As(err, &unsettled) || !graph.IsForbidden(unsettled.Then) {
		t.Errorf("got %v, want a LostAnswerError that ends with the 403", err)
	}
}

// cancelWhen cancels as soon as the condition holds.
func cancelWhen(t *testing.T, condition func() bool) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			if condition() {
				cancel()
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return ctx
}

func TestCreate_interruptedIsSeenThrough(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault      graphtest.Fault
		visibleIn  time.Duration
		interrupt  string
		recovered  bool
		wantNumber int
	}{
		"while the POST is answered":      {fault: graphtest.Fault{Hang: 400 * time.Millisecond}, interrupt: "POST devices", wantNumber: 1},
		"while the answer is lost":        {fault: graphtest.Fault{Hang: 400 * time.Millisecond, Status: 503, AfterWrite: true}, interrupt: "POST devices", recovered: true, wantNumber: 1},
		"while the answer is cut":         {fault: graphtest.Fault{Hang: 400 * time.Millisecond, Cut: true}, interrupt: "POST devices", recovered: true, wantNumber: 1},
		"while the token is looked up":    {fault: lost(), visibleIn: 500 * time.Millisecond, interrupt: "GET devices", recovered: true, wantNumber: 1},
		"while a lost token is invisible": {fault: graphtest.Fault{Hang: 100 * time.Millisecond, Drop: true, AfterWrite: true}, visibleIn: 700 * time.Millisecond, interrupt: "POST devices", recovered: true, wantNumber: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(test.visibleIn))
			test.fault.Method, test.fault.Path, test.fault.Times = "POST", devices, 1
			srv.AddFault(test.fault)
			ctx := cancelWhen(t, func() bool { return count(srv, test.interrupt) > 0 })
			token, recovered, err := newClient(t, srv, graph.WithSettleWindow(1500*time.Millisecond)).CreateHardwareOathToken(ctx, newSpec(serial))
			if err != nil || recovered != test.recovered {
				t.Fatalf("got recovered %t and %v, want recovered %t", recovered, err, test.recovered)
			}
			if n := count(srv, "POST devices"); n != test.wantNumber {
				t.Errorf("%d POSTs, want %d", n, test.wantNumber)
			}
			if made := srv.Devices(); len(made) != 1 || made[0].ID != token.ID {
				t.Errorf("devices %+v, want the one token %s", made, token.ID)
			}
		})
	}
}

// An interrupt before the second POST leaves the question open, and says so.
func TestCreate_interruptedAndNotThere(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	fault := unwritten()
	fault.Hang = 200 * time.Millisecond
	srv.AddFault(fault)
	ctx := cancelWhen(t, func() bool { return count(srv, "POST devices") > 0 })
	_, _, err := newClient(t, srv).CreateHardwareOathToken(ctx, newSpec(serial))
	var unsettled *graph.LostAnswerError
	if !errors.As(err, &unsettled) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a LostAnswerError because of the interrupt", err)
	}
	if n := count(srv, "POST devices"); n != 1 {
		t.Errorf("%d POSTs, want 1", n)
	}
}

func TestCreate_interruptedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := newClient(t, srv).CreateHardwareOathToken(ctx, newSpec(serial))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was interrupted", err)
	}
	if n := len(calls(srv)); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestCreate_outOfTime(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Path: devices, Hang: 2 * time.Second, AfterWrite: true, Times: 1})
	ctx, cancel := contextWithTimeout(t, 300*time.Millisecond)
	defer cancel()
	_, recovered, err := newClient(t, srv).CreateHardwareOathToken(ctx, newSpec(serial))
	if err != nil || !recovered {
		t.Errorf("got recovered %t and %v, want the token that was made", recovered, err)
	}
}

func TestCreate_interruptedWhileThrottled(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Method: "POST", Status: 429, RetryAfter: "600"})
	ctx := cancelWhen(t, func() bool {
		posts := srv.Requests("POST", devices)
		return len(posts) > 0 && posts[0].Status == http.StatusTooManyRequests
	})
	start := time.Now()
	_, _, err := newClient(t, srv).CreateHardwareOathToken(ctx, newSpec(serial))
	var wait *graph.WaitError
	if !errors.As(err, &wait) || !wait.Asked || wait.Wait < 10*time.Minute || !errors.Is(wait, context.Canceled) {
		t.Errorf("got %v, want a WaitError for 10 minutes", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s, want it prompt", took)
	}
	if n := len(calls(srv)); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestCreate_noTimeToWait(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.AddFault(graphtest.Fault{Method: "POST", Status: status, RetryAfter: "600", Message: "Too much."})
			ctx, cancel := contextWithTimeout(t, time.Minute)
			defer cancel()
			start := time.Now()
			_, _, err := newClient(t, srv).CreateHardwareOathToken(ctx, newSpec(serial))
			var wait *graph.WaitError
			if !errors.As(err, &wait) || !wait.Asked || !errors.Is(wait, context.DeadlineExceeded) {
				t.Fatalf("got %v, want a WaitError", err)
			}
			var last *graph.Error
			if !errors.As(wait.Last, &last) || last.Status != status || last.Message != "Too much." || !strings.Contains(wait.Error(), "Too much.") {
				t.Errorf("the last error is %v, want Graph's %d", wait.Last, status)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("it took %s, want it at once", took)
			}
			if n := count(srv, "POST devices"); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
		})
	}
}

// A connection that was never made carried nothing out: the POST is sent again and nothing is looked up.
func TestCreate_notConnected(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	var failed atomic.Int32
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		if failed.Add(1) == 1 {
			return nil, errors.New("dial tcp: connection refused")
		}
		return srv.Client().Transport.RoundTrip(req)
	})
	create(t, newClient(t, srv, graph.WithTransport(base)), newSpec(serial))
	if diff := cmp.Diff([]string{"POST devices"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
