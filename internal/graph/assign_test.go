package graph_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func refOf(device graphtest.Device) graph.HardwareOathTokenRef {
	return graph.HardwareOathTokenRef{ID: device.ID}
}

func holderOf(t *testing.T, srv *graphtest.Server, device graphtest.Device) string {
	t.Helper()
	d, _ := srv.Device(device.ID)
	return d.AssignedTo
}

// An assignment is one POST and one GET, and an unassignment one DELETE, under
// each answer that Graph may give and with both spellings of the user.
func TestAssign_underEachQuirk(t *testing.T) {
	t.Parallel()
	for _, quirk := range append(graphtest.Quirks(), "none") {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			var options []graphtest.Option
			if quirk != "none" {
				options = append(options, graphtest.WithQuirks(quirk))
			}
			srv := graphtest.NewServer(t, options...)
			amy, bob := people(srv)
			device := srv.PutDevice(newDevice("AB" + serial))
			client := newClient(t, srv)
			if quirk == graphtest.QuirkPolicyMustBeEnabled {
				_, err := client.AssignHardwareOathToken(t.Context(), refOf(device), amy.ID)
				var refused *graph.AssignmentError
				if !errors.As(err, &refused) || !refused.Disabled || !graph.IsForbidden(err) {
					t.Errorf("got %v, want a 403 that says that the method is disabled", err)
				}
				return
			}
			for _, who := range []struct{ user, name string }{{amy.ID, "Amy Masters"}, {bob.UserPrincipalName, "Bob Beamon"}} {
				srv.ResetRequests()
				token, err := client.AssignHardwareOathToken(t.Context(), refOf(device), who.user)
				if err != nil {
					t.Fatalf("assign: %v", err)
				}
				if token.ID != device.ID || token.AssignedTo == nil || *token.AssignedTo.DisplayName != who.name || token.SerialNumber != device.SerialNumber {
					t.Errorf("token %+v, want %s to have it", token, who.name)
				}
				lags := quirk == graphtest.QuirkAssignLags
				if diff := cmp.Diff([]string{"POST methods", "GET device"}, calls(srv)); diff != "" && !lags {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if got := srv.Requests("POST", methodsOf)[0].Properties; !slices.Equal(got, []string{"device"}) {
					t.Errorf("sent %s, want the device alone", got)
				}
				if err := client.UnassignHardwareOathToken(t.Context(), device.ID, token.AssignedTo.ID); err != nil {
					t.Fatalf("unassign: %v", err)
				}
				if got := count(srv, "DELETE method"); got != 1 || holderOf(t, srv, device) != "" {
					t.Errorf("%d DELETEs, and the token is held by %q", got, holderOf(t, srv, device))
				}
			}
		})
	}
}

func TestAssign_losesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault graphtest.Fault
		posts int
	}{
		"503 before":      {graphtest.Fault{Status: 503}, 2},
		"503 after":       {graphtest.Fault{Status: 503, AfterWrite: true}, 1},
		"502 page after":  {graphtest.Fault{Status: 502, HTML: true, AfterWrite: true}, 1},
		"dropped before":  {graphtest.Fault{Drop: true}, 2},
		"dropped after":   {graphtest.Fault{Drop: true, AfterWrite: true}, 1},
		"cut":             {graphtest.Fault{Cut: true}, 1},
		"200 page before": {graphtest.Fault{Status: 200, HTML: true}, 2},
		"200 page after":  {graphtest.Fault{Status: 200, HTML: true, AfterWrite: true}, 1},
		"429":             {graphtest.Fault{Status: 429, RetryAfter: "0.01"}, 2},
	} {
		for _, quirk := range []graphtest.Quirk{graphtest.QuirkAssignOK, graphtest.QuirkAssignLags} {
			for _, byName := range []bool{false, true} {
				t.Run(fmt.Sprint(name, quirk, byName), func(t *testing.T) {
					t.Parallel()
					srv := graphtest.NewServer(t, graphtest.WithQuirks(quirk))
					amy, _ := people(srv)
					device := srv.PutDevice(newDevice(serial))
					test.fault.Method, test.fault.Path, test.fault.Times = "POST", methodsOf, 1
					srv.AddFault(test.fault)
					user := amy.ID
					if byName {
						user = amy.UserPrincipalName
					}
					token, err := newClient(t, srv).AssignHardwareOathToken(t.Context(), refOf(device), user)
					if err != nil {
						t.Fatal(err)
					}
					if token.AssignedTo == nil || token.AssignedTo.ID != amy.ID || holderOf(t, srv, device) != amy.ID {
						t.Errorf("token %+v, want Amy to have it", token)
					}
					// A lag longer than the settle window costs a second POST, whose refusal is understood.
					if posts := count(srv, "POST methods"); posts > test.posts+1 || posts != test.posts && quirk != graphtest.QuirkAssignLags {
						t.Errorf("%d POSTs, want %d", posts, test.posts)
					}
				})
			}
		}
	}
}

