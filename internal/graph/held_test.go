package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// put seeds a token that a user holds.
func put(srv *graphtest.Server, serialNumber, userID string, legacy bool) graphtest.Device {
	device := newDevice(serialNumber)
	device.AssignedTo, device.Legacy = userID, legacy
	return srv.PutDevice(device)
}

// What the stores hold, and what a list of Amy's methods then says of them.
func TestListUserMethods_stores(t *testing.T) {
	t.Parallel()
	const both, legacy = "in both stores", "legacy"
	for name, test := range map[string]struct {
		put      func(srv *graphtest.Server, amy, bob string)
		want     []string
		requests int
	}{
		"none":           {func(*graphtest.Server, string, string) {}, []string{}, 1},
		"somebody's":     {func(srv *graphtest.Server, _, bob string) { put(srv, "1", bob, false) }, []string{}, 1},
		"of Graph":       {func(srv *graphtest.Server, amy, _ string) { put(srv, "1", amy, false) }, []string{"1"}, 2},
		"of the portal":  {func(srv *graphtest.Server, amy, _ string) { put(srv, "1", amy, true) }, []string{"1 legacy"}, 2},
		"sorted":         {func(srv *graphtest.Server, amy, _ string) { put(srv, "2", amy, true); put(srv, "1", amy, false) }, []string{"1", "2 legacy"}, 3},
		"two of one":     {func(srv *graphtest.Server, amy, _ string) { put(srv, "1", amy, false); put(srv, "1", amy, true) }, []string{"1 in both stores", "1 legacy in both stores"}, 2},
		"other case":     {func(srv *graphtest.Server, amy, _ string) { put(srv, "a", amy, false); put(srv, "A", amy, true) }, []string{"A legacy in both stores", "a in both stores"}, 3},
		"other's twin":   {func(srv *graphtest.Server, amy, bob string) { put(srv, "1", bob, false); put(srv, "1", amy, true) }, []string{"1 legacy in both stores"}, 2},
		"free twin":      {func(srv *graphtest.Server, amy, _ string) { put(srv, "1", "", false); put(srv, "1", amy, true) }, []string{"1 legacy in both stores"}, 2},
		"unseen twin":    {func(srv *graphtest.Server, amy, bob string) { put(srv, "1", amy, false); put(srv, "1", bob, true) }, []string{"1"}, 2},
		"odd characters": {func(srv *graphtest.Server, amy, _ string) { put(srv, "O'Neil & 1", amy, false) }, []string{"O'Neil & 1"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			amy, bob := people(srv)
			test.put(srv, amy.ID, bob.ID)
			methods, err := newClient(t, srv).ListUserHardwareOathMethods(t.Context(), amy.UserPrincipalName)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, method := range methods {
				words := []string{method.Token.SerialNumber}
				if method.Legacy {
					words = append(words, legacy)
				}
				if method.InBothStores {
					words = append(words, both)
				}
				got = append(got, strings.Join(words, " "))
			}
			if len(got) == 2 && got[0] > got[1] {
				slices.Sort(got) // one serial number: by ids, which are as they come
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("methods (-want +got):\n%s", diff)
			}
			if n := len(srv.Requests("", "")); n != test.requests {
				t.Errorf("%d requests, want %d: %v", n, test.requests, calls(srv))
			}
		})
	}
}

// A list of methods without the tokens inline, which no page shows.
func TestListUserMethods_withoutDevice(t *testing.T) {
	t.Parallel()
	client := newHandlerClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/hardwareOathMethods"):
			fmt.Fprint(w, `{"value":[{"id":"m1"},{"id":"m2","createdDateTime":"2026-01-02T03:04:05Z"}]}`)
		case strings.HasSuffix(r.URL.Path, "/m1"):
			fmt.Fprint(w, `{"id":"m1","serialNumber":"1","manufacturer":"M","model":"X","timeIntervalInSeconds":30}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"itemNotFound","message":"No such device."}}`)
		}
	})
	methods, err := client.ListUserHardwareOathMethods(t.Context(), "amy@contoso.com")
	if err != nil || len(methods) != 2 {
		t.Fatalf("got %+v and %v, want 2 methods", methods, err)
	}
	if unknown, known := methods[0], methods[1]; known.Legacy || known.Token.SerialNumber != "1" || !unknown.Legacy || unknown.ID != "m2" || unknown.InBothStores {
		t.Errorf("got %+v", methods)
	}
}

