package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestCreate_isOnePOST(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	spec := newSpec(serial)
	spec.DisplayName = new("Token 1")
	got := create(t, newClient(t, srv), spec)

	want := graph.HardwareOathToken{
		ID: got.ID, SerialNumber: serial, Manufacturer: "Deepnet Security", Model: "SafeID/Diamond",
		TimeIntervalInSeconds: 60, HashFunction: "hmacsha256", DisplayName: new("Token 1"), Status: "available",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"POST devices"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	made := newDevice(serial)
	made.ID, made.DisplayName, made.Status = got.ID, "Token 1", "available"
	if diff := cmp.Diff([]graphtest.Device{made}, srv.Devices()); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
}

func TestCreate_sendsOnlyWhatIsSet(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	spec := newSpec(serial)
	spec.HashFunction = ""
	got := create(t, newClient(t, srv), spec)
	want := []string{"@odata.type", "manufacturer", "model", "secretKey", "serialNumber", "timeIntervalInSeconds"}
	if diff := cmp.Diff(want, srv.Requests("POST", devices)[0].Properties); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	if got.HashFunction != graph.HashFunctionSHA1 {
		t.Errorf("hash function %q, want Graph's default", got.HashFunction)
	}
}

func TestGet_isOneGET(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	used := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters"})
	device := newDevice(serial)
	device.AssignedTo, device.LastUsedDateTime, device.DisplayName = user.ID, used, "Amy's"
	device = srv.PutDevice(device)

	got, err := newClient(t, srv).GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID})
	if err != nil {
		t.Fatal(err)
	}
	want := graph.HardwareOathToken{
		ID: device.ID, SerialNumber: serial, Manufacturer: "Deepnet Security", Model: "SafeID/Diamond",
		TimeIntervalInSeconds: 60, HashFunction: "hmacsha256", DisplayName: new("Amy's"), Status: "assigned",
		AssignedTo: &graph.Identity{ID: user.ID, DisplayName: new("Amy Masters")}, LastUsedDateTime: &used,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("token (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET device"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestGet_notFound(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	long := time.Now().Add(-time.Hour)
	for i, ref := range []graph.HardwareOathTokenRef{{ID: "absent"}, {ID: "absent", CreatedAt: long}} {
		_, err := newClient(t, srv).GetHardwareOathToken(t.Context(), ref)
		if !graph.IsNotFound(err) {
			t.Errorf("got %v, want not found", err)
		}
		if n := len(calls(srv)); n != i+1 {
			t.Errorf("%d requests, want %d", n, i+1)
		}
	}
}

func TestGet_waitsForAYoungToken(t *testing.T) {
	t.Parallel()
	tests := map[string]func(graph.HardwareOathToken) graph.HardwareOathTokenRef{
		"made by this client": func(token graph.HardwareOathToken) graph.HardwareOathTokenRef {
			return graph.HardwareOathTokenRef{ID: token.ID}
		},
		"made just now": madeJustNow,
		"made in the future of another clock": func(token graph.HardwareOathToken) graph.HardwareOathTokenRef {
			return graph.HardwareOathTokenRef{ID: token.ID, CreatedAt: time.Now().Add(2 * time.Second)}
		},
	}
	for name, ref := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(700*time.Millisecond))
			client := newClient(t, srv)
			token := create(t, client, newSpec(serial))
			reader := client
			if name != "made by this client" {
				reader = newClient(t, srv)
			}
			got, err := reader.GetHardwareOathToken(t.Context(), ref(token))
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != token.ID {
				t.Errorf("got token %s, want %s", got.ID, token.ID)
			}
			if n := count(srv, "GET device"); n < 2 {
				t.Errorf("%d GETs, want to see the 404 that was waited out", n)
			}
		})
	}
}