// What Graph refuses is explained by what can be looked up, never by its words.
func TestAssign_refused(t *testing.T) {
	t.Parallel()
	type world struct {
		srv      *graphtest.Server
		amy, bob graphtest.User
		device   graphtest.Device
	}
	tests := map[string]struct {
		prepare func(w world) (user, token string)
		want    graph.AssignmentError
		holder  bool
		calls   []string
	}{
		"held by somebody else": {
			prepare: func(w world) (string, string) { w.srv.Assign(w.device.ID, w.bob.ID); return w.amy.ID, w.device.ID },
			want:    graph.AssignmentError{Methods: -1},
			holder:  true, calls: []string{"POST methods", "GET device"},
		},
		"held by somebody else, user by name": {
			prepare: func(w world) (string, string) {
				w.srv.Assign(w.device.ID, w.bob.ID)
				return w.amy.UserPrincipalName, w.device.ID
			},
			want:   graph.AssignmentError{Methods: -1},
			holder: true, calls: []string{"POST methods", "GET device", "GET method"},
		},
		"held by the same user": {
			prepare: func(w world) (string, string) { w.srv.Assign(w.device.ID, w.amy.ID); return w.amy.ID, w.device.ID },
			want:    graph.AssignmentError{SameUser: true, Methods: -1},
			holder:  true, calls: []string{"POST methods", "GET device"},
		},
		"held by the same user, by name": {
			prepare: func(w world) (string, string) {
				w.srv.Assign(w.device.ID, w.amy.ID)
				return w.amy.UserPrincipalName, w.device.ID
			},
			want:   graph.AssignmentError{SameUser: true, Methods: -1},
			holder: true, calls: []string{"POST methods", "GET device", "GET method"},
		},
		"sixth": {
			prepare: func(w world) (string, string) {
				for i := range 5 {
					w.srv.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(i), AssignedTo: w.amy.ID})
				}
				return w.amy.ID, w.device.ID
			},
			want:  graph.AssignmentError{Methods: 5},
			calls: []string{"POST methods", "GET device", "GET policy", "GET methods"},
		},
		"guest": {
			prepare: func(w world) (string, string) {
				guest := w.srv.PutUser(graphtest.User{UserPrincipalName: "eve_fabrikam.com#EXT#@contoso.com", Guest: true})
				return guest.UserPrincipalName, w.device.ID
			},
			want:  graph.AssignmentError{Methods: 0},
			calls: []string{"POST methods", "GET device", "GET policy", "GET methods"},
		},
		"no such user": {
			prepare: func(w world) (string, string) { return "nobody@contoso.com", w.device.ID },
			want:    graph.AssignmentError{UserMissing: true, Methods: -1},
		},
		"no such token": {
			prepare: func(w world) (string, string) { return w.amy.ID, "3dee0e53-f50f-43ef-85c0-b44689f2d66d" },
			want:    graph.AssignmentError{TokenMissing: true, Methods: -1},
			calls:   []string{"POST methods", "GET device"},
		},
		"no such token, refused as a bad request": {
			prepare: func(w world) (string, string) {
				w.srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsOf, Status: 400})
				return w.amy.ID, "3dee0e53-f50f-43ef-85c0-b44689f2d66d"
			},
			want:  graph.AssignmentError{TokenMissing: true, Methods: -1},
			calls: []string{"POST methods", "GET device"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			w := world{srv: srv, device: srv.PutDevice(newDevice(serial))}
			w.amy, w.bob = people(srv)
			user, token := test.prepare(w)
			_, err := newClient(t, srv).AssignHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: token}, user)
			var got *graph.AssignmentError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an AssignmentError", err)
			}
			if held := got.Token != nil && got.Token.AssignedTo != nil; held != test.holder {
				t.Errorf("the holder is named: %t, want %t", held, test.holder)
			}
			var answered *graph.Error
			if !errors.As(got.Err, &answered) || got.UserID != user || got.TokenID != token {
				t.Errorf("got %+v, want Graph's answer in it", got)
			}
			facts := graph.AssignmentError{SameUser: got.SameUser, TokenMissing: got.TokenMissing, UserMissing: got.UserMissing, Methods: got.Methods, Disabled: got.Disabled}
			if diff := cmp.Diff(test.want, facts); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.calls, calls(srv)); diff != "" && test.calls != nil {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			mustBeDiscreet(t, err.Error())
		})
	}
}