func TestListUserMethods_errors(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	put(srv, "1", amy.ID, false)
	srv.AddFault(graphtest.Fault{Method: "GET", Path: devices, Status: http.StatusForbidden})
	client := newClient(t, srv)
	if _, err := client.ListUserHardwareOathMethods(t.Context(), "nobody@contoso.com"); !graph.IsNotFound(err) {
		t.Errorf("unknown user: got %v, want a 404", err)
	}
	var refused *graph.Error
	if _, err := client.ListUserHardwareOathMethods(t.Context(), amy.ID); !errors.As(err, &refused) {
		t.Fatalf("inventory: got %v, want a refusal", err)
	}
	if permission, _ := refused.Needs(); permission != "Policy.Read.All" {
		t.Errorf("the inventory needs %s", permission)
	}
}

// What this client has just given shows, and what it took back does not.
func TestListUserMethods_afterWrites(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	first, second := put(srv, "1", amy.ID, false), put(srv, "2", "", false)
	client := newClient(t, srv)
	if err := client.UnassignHardwareOathToken(t.Context(), first.ID, amy.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.AssignHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: second.ID}, amy.UserPrincipalName); err != nil {
		t.Fatal(err)
	}
	// A server that lags behind shows the first and not the second, once.
	srv.Assign(first.ID, amy.ID)
	srv.Unassign(second.ID)
	srv.ResetRequests()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for len(srv.Requests("GET", "/users/*/authentication/hardwareOathMethods")) == 0 {
			if t.Context().Err() != nil {
				return
			}
		}
		srv.Assign(second.ID, amy.ID)
	}()
	methods, err := client.ListUserHardwareOathMethods(t.Context(), amy.UserPrincipalName)
	<-done
	if err != nil || len(methods) != 1 || methods[0].ID != second.ID {
		t.Errorf("got %+v and %v, want the second token alone", methods, err)
	}
}

func TestGetHeld(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, bob := people(srv)
	hers, his, free := put(srv, "1", amy.ID, false), put(srv, "2", bob.ID, false), put(srv, "3", "", false)
	client := newClient(t, srv)
	token, err := client.GetHeldHardwareOathToken(t.Context(), amy.UserPrincipalName, hers.ID)
	if err != nil || token.SerialNumber != "1" || token.Status != graph.StatusAssigned || token.ID != hers.ID {
		t.Errorf("got %+v and %v, want her token", token, err)
	}
	if n := len(srv.Requests("", "")); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	for name, test := range map[string]struct {
		user, token string
		want        graph.NotHeldError
		holder      string
	}{
		"another's": {amy.ID, his.ID, graph.NotHeldError{}, bob.ID},
		"nobody's":  {amy.ID, free.ID, graph.NotHeldError{}, ""},
		"no token":  {amy.ID, "3dee0e53-f50f-43ef-85c0-b44689f2d66d", graph.NotHeldError{TokenMissing: true}, ""},
		"no user":   {"nobody@contoso.com", hers.ID, graph.NotHeldError{UserMissing: true}, amy.ID},
	} {
		srv.ResetRequests()
		_, err := client.GetHeldHardwareOathToken(t.Context(), test.user, test.token)
		var got *graph.NotHeldError
		if !errors.As(err, &got) || !graph.IsNotFound(err) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		holder := ""
		if got.Token != nil && got.Token.AssignedTo != nil {
			holder = got.Token.AssignedTo.ID
		}
		if got.UserMissing != test.want.UserMissing || got.TokenMissing != test.want.TokenMissing || holder != test.holder {
			t.Errorf("%s: got %+v, held by %q", name, got, holder)
		}
		if n := len(srv.Requests("", "")); n != 3 {
			t.Errorf("%s: %d requests, want 3", name, n)
		}
	}
}

// A token of the portal's CSV is told apart when its activation is refused.
func TestActivate_legacy(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, _ := people(srv)
	device := put(srv, "1", amy.ID, true)
	client := newClient(t, srv)
	token, err := client.GetHeldHardwareOathToken(t.Context(), amy.ID, device.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.ActivateHardwareOathToken(t.Context(), graph.Activation{UserID: amy.ID, Token: token, VerificationCode: "000000"})
	var refused *graph.ActivationError
	if !errors.As(err, &refused) || !refused.TokenMissing {
		t.Errorf("got %v, want a refusal of a token that is not in the inventory", err)
	}
}