// A wait that was interrupted says nothing about whether the token is gone.
func TestYoungToken_isNotGoneWhenTheWaitEnds(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Hour))
	client := newClient(t, srv)
	token := create(t, client, newSpec(serial))
	soon := func() context.Context {
		ctx, cancel := contextWithTimeout(t, time.Second)
		t.Cleanup(cancel)
		return ctx
	}

	_, err := client.GetHardwareOathToken(soon(), madeJustNow(token))
	var wait *graph.WaitError
	if !errors.As(err, &wait) || graph.IsNotFound(err) {
		t.Errorf("read: got %v (not found: %t), want a WaitError that is not not-found", err, graph.IsNotFound(err))
	}
	if wait != nil && !graph.IsNotFound(wait.Last) {
		t.Errorf("read: the last error is %v, want the 404", wait.Last)
	}
	if err := client.DeleteHardwareOathToken(soon(), madeJustNow(token), false); !errors.As(err, &wait) {
		t.Errorf("delete: got %v, want a WaitError", err)
	}
	if err := client.UpdateHardwareOathToken(soon(), madeJustNow(token), graph.HardwareOathTokenUpdate{Model: new("X")}); !errors.As(err, &wait) {
		t.Errorf("update: got %v, want a WaitError", err)
	}
}

func TestUpdate_sendsWhatChanged(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		update graph.HardwareOathTokenUpdate
		want   []string
		change func(*graphtest.Device)
	}{
		"display name":  {graph.HardwareOathTokenUpdate{DisplayName: new("N")}, []string{"displayName"}, func(d *graphtest.Device) { d.DisplayName = "N" }},
		"manufacturer":  {graph.HardwareOathTokenUpdate{Manufacturer: new("M")}, []string{"manufacturer"}, func(d *graphtest.Device) { d.Manufacturer = "M" }},
		"model":         {graph.HardwareOathTokenUpdate{Model: new("O")}, []string{"model"}, func(d *graphtest.Device) { d.Model = "O" }},
		"interval":      {graph.HardwareOathTokenUpdate{TimeIntervalInSeconds: new(int64(30))}, []string{"timeIntervalInSeconds"}, func(d *graphtest.Device) { d.TimeIntervalInSeconds = 30 }},
		"hash function": {graph.HardwareOathTokenUpdate{HashFunction: new("hmacsha1")}, []string{"hashFunction"}, func(d *graphtest.Device) { d.HashFunction = "hmacsha1" }},
		"two":           {graph.HardwareOathTokenUpdate{Model: new("O"), DisplayName: new("")}, []string{"displayName", "model"}, func(d *graphtest.Device) { d.Model = "O" }},
	}
	for name, test := range tests {
		for _, quirks := range [][]graphtest.Quirk{{}, {graphtest.QuirkUpdateReturnsEntity}} {
			t.Run(fmt.Sprint(name, quirks), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
				device := srv.PutDevice(newDevice(serial))
				if err := newClient(t, srv).UpdateHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, test.update); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{"PATCH device"}, calls(srv)); diff != "" {
					t.Fatalf("requests (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(append([]string{"@odata.type"}, test.want...), srv.Requests("", "")[0].Properties); diff != "" {
					t.Errorf("properties (-want +got):\n%s", diff)
				}
				test.change(&device)
				if diff := cmp.Diff([]graphtest.Device{device}, srv.Devices()); diff != "" {
					t.Errorf("devices (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestUpdate_waitsForAYoungToken(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(600*time.Millisecond))
	client := newClient(t, srv)
	token := create(t, client, newSpec(serial))
	if err := client.UpdateHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: token.ID}, graph.HardwareOathTokenUpdate{Model: new("X")}); err != nil {
		t.Error(err)
	}
}

// 404 is believed once the window since the token's creation is over, and not a window after each read.
func TestYoungToken_growsOld(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv, graph.WithVisibilityWindow(600*time.Millisecond))
	token := create(t, client, newSpec(serial))
	srv.RemoveDevice(token.ID)
	start := time.Now()
	for range 2 {
		if _, err := client.GetHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: token.ID}); !graph.IsNotFound(err) {
			t.Errorf("got %v, want not found", err)
		}
	}
	if took := time.Since(start); took > 2500*time.Millisecond || count(srv, "GET device") < 3 {
		t.Errorf("it took %s and %d GETs", took, count(srv, "GET device"))
	}
	tokens, err := client.FindHardwareOathTokens(t.Context(), serial)
	if err != nil || len(tokens) != 0 {
		t.Errorf("got %+v and %v, want none", tokens, err)
	}
}

