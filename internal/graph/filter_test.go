package graph_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const userID = "5f2c1d7e-9a40-4b7c-8f57-1f2f3a4b5c6d"

func TestFilter_odata(t *testing.T) {
	t.Parallel()
	for want, filter := range map[string]graph.HardwareOathTokenFilter{
		"":                                   {},
		"status eq 'failedActivation'":       {Status: graph.StatusFailedActivation},
		"manufacturer eq 'O''Neil & ''Co'''": {Manufacturer: "O'Neil & 'Co'"},
		"timeIntervalInSeconds eq 60":        {TimeIntervalInSeconds: 60},
		"assignedTo/id eq '" + userID + "'":  {AssignedTo: userID},
		"status eq 'activated' and manufacturer eq 'Deepnet' and model eq 'SafeID/Classic' and hashFunction eq 'hmacsha256' " +
			"and timeIntervalInSeconds eq 30 and assignedTo/id eq '" + userID + "'": {
			Status: "activated", Manufacturer: "Deepnet", Model: "SafeID/Classic", HashFunction: "hmacsha256", TimeIntervalInSeconds: 30, AssignedTo: userID,
		},
	} {
		if got := filter.OData(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestFilter_matches(t *testing.T) {
	t.Parallel()
	token := graph.HardwareOathToken{
		Manufacturer: "Deepnet", Model: "SafeID/Classic", TimeIntervalInSeconds: 60, HashFunction: "hmacsha1",
		Status: "assigned", AssignedTo: &graph.Identity{ID: userID},
	}
	tests := map[string]struct {
		filter graph.HardwareOathTokenFilter
		want   bool
	}{
		"nothing asked":        {graph.HardwareOathTokenFilter{}, true},
		"all":                  {graph.HardwareOathTokenFilter{Status: "assigned", Manufacturer: "Deepnet", Model: "SafeID/Classic", HashFunction: "hmacsha1", TimeIntervalInSeconds: 60, AssignedTo: userID}, true},
		"another case":         {graph.HardwareOathTokenFilter{Manufacturer: "DEEPNET", AssignedTo: strings.ToUpper(userID)}, true},
		"another status":       {graph.HardwareOathTokenFilter{Status: "activated"}, false},
		"another manufacturer": {graph.HardwareOathTokenFilter{Manufacturer: "Deepnet Security"}, false},
		"another model":        {graph.HardwareOathTokenFilter{Model: "SafeID"}, false},
		"another hash":         {graph.HardwareOathTokenFilter{HashFunction: "hmacsha256"}, false},
		"another interval":     {graph.HardwareOathTokenFilter{TimeIntervalInSeconds: 30}, false},
		"another user":         {graph.HardwareOathTokenFilter{AssignedTo: "other"}, false},
		"one of two":           {graph.HardwareOathTokenFilter{Status: "assigned", Model: "other"}, false},
	}
	for name, test := range tests {
		if got := test.filter.Matches(token); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
	for name, filter := range map[string]graph.HardwareOathTokenFilter{
		"status": {Status: "assigned"}, "hash function": {HashFunction: "hmacsha1"}, "holder": {AssignedTo: userID},
	} {
		if filter.Matches(graph.HardwareOathToken{}) {
			t.Errorf("%s: a token that does not tell it matches", name)
		}
	}
}

// variety puts tokens that differ in each property that can be filtered, and
// tells their holder.
func variety(srv *graphtest.Server) (holder graphtest.User) {
	holder = srv.PutUser(graphtest.User{DisplayName: "Amy Masters"})
	for i, device := range []graphtest.Device{
		{SerialNumber: "C", Manufacturer: "O'Neil", Model: "M1", TimeIntervalInSeconds: 60, HashFunction: "hmacsha256", AssignedTo: holder.ID, Status: "activated"},
		{SerialNumber: "A", Manufacturer: "O'Neil", Model: "M1", TimeIntervalInSeconds: 30},
		{SerialNumber: "B", Manufacturer: "o'neil", Model: "M2", TimeIntervalInSeconds: 30, AssignedTo: holder.ID},
		{SerialNumber: "D", Manufacturer: "Feitian", Model: "M3", TimeIntervalInSeconds: 30, Status: "failedActivation"},
		{SerialNumber: "L", Manufacturer: "O'Neil", Model: "M1", Legacy: true},
	} {
		device.ID = fmt.Sprintf("00000000-0000-4000-9000-%012d", i)
		srv.PutDevice(device)
	}
	return holder
}

func serials(tokens []graph.HardwareOathToken) string {
	all := make([]string, len(tokens))
	for i, token := range tokens {
		all[i] = token.SerialNumber
	}
	return strings.Join(all, " ")
}

func TestListBy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		filter graph.HardwareOathTokenFilter
		quirk  graphtest.Quirk
		want   string
	}{
		"all, sorted":               {want: "A B C D"},
		"status":                    {filter: graph.HardwareOathTokenFilter{Status: "failedActivation"}, want: "D"},
		"manufacturer":              {filter: graph.HardwareOathTokenFilter{Manufacturer: "O'Neil"}, want: "A C"},
		"manufacturer in any case":  {filter: graph.HardwareOathTokenFilter{Manufacturer: "O'Neil"}, quirk: graphtest.QuirkFilterIgnoresCase, want: "A B C"},
		"model":                     {filter: graph.HardwareOathTokenFilter{Model: "M2"}, want: "B"},
		"hash function":             {filter: graph.HardwareOathTokenFilter{HashFunction: "hmacsha256"}, want: "C"},
		"interval":                  {filter: graph.HardwareOathTokenFilter{TimeIntervalInSeconds: 30}, want: "A B D"},
		"two":                       {filter: graph.HardwareOathTokenFilter{TimeIntervalInSeconds: 30, Model: "M1"}, want: "A"},
		"none":                      {filter: graph.HardwareOathTokenFilter{Model: "M9"}},
		"enums in other casing":     {filter: graph.HardwareOathTokenFilter{Status: "activated", HashFunction: "hmacsha256"}, quirk: graphtest.QuirkEnumCasing, want: "C"},
		"interval as string":        {filter: graph.HardwareOathTokenFilter{TimeIntervalInSeconds: 60}, quirk: graphtest.QuirkIntervalAsString, want: "C"},
		"items in device":           {filter: graph.HardwareOathTokenFilter{Status: "available"}, quirk: graphtest.QuirkListItemsInDevice, want: "A"},
		"status unknown, by model":  {filter: graph.HardwareOathTokenFilter{Model: "M1"}, quirk: graphtest.QuirkUnknownStatus, want: "A C"},
		"status unknown, by status": {filter: graph.HardwareOathTokenFilter{Status: "activated"}, quirk: graphtest.QuirkUnknownStatus, want: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options []graphtest.Option
			if test.quirk != "" {
				options = append(options, graphtest.WithQuirks(test.quirk))
			}
			srv := graphtest.NewServer(t, options...)
			variety(srv)
			tokens, err := newClient(t, srv).ListHardwareOathTokensBy(t.Context(), test.filter)
			if err != nil {
				t.Fatal(err)
			}
			if got := serials(tokens); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if n := count(srv, "GET devices"); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestListBy_user(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		quirks    []graphtest.Quirk
		model     string
		want      string
		wantFirst int // requests of the first call, of pages of 2
		wantNext  int
	}{
		"filtered by Graph":            {want: "B C", wantFirst: 1, wantNext: 1},
		"refused":                      {quirks: []graphtest.Quirk{graphtest.QuirkFilterNoAssignedTo}, want: "B C", wantFirst: 3, wantNext: 2},
		"refused, the rest is not":     {quirks: []graphtest.Quirk{graphtest.QuirkFilterNoAssignedTo}, model: "M1", want: "C", wantFirst: 2, wantNext: 1},
		"extra members in assigned to": {quirks: []graphtest.Quirk{graphtest.QuirkAssignedToMembers}, want: "B C", wantFirst: 1, wantNext: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(test.quirks...), graphtest.WithPageSize(2))
			holder := variety(srv)
			client := newClient(t, srv)
			var log bytes.Buffer
			ctx := tflogtest.RootLogger(t.Context(), &log)
			for _, want := range []int{test.wantFirst, test.wantNext} {
				srv.ResetRequests()
				tokens, err := client.ListHardwareOathTokensBy(ctx, graph.HardwareOathTokenFilter{Model: test.model, AssignedTo: strings.ToUpper(holder.ID)})
				if err != nil {
					t.Fatal(err)
				}
				if got := serials(tokens); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if n := len(calls(srv)); n != want {
					t.Errorf("%d requests, want %d: %v", n, want, calls(srv))
				}
			}
			// The second call remembers, and the log says it once.
			warnings := strings.Count(log.String(), "graph refused to filter tokens by user")
			if want := min(test.wantFirst-test.wantNext, 1); warnings != want {
				t.Errorf("%d warnings in the log, want %d", warnings, want)
			}
			mustBeDiscreet(t, log.String())
		})
	}
}

// What is refused without the user as well is Graph's last word, and so is any
// refusal that is not about the filter.
func TestListBy_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		filter graph.HardwareOathTokenFilter
		status int
		want   int // requests
	}{
		"another filter":         {graph.HardwareOathTokenFilter{Model: "M1"}, http.StatusBadRequest, 1},
		"by user, both times":    {graph.HardwareOathTokenFilter{AssignedTo: userID}, http.StatusBadRequest, 2},
		"by user, not supported": {graph.HardwareOathTokenFilter{AssignedTo: userID}, http.StatusNotImplemented, 2},
		"by user, forbidden":     {graph.HardwareOathTokenFilter{AssignedTo: userID}, http.StatusForbidden, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			srv.AddFault(graphtest.Fault{Status: test.status})
			_, err := newClient(t, srv).ListHardwareOathTokensBy(t.Context(), test.filter)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprint(test.status)) {
				t.Errorf("got %v, want the status %d", err, test.status)
			}
			if n := len(calls(srv)); n != test.want {
				t.Errorf("%d requests, want %d", n, test.want)
			}
		})
	}
}