// A token that is passed on in one run is refused to its next user until Graph has noticed.
func TestAssign_passesOn(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkAssignLags, graphtest.QuirkUnassignLags))
	amy, bob := people(srv)
	device := srv.PutDevice(newDevice(serial))
	client := newClient(t, srv)
	for _, user := range []string{amy.ID, bob.UserPrincipalName, amy.UserPrincipalName} {
		token, err := client.AssignHardwareOathToken(t.Context(), refOf(device), user)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.UnassignHardwareOathToken(t.Context(), device.ID, token.AssignedTo.ID); err != nil {
			t.Fatal(err)
		}
	}
	// The deletion of the token in the same run is not refused either.
	if err := client.DeleteHardwareOathToken(t.Context(), refOf(device), false); err != nil {
		t.Fatal(err)
	}
	if left := srv.Devices(); len(left) != 0 {
		t.Errorf("%d devices left", len(left))
	}
}

// A token made in the same run may not be there yet; a user may be as new.
func TestAssign_waitsForWhatIsNew(t *testing.T) {
	t.Parallel()
	// The token is not in the path but in the body, so its absence may be a bad request too.
	for _, status := range []int{404, 400} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Second))
			amy, _ := people(srv)
			client := newClient(t, srv)
			made := create(t, client, newSpec(serial))
			if status != 404 {
				srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsOf, Status: status, Times: 1})
			}
			token, err := client.AssignHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: made.ID}, amy.ID)
			if err != nil || token.AssignedTo == nil || token.AssignedTo.ID != amy.ID {
				t.Errorf("got %+v and %v", token, err)
			}
			if attempts := count(srv, "POST methods"); attempts < 2 {
				t.Errorf("%d POSTs, want more than one", attempts)
			}
		})
	}
}

func TestAssign_unconfirmed(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	device := srv.PutDevice(newDevice(serial))
	srv.AddFault(graphtest.Fault{Method: "GET", Path: devices + "/*", Status: 403})
	_, err := newClient(t, srv).AssignHardwareOathToken(t.Context(), refOf(device), amy.ID)
	var unconfirmed *graph.UnconfirmedError
	if !errors.As(err, &unconfirmed) || !graph.IsForbidden(err) || holderOf(t, srv, device) != amy.ID {
		t.Errorf("got %v, want an UnconfirmedError, and the token to be Amy's", err)
	}
}

// An interrupt does not lose an assignment that is on its way.
func TestAssign_interrupted(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	device := srv.PutDevice(newDevice(serial))
	srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsOf, Hang: 400 * time.Millisecond, AfterWrite: true})
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, interrupt)
	token, err := newClient(t, srv).AssignHardwareOathToken(ctx, refOf(device), amy.ID)
	if err != nil || token.AssignedTo == nil {
		t.Errorf("got %+v and %v", token, err)
	}
}

// When the outcome can't be settled, the error says that the token may be assigned.
func TestAssign_unsettled(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	device := srv.PutDevice(newDevice(serial))
	srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsOf, Status: 503, AfterWrite: true})
	srv.AddFault(graphtest.Fault{Method: "GET", Status: 401})
	_, err := newClient(t, srv).AssignHardwareOathToken(t.Context(), refOf(device), amy.ID)
	var got *graph.AssignmentError
	if !errors.As(err, &got) || got.Lost == nil {
		t.Errorf("got %v, want an AssignmentError that knows of the lost answer", err)
	}
}

// Two resources with one token and one user: one of them has it.
func TestAssign_twiceAtOnce(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	device := newDevice(serial)
	device.ID = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"
	device = srv.PutDevice(device)
	srv.AddFault(graphtest.Fault{Method: "POST", Path: methodsOf, Status: 503, AfterWrite: true, Times: 2})
	client := newClient(t, srv)
	errs := make([]error, 2)
	var wait sync.WaitGroup
	for i, id := range []string{device.ID, strings.ToUpper(device.ID)} {
		wait.Go(func() {
			_, errs[i] = client.AssignHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: id}, amy.ID)
		})
	}
	wait.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("got %v and %v, want one of them to have it", errs[0], errs[1])
	}
}