func TestFind_noTimeToWait(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Hour))
	client := newClient(t, srv)
	create(t, client, newSpec(serial))
	ctx, cancel := contextWithTimeout(t, 200*time.Millisecond)
	defer cancel()
	_, err := client.FindHardwareOathTokens(ctx, serial)
	var wait *graph.WaitError
	if !errors.As(err, &wait) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), serial) {
		t.Errorf("got %v, want a WaitError that says what was waited for", err)
	}
}

func TestUpdate_ofAnAssignedTokenIsGraphsRefusal(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	user := srv.PutUser(graphtest.User{})
	device := srv.PutDevice(graphtest.Device{SerialNumber: serial, AssignedTo: user.ID})
	err := newClient(t, srv).UpdateHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, graph.HardwareOathTokenUpdate{Model: new("X")})
	var refused *graph.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || !strings.Contains(refused.Message, "assigned") {
		t.Errorf("got %v, want Graph's refusal", err)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		quirks   []graphtest.Quirk
		assigned bool
		unassign bool
		want     []string
		refused  bool
		left     int
	}{
		"unassigned":             {want: []string{"GET device", "DELETE device"}},
		"unassigned, may take":   {unassign: true, want: []string{"GET device", "DELETE device"}},
		"assigned":               {assigned: true, want: []string{"GET device"}, refused: true, left: 1},
		"assigned, may take":     {assigned: true, unassign: true, want: []string{"GET device", "DELETE method", "DELETE device"}},
		"assigned, 409":          {quirks: []graphtest.Quirk{graphtest.QuirkDeleteAssigned409}, assigned: true, unassign: true, want: []string{"GET device", "DELETE method", "DELETE device"}},
		"Graph would not refuse": {quirks: []graphtest.Quirk{graphtest.QuirkDeleteAssigned}, assigned: true, want: []string{"GET device"}, refused: true, left: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(test.quirks...))
			device := newDevice(serial)
			if test.assigned {
				device.AssignedTo = srv.PutUser(graphtest.User{DisplayName: "Amy Masters"}).ID
			}
			device = srv.PutDevice(device)
			err := newClient(t, srv).DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, test.unassign)
			var assigned *graph.AssignedError
			if got := errors.As(err, &assigned); got != test.refused || !got && err != nil {
				t.Errorf("got %v, want an AssignedError: %t", err, test.refused)
			}
			if test.refused && (assigned.Token.SerialNumber != serial || assigned.Token.AssignedTo.ID != device.AssignedTo || !strings.Contains(assigned.Error(), device.AssignedTo)) {
				t.Errorf("the error %v does not say who holds which token: %+v", assigned, assigned.Token)
			}
			if diff := cmp.Diff(test.want, calls(srv)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if got := len(srv.Devices()); got != test.left {
				t.Errorf("%d devices left, want %d", got, test.left)
			}
		})
	}
}

func TestDelete_ofNothingIsDone(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	if err := newClient(t, srv).DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: "absent"}, true); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"GET device"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestDelete_waitsForTheUnassignmentToSpread(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkUnassignLags))
	user := srv.PutUser(graphtest.User{})
	device := srv.PutDevice(graphtest.Device{SerialNumber: serial, AssignedTo: user.ID})
	if err := newClient(t, srv).DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, true); err != nil {
		t.Fatal(err)
	}
	if n := len(srv.Devices()); n != 0 {
		t.Errorf("%d devices left, want none", n)
	}
	if n := count(srv, "DELETE method"); n != 1 {
		t.Errorf("%d unassignments, want 1", n)
	}
}