func TestListBy_pagesAndThrottling(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithPageSize(2))
	for i := range 5 {
		srv.PutDevice(graphtest.Device{SerialNumber: fmt.Sprint(9 - i), Manufacturer: "Bob & Sons"})
	}
	srv.AddFault(graphtest.Fault{Status: http.StatusTooManyRequests, RetryAfter: "0.01", Every: 2, Times: 1})
	tokens, err := newClient(t, srv).ListHardwareOathTokensBy(t.Context(), graph.HardwareOathTokenFilter{Manufacturer: "Bob & Sons"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("5 6 7 8 9", serials(tokens)); diff != "" {
		t.Errorf("serial numbers (-want +got):\n%s", diff)
	}
	if n := len(calls(srv)); n != 4 {
		t.Errorf("%d requests, want 3 pages and 1 that was throttled", n)
	}
	query, err := url.ParseQuery(srv.Requests("", "")[0].RawQuery)
	if err != nil || query.Get("$filter") != "manufacturer eq 'Bob & Sons'" {
		t.Errorf("the query is %v (%v)", query, err)
	}
}

// A service that passes over the filter, and shows a token on two pages.
func TestListBy_careless(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	client := newHandlerClient(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			fmt.Fprintf(w, `{"value":[{"id":"2","serialNumber":"B","model":"M"},{"id":"1","serialNumber":"A","model":"N"}],"@odata.nextLink":"http://%s%s?$skiptoken=next"}`, r.Host, r.URL.Path)
			return
		}
		fmt.Fprint(w, `{"value":[{"id":"2","serialNumber":"B","model":"M"},{"id":"3","serialNumber":"B","model":"M"}]}`)
	})
	tokens, err := client.ListHardwareOathTokensBy(t.Context(), graph.HardwareOathTokenFilter{Model: "M"})
	if err != nil || len(tokens) != 2 || tokens[0].ID != "2" || tokens[1].ID != "3" {
		t.Errorf("got %+v and %v, want tokens 2 and 3", tokens, err)
	}
}