func TestUnassign(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, bob := people(srv)
	device := srv.PutDevice(newDevice(serial))
	client := newClient(t, srv)
	for _, user := range []string{"", bob.ID} {
		if user != "" {
			srv.Assign(device.ID, user)
		}
		if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.ID); err != nil || holderOf(t, srv, device) != user {
			t.Errorf("held by %q: got %v, and it is held by %q", user, err, holderOf(t, srv, device))
		}
	}
	srv.RemoveDevice(device.ID)
	if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.ID); err != nil {
		t.Errorf("not there: got %v", err)
	}
	// A page of a proxy says nothing of a token.
	srv.AddFault(graphtest.Fault{Method: "DELETE", Status: 404, HTML: true})
	if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.ID); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a proxy's 404: got %v, want it", err)
	}
}

// By name, as after an assignment that could not be read: that somebody holds the
// token does not say that it is somebody else.
func TestUnassign_byName(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, bob := people(srv)
	device := srv.PutDevice(newDevice(serial))
	client := newClient(t, srv)
	srv.Assign(device.ID, amy.ID)
	srv.AddFault(graphtest.Fault{Method: "DELETE", Path: methodsOf + "/*", Status: 404, Times: 1})
	if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.UserPrincipalName); err != nil || holderOf(t, srv, device) != "" {
		t.Errorf("got %v, and it is held by %q", err, holderOf(t, srv, device))
	}
	srv.Assign(device.ID, bob.ID)
	if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.UserPrincipalName); err != nil || holderOf(t, srv, device) != bob.ID {
		t.Errorf("another's: got %v, and it is held by %q", err, holderOf(t, srv, device))
	}
	srv.Unassign(device.ID)
	if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.UserPrincipalName); err != nil {
		t.Errorf("nobody's: got %v", err)
	}
}

// A user who was deleted does not come back: nothing is waited for.
func TestUnassign_deletedUser(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	device := newDevice(serial)
	device.AssignedTo = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"
	device = srv.PutDevice(device)
	client := newClient(t, srv, graph.WithVisibilityWindow(time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := client.UnassignHardwareOathToken(ctx, device.ID, device.AssignedTo); !graph.IsNotFound(err) {
		t.Errorf("got %v, want Graph's 404", err)
	}
}

func TestGetAssigned_waitsWhileYoung(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkAssignLags))
	amy, bob := people(srv)
	device := srv.PutDevice(newDevice(serial))
	if _, err := newClient(t, srv).AssignHardwareOathToken(t.Context(), refOf(device), amy.ID); err != nil {
		t.Fatal(err)
	}
	srv.Assign(device.ID, bob.ID)
	for name, test := range map[string]struct {
		ref   graph.HardwareOathAssignmentRef
		gets  func(int) bool
		least time.Duration
	}{
		"old":   {graph.HardwareOathAssignmentRef{UserID: amy.ID}, func(n int) bool { return n == 1 }, 0},
		"young": {graph.HardwareOathAssignmentRef{UserID: amy.ID, AssignedAt: time.Now()}, func(n int) bool { return n > 2 }, visibility - time.Second},
		"seen":  {graph.HardwareOathAssignmentRef{UserID: amy.ID, AssignedAt: time.Now(), Confirmed: true}, func(n int) bool { return n == 2 }, settle},
		"right": {graph.HardwareOathAssignmentRef{UserID: bob.ID, AssignedAt: time.Now()}, func(n int) bool { return n == 1 }, 0},
	} {
		srv.ResetRequests()
		test.ref.TokenID = device.ID
		if !test.ref.AssignedAt.IsZero() {
			test.ref.AssignedAt = time.Now()
		}
		start := time.Now()
		token, err := newClient(t, srv).GetAssignedHardwareOathToken(t.Context(), test.ref)
		if err != nil || token.AssignedTo == nil || token.AssignedTo.ID != bob.ID {
			t.Errorf("%s: got %+v and %v", name, token, err)
		}
		if n := count(srv, "GET device"); !test.gets(n) || time.Since(start) < test.least {
			t.Errorf("%s: %d GETs in %s", name, n, time.Since(start))
		}
	}
}

// A token that goes back to whom it was taken from, as -replace does it, reads as
// before and is not waited for.
func TestAssign_givenBack(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"object id": 3, "user principal name": 4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			amy, _ := people(srv)
			device := newDevice("1")
			device.AssignedTo = amy.ID
			device = srv.PutDevice(device)
			client := newClient(t, srv)
			if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.ID); err != nil {
				t.Fatal(err)
			}
			user := amy.ID
			if want == 4 {
				user = amy.UserPrincipalName
			}
			token, err := client.AssignHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, user)
			if err != nil || token.AssignedTo == nil || token.AssignedTo.ID != amy.ID {
				t.Errorf("got %+v and %v", token, err)
			}
			if got := calls(srv); len(got) != want {
				t.Errorf("requests %v, want %d", got, want)
			}
		})
	}
}