// A token that its user gave back meanwhile is deleted all the same.
func TestDelete_methodIsGoneAlready(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	user := srv.PutUser(graphtest.User{})
	device := srv.PutDevice(graphtest.Device{SerialNumber: serial, AssignedTo: user.ID})
	srv.AddFault(graphtest.Fault{Method: "DELETE", Path: "/users/*/authentication/hardwareOathMethods/*", Status: 503, AfterWrite: true, Times: 1, RetryAfter: "0.01"})
	if err := newClient(t, srv).DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, true); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET device", "DELETE method", "DELETE method", "GET device", "DELETE device"}
	if diff := cmp.Diff(want, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestList_followsNextLink(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithPageSize(3))
	want := []string{}
	for i := range 10 {
		want = append(want, srv.PutDevice(graphtest.Device{SerialNumber: fmt.Sprintf("S%02d", i), Manufacturer: "Bob & 'Sons' #1"}).SerialNumber)
	}
	srv.PutDevice(graphtest.Device{SerialNumber: "other", Manufacturer: "Other"})
	srv.PutDevice(graphtest.Device{SerialNumber: "legacy", Manufacturer: "Bob & 'Sons' #1", Legacy: true})
	for filter, pages := range map[string]int{"manufacturer eq 'Bob & ''Sons'' #1'": 4, "status eq 'activated'": 1} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, srv)
			tokens, err := client.ListHardwareOathTokens(t.Context(), filter)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, token := range tokens {
				got = append(got, token.SerialNumber)
			}
			expected := want
			if pages == 1 {
				expected = []string{}
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("serial numbers (-want +got):\n%s", diff)
			}
		})
	}
	t.Cleanup(func() {
		if n := count(srv, "GET devices"); n != 5 {
			t.Errorf("%d GETs, want 4 pages and 1", n)
		}
	})
}

func TestList_all(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithPageSize(2))
	for i := range 4 {
		srv.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(i)})
	}
	tokens, err := newClient(t, srv).ListHardwareOathTokens(t.Context(), "")
	if err != nil || len(tokens) != 4 {
		t.Errorf("got %d tokens and %v, want 4", len(tokens), err)
	}
	if diff := cmp.Diff([]string{"GET devices", "GET devices"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestList_stopsOnALoop(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	client := newHandlerClient(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprintf(w, `{"value":[{"id":"1","serialNumber":"1"}],"@odata.nextLink":"http://%s%s?$skiptoken=again"}`, r.Host, r.URL.Path)
	})
	_, err := client.ListHardwareOathTokens(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "read already") {
		t.Errorf("got %v, want an error about the loop", err)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// Behind a proxy Graph's next links name another host: the page is asked for at
// our own endpoint, and the access token goes nowhere else.
func TestList_staysOnItsEndpoint(t *testing.T) {
	t.Parallel()
	var strays atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strays.Add(1) }))
	t.Cleanup(other.Close)
	for name, link := range map[string]func(self string) string{
		"same host":      func(self string) string { return self },
		"another host":   func(string) string { return other.URL },
		"another scheme": func(self string) string { return strings.Replace(self, "https://", "http://", 1) },
		"no host":        func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("$skiptoken") != "" {
					fmt.Fprint(w, `{"value":[{"id":"2","serialNumber":"2"}]}`)
					return
				}
				fmt.Fprintf(w, `{"value":[{"id":"1","serialNumber":"1"}],"@odata.nextLink":"%s%s?$skiptoken=away"}`, link("https://"+r.Host), r.URL.Path)
			}))
			t.Cleanup(srv.Close)
			client := newClientOf(t, newConfig(srv.URL, &staticCredential{}), graph.WithTransport(srv.Client().Transport))
			got, err := client.ListHardwareOathTokens(t.Context(), "")
			if err != nil || len(got) != 2 {
				t.Fatalf("got %d tokens and %v, want 2", len(got), err)
			}
			if n := strays.Load(); n != 0 {
				t.Errorf("%d requests went elsewhere", n)
			}
		})
	}
}