// A token that was deleted in this run is gone, whatever Graph still shows.
func TestListBy_deleted(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithDeletionDelay(time.Hour))
	device := srv.PutDevice(newDevice(serial))
	srv.PutDevice(newDevice("other"))
	client := newClient(t, srv)
	if err := client.DeleteHardwareOathToken(t.Context(), graph.HardwareOathTokenRef{ID: device.ID}, false); err != nil {
		t.Fatal(err)
	}
	tokens, err := client.ListHardwareOathTokensBy(t.Context(), graph.HardwareOathTokenFilter{})
	if err != nil || serials(tokens) != "other" {
		t.Errorf("got %q and %v, want the other token", serials(tokens), err)
	}
}

// A token that was made in this run is waited for, as long as it may be that
// Graph does not show it yet.
func TestListBy_waitsForATokenOfOurs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		model    string
		want     string
		delay    time.Duration
		atLeast  int // lists
		deadline bool
	}{
		"matches":          {model: "SafeID/Diamond", want: serial, delay: 600 * time.Millisecond, atLeast: 2},
		"does not match":   {model: "M1", want: "other", delay: 600 * time.Millisecond, atLeast: 2},
		"there at once":    {model: "SafeID/Diamond", want: serial, atLeast: 1},
		"never there":      {model: "M1", want: "other", delay: time.Hour, atLeast: 3},
		"no time to await": {model: "SafeID/Diamond", delay: time.Hour, atLeast: 1, deadline: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(test.delay))
			srv.PutDevice(graphtest.Device{SerialNumber: "other", Model: "M1"})
			client := newClient(t, srv)
			create(t, client, newSpec(serial))
			ctx, cancel := contextWithTimeout(t, time.Minute)
			if test.deadline {
				ctx, cancel = contextWithTimeout(t, 100*time.Millisecond)
			}
			defer cancel()
			tokens, err := client.ListHardwareOathTokensBy(ctx, graph.HardwareOathTokenFilter{Model: test.model})
			var wait *graph.WaitError
			if errors.As(err, &wait) != test.deadline || err != nil && !test.deadline {
				t.Fatalf("got %v, want a WaitError: %t", err, test.deadline)
			}
			if got := serials(tokens); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if n := count(srv, "GET devices"); n < test.atLeast || test.atLeast == 1 && n != 1 {
				t.Errorf("%d lists, want %d", n, test.atLeast)
			}
		})
	}
}