func TestFind_anySerialNumber(t *testing.T) {
	t.Parallel()
	for _, serialNumber := range []string{
		serial, "00012345", "O'Neil", "''", "a&b=c", "a+b", "#1", "50%", "%24filter", "%27", "two words", " x ", "Größe-№1-日本", "a/b?c", `back\slash"`, "{id}", "$top=1", "~-._",
	} {
		t.Run(serialNumber, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			client := newClient(t, srv)
			srv.PutDevice(graphtest.Device{SerialNumber: "decoy"})
			want := create(t, client, newSpec(serialNumber))
			got, err := client.FindHardwareOathTokens(t.Context(), serialNumber)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]graph.HardwareOathToken{want}, got); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"POST devices", "GET devices"}, calls(srv)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		quirks []graphtest.Quirk
		there  []string
		want   []string
	}{
		"none":                        {want: []string{}},
		"another":                     {there: []string{"AB12"}, want: []string{}},
		"one":                         {there: []string{"AB1", "AB12"}, want: []string{"AB1"}},
		"two":                         {there: []string{"AB1", "AB1"}, want: []string{"AB1", "AB1"}},
		"in another case":             {quirks: []graphtest.Quirk{graphtest.QuirkFilterIgnoresCase}, there: []string{"ab1"}, want: []string{"ab1"}},
		"exact and in another case":   {quirks: []graphtest.Quirk{graphtest.QuirkFilterIgnoresCase}, there: []string{"ab1", "AB1", "Ab1"}, want: []string{"AB1"}},
		"case matters, another there": {there: []string{"ab1"}, want: []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(test.quirks...))
			for _, s := range test.there {
				srv.PutDevice(graphtest.Device{SerialNumber: s})
			}
			tokens, err := newClient(t, srv).FindHardwareOathTokens(t.Context(), "AB1")
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, token := range tokens {
				got = append(got, token.SerialNumber)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("serial numbers (-want +got):\n%s", diff)
			}
			if n := len(calls(srv)); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// A service that passes over the filter must not hand out a stranger's token.
func TestFind_filterPassedOver(t *testing.T) {
	t.Parallel()
	client := newHandlerClient(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"value":[{"id":"1","serialNumber":"A"},{"id":"2","serialNumber":"B"}]}`)
	})
	tokens, err := client.FindHardwareOathTokens(t.Context(), "B")
	if err != nil || len(tokens) != 1 || tokens[0].ID != "2" {
		t.Errorf("got %+v and %v, want token 2", tokens, err)
	}
}

func TestFind_waitsForATokenOfOurs(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(600*time.Millisecond))
	client := newClient(t, srv)
	want := create(t, client, newSpec(serial))
	tokens, err := client.FindHardwareOathTokens(t.Context(), serial)
	if err != nil || len(tokens) != 1 || tokens[0].ID != want.ID {
		t.Errorf("got %+v and %v, want token %s", tokens, err, want.ID)
	}
}

func TestEachRequest_bearsOurHeaders(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	user := srv.PutUser(graphtest.User{})
	ref := madeJustNow(create(t, client, newSpec(serial)))
	_, errFind := client.FindHardwareOathTokens(t.Context(), serial)
	errUpdate := client.UpdateHardwareOathToken(t.Context(), ref, graph.HardwareOathTokenUpdate{Model: new("X")})
	srv.Assign(ref.ID, user.ID)
	errDelete := client.DeleteHardwareOathToken(t.Context(), ref, true)
	if err := errors.Join(errFind, errUpdate, errDelete); err != nil {
		t.Fatal(err)
	}
	if n := len(calls(srv)); n != 6 {
		t.Errorf("%d requests, want 6", n)
	}
	ids := map[string]bool{}
	for _, r := range srv.Requests("", "") {
		if r.UserAgent != userAgent {
			t.Errorf("%s %s: User-Agent %q, want %q", r.Method, r.Path, r.UserAgent, userAgent)
		}
		if r.ContentEncoding != "" {
			t.Errorf("%s %s: Content-Encoding %q, want none", r.Method, r.Path, r.ContentEncoding)
		}
		if r.ClientRequestID == "" || ids[r.ClientRequestID] {
			t.Errorf("%s %s: client-request-id %q is empty or not new", r.Method, r.Path, r.ClientRequestID)
		}
		ids[r.ClientRequestID] = true
	}
}
