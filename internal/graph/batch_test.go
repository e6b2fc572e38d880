package graph_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// stock puts n tokens into the tenant and lists them.
func stock(t *testing.T, srv *graphtest.Server, client *graph.Client, n int) []graph.HardwareOathToken {
	t.Helper()
	for i := range n {
		srv.PutDevice(newDevice(fmt.Sprintf("D%04d", i)))
	}
	return relist(t, srv, client)
}

// relist reads the tokens as a caller does before it deletes them.
func relist(t *testing.T, srv *graphtest.Server, client *graph.Client) []graph.HardwareOathToken {
	t.Helper()
	tokens, err := client.ListHardwareOathTokens(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	srv.ResetRequests()
	return tokens
}

func refsOf(tokens []graph.HardwareOathToken) []graph.HardwareOathTokenRef {
	refs := make([]graph.HardwareOathTokenRef, len(tokens))
	for i, token := range tokens {
		refs[i] = graph.HardwareOathTokenRef{ID: token.ID}
	}
	return refs
}

func changesOf(tokens []graph.HardwareOathToken) []graph.HardwareOathTokenChange {
	changes := make([]graph.HardwareOathTokenChange, len(tokens))
	for i, ref := range refsOf(tokens) {
		changes[i] = graph.HardwareOathTokenChange{
			Ref: ref, SerialNumber: tokens[i].SerialNumber, Update: graph.HardwareOathTokenUpdate{Model: new("New " + tokens[i].SerialNumber)},
		}
	}
	return changes
}

// sent counts what left this machine, and the items inside batches.
func sent(srv *graphtest.Server) (requests, items int) {
	for _, r := range srv.Requests("", "") {
		if r.Batched {
			items++
		} else {
			requests++
		}
	}
	return requests, items
}

func mustSend(t *testing.T, srv *graphtest.Server, wantRequests, wantItems int) {
	t.Helper()
	if requests, items := sent(srv); requests != wantRequests || items != wantItems {
		t.Errorf("%d requests with %d items, want %d with %d", requests, items, wantRequests, wantItems)
	}
}

// Reads, changes and deletions in batches come to the same end under every
// fault, and send again no more than they must.
func TestBatch_underEachFault(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault graphtest.Fault
		// extra is what one kind of 45 requests costs beside 3 batches of 45 items.
		extraRequests, extraItems int
	}{
		"none":                  {graphtest.Fault{Path: "/nowhere"}, 0, 0},
		"items throttled":       {graphtest.Fault{Path: devices + "/*", Status: 429, RetryAfter: "0.1", Times: 1}, 1, 1},
		"items unavailable":     {graphtest.Fault{Path: devices + "/*", Status: 503, Times: 1}, 1, 1},
		"items after the write": {graphtest.Fault{Path: devices + "/*", Status: 503, AfterWrite: true, Times: 1}, 1, 1},
		"items dropped":         {graphtest.Fault{Path: devices + "/*", Drop: true, Times: 1}, 1, 1},
		"batch throttled":       {graphtest.Fault{Path: "/$batch", Status: 429, RetryAfter: "0.1", Times: 1}, 1, 0},
		"batch unavailable":     {graphtest.Fault{Path: "/$batch", Status: 503, Times: 1}, 1, 0},
		"batch lost":            {graphtest.Fault{Path: "/$batch", Drop: true, AfterWrite: true, Times: 1}, 1, 20},
		"batch cut":             {graphtest.Fault{Path: "/$batch", Cut: true, Times: 1}, 1, 20},
		"gateway's page":        {graphtest.Fault{Path: "/$batch", Status: 502, HTML: true, AfterWrite: true, Times: 1}, 1, 20},
	}
	for name, test := range tests {
		for _, quirks := range [][]graphtest.Quirk{{}, {graphtest.QuirkBatchShuffled, graphtest.QuirkItemInValue, graphtest.QuirkIntervalAsString}} {
			t.Run(fmt.Sprint(name, quirks), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
				client := newClient(t, srv)
				tokens := stock(t, srv, client, 45)
				again := func() {
					srv.ResetRequests()
					srv.ClearFaults()
					srv.AddFault(test.fault)
				}
				must := func(kind string) {
					requests, items := sent(srv)
					// A lost batch may be any of the three, and the last holds five items.
					if requests != 3+test.extraRequests || items < 45+min(test.extraItems, 5) || items > 45+test.extraItems {
						t.Errorf("%s: %d requests with %d items", kind, requests, items)
					}
				}
				again()
				found, missing, err := client.GetBatch(t.Context(), refsOf(tokens))
				if err != nil || len(found) != 45 || len(missing) != 0 {
					t.Fatalf("read %d, missing %d, error %v", len(found), len(missing), err)
				}
				for _, token := range tokens {
					if diff := cmp.Diff(token, found[token.ID]); diff != "" {
						t.Errorf("read (-want +got):\n%s", diff)
					}
				}
				must("read")
				again()
				if failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens)); len(failures) != 0 {
					t.Fatalf("update: %v", failures)
				}
				for _, device := range srv.Devices() {
					if device.Model != "New "+device.SerialNumber {
						t.Errorf("%s has model %q", device.SerialNumber, device.Model)
					}
				}
				must("update")
				again()
				deleted, failures := client.DeleteHardwareOathTokens(t.Context(), tokens, false)
				if len(deleted) != 45 || len(failures) != 0 || len(srv.Devices()) != 0 {
					t.Fatalf("deleted %d, left %d, failures %v", len(deleted), len(srv.Devices()), failures)
				}
				must("delete")
			})
		}
	}
}

func TestBatch_oneItemIsAPlainCall(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 1)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters"})
	if found, missing, err := client.GetBatch(t.Context(), refsOf(tokens)); err != nil || len(found) != 1 || len(missing) != 0 {
		t.Errorf("got %v, %v, %v", found, missing, err)
	}
	if failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens)); len(failures) != 0 {
		t.Error(failures)
	}
	srv.Assign(tokens[0].ID, user.ID)
	tokens[0].AssignedTo = &graph.Identity{ID: user.ID}
	if deleted, failures := client.DeleteHardwareOathTokens(t.Context(), tokens, true); len(deleted) != 1 || len(failures) != 0 {
		t.Error(deleted, failures)
	}
	if _, missing, err := client.GetBatch(t.Context(), refsOf(tokens)); err != nil || len(missing) != 1 {
		t.Errorf("got %v, %v", missing, err)
	}
	if diff := cmp.Diff([]string{"GET device", "PATCH device", "DELETE method", "DELETE device", "GET device"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestBatch_nothing(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	_, _, err := client.GetBatch(t.Context(), nil)
	failures := client.UpdateHardwareOathTokens(t.Context(), nil)
	deleted, failed := client.DeleteHardwareOathTokens(t.Context(), nil, true)
	if err != nil || len(failures)+len(deleted)+len(failed)+len(calls(srv)) != 0 {
		t.Error(err, failures, deleted, failed, calls(srv))
	}
}

// Only Graph's own 404 says that a token is gone.
func TestBatch_missing(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 25)
	srv.RemoveDevice(tokens[3].ID)
	srv.RemoveDevice(tokens[23].ID)
	refs := refsOf(tokens)
	found, missing, err := client.GetBatch(t.Context(), refs)
	if diff := cmp.Diff([]graph.HardwareOathTokenRef{refs[3], refs[23]}, missing); err != nil || len(found) != 23 || diff != "" {
		t.Errorf("found %d, error %v, missing (-want +got):\n%s", len(found), err, diff)
	}
	failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens))
	if diff := cmp.Diff([]string{"D0003", "D0023"}, failed(failures)); diff != "" || !graph.IsNotFound(failures[0]) {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	srv.AddFault(graphtest.Fault{Path: devices + "/" + tokens[5].ID, Status: 404, HTML: true})
	found, missing, err = client.GetBatch(t.Context(), refs)
	if err == nil || graph.IsNotFound(err) || len(found) != 22 || len(missing) != 2 {
		t.Errorf("found %d, missing %d, error %v", len(found), len(missing), err)
	}
	srv.ClearFaults()
	if deleted, failures := client.DeleteHardwareOathTokens(t.Context(), tokens, false); len(deleted) != 25 || len(failures) != 0 {
		t.Errorf("deleted %d, failures %v", len(deleted), failures)
	}
}

// Young tokens are waited for together: the time is that of one.
func TestBatch_waitsForYoungTokens(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(400*time.Millisecond))
	client := newClient(t, srv)
	tokens := []graph.HardwareOathToken{}
	for i := range 30 {
		tokens = append(tokens, create(t, client, newSpec(fmt.Sprintf("D%04d", i))))
	}
	srv.ResetRequests()
	if failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens)); len(failures) != 0 {
		t.Error(failures)
	}
	if requests, _ := sent(srv); requests > 8 {
		t.Errorf("%d requests, want the waiting done together", requests)
	}
	found, missing, err := client.GetBatch(t.Context(), refsOf(tokens))
	if err != nil || len(found) != 30 || len(missing) != 0 {
		t.Errorf("found %d, missing %d, error %v", len(found), len(missing), err)
	}
}

func TestBatch_itemErrorsAreThoseOfSingleCalls(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]graphtest.Quirk{{}, {graphtest.QuirkUpdateAssigned409}, {graphtest.QuirkLowerInnerError}} {
		srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
		client := newClient(t, srv)
		tokens := stock(t, srv, client, 3)
		srv.Assign(tokens[1].ID, srv.PutUser(graphtest.User{}).ID)
		failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens))
		var single, batched *graph.Error
		if !errors.As(client.UpdateHardwareOathToken(t.Context(), changesOf(tokens)[1].Ref, changesOf(tokens)[1].Update), &single) ||
			len(failures) != 1 || !errors.As(failures[0], &batched) {
			t.Fatalf("got %v", failures)
		}
		got := []any{batched.Method, batched.Path, batched.Status, batched.Code, batched.Message, batched.SignedInWith, batched.Caller, batched.Attempts}
		want := []any{single.Method, single.Path, single.Status, single.Code, single.Message, single.SignedInWith, single.Caller, single.Attempts}
		if diff := cmp.Diff(want, got); diff != "" || batched.RequestID == "" || batched.ClientRequestID == "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
		permission, _ := batched.Needs()
		if want, _ := single.Needs(); permission != want {
			t.Errorf("needs %q, want %q", permission, want)
		}
	}
}

func TestBatch_itemWithoutPermission(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 4)
	user := srv.PutUser(graphtest.User{})
	for i := range tokens {
		srv.Assign(tokens[i].ID, user.ID)
	}
	srv.AddFault(graphtest.Fault{Path: "/users/*/authentication/hardwareOathMethods/*", Status: 403, Code: "accessDenied"})
	_, failures := client.DeleteHardwareOathTokens(t.Context(), relist(t, srv, client), true)
	var refused *graph.Error
	if len(failures) != 4 || !errors.As(failures[0], &refused) || !graph.IsForbidden(failures[0]) {
		t.Fatalf("got %v", failures)
	}
	if permission, _ := refused.Needs(); permission != "UserAuthenticationMethod.ReadWrite.All" {
		t.Errorf("needs %q", permission)
	}
	mustSend(t, srv, 1, 4)
}

func TestBatch_deletesAssignedTokens(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string][]graphtest.Quirk{
		"at once": {}, "with a lag": {graphtest.QuirkUnassignLags}, "with a lag and 409": {graphtest.QuirkUnassignLags, graphtest.QuirkDeleteAssigned409},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
			client := newClient(t, srv)
			tokens := stock(t, srv, client, 25)
			for i := range 4 {
				srv.Assign(tokens[i*6].ID, srv.PutUser(graphtest.User{}).ID)
			}
			tokens = relist(t, srv, client)
			deleted, failures := client.DeleteHardwareOathTokens(t.Context(), tokens, false)
			var assigned *graph.AssignedError
			if len(deleted) != 21 || len(failures) != 4 || !errors.As(failures[3], &assigned) || assigned.Token.SerialNumber != "D0018" {
				t.Fatalf("deleted %d, failures %v", len(deleted), failures)
			}
			mustSend(t, srv, 2, 21)
			srv.ResetRequests()
			if deleted, failures = client.DeleteHardwareOathTokens(t.Context(), tokens, true); len(deleted) != 25 || len(failures) != 0 {
				t.Errorf("deleted %d, failures %v", len(deleted), failures)
			}
			if n := len(srv.Devices()); n != 0 {
				t.Errorf("%d devices left", n)
			}
			if len(quirks) == 0 {
				mustSend(t, srv, 3, 4+25) // those that are gone already are asked for too
			}
		})
	}
}

func TestBatch_noTimeToWait(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 5)
	srv.AddFault(graphtest.Fault{Path: devices + "/" + tokens[2].ID, Status: 429, RetryAfter: "60"})
	ctx, cancel := contextWithTimeout(t, 10*time.Second)
	defer cancel()
	start := time.Now()
	failures := client.UpdateHardwareOathTokens(ctx, changesOf(tokens))
	var wait *graph.WaitError
	if len(failures) != 1 || failures[0].SerialNumber != "D0002" || !errors.As(failures[0], &wait) || !wait.Asked || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %s", failures, time.Since(start))
	}
}

func TestBatch_atMostMaxRetries(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	config := newConfig(srv.URL(), &staticCredential{token: srv.AccessToken()})
	config.MaxRetries = 2
	client := newClientOf(t, config)
	tokens := stock(t, srv, client, 5)
	srv.AddFault(graphtest.Fault{Path: devices + "/" + tokens[2].ID, Status: 503, RetryAfter: "0.01"})
	failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens))
	var refused *graph.Error
	if len(failures) != 1 || !errors.As(failures[0], &refused) || refused.Status != 503 || refused.Attempts != 3 {
		t.Errorf("got %v", failures)
	}
	mustSend(t, srv, 3, 5+1+1)
}

func TestBatch_interrupted(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 200)
	srv.AddFault(graphtest.Fault{Path: "/$batch", Hang: 300 * time.Millisecond})
	ctx := cancelWhen(t, func() bool { return len(srv.Requests("POST", "/$batch")) > 0 })
	deleted, failures := client.DeleteHardwareOathTokens(ctx, tokens, false)
	if left := len(srv.Devices()); len(deleted)+len(failures) != 200 || left != len(failures) || len(deleted) == 0 || len(failures) == 0 {
		t.Errorf("deleted %d, failures %d, left %d", len(deleted), len(failures), left)
	}
	var wait *graph.WaitError
	if !errors.As(failures[0], &wait) {
		t.Errorf("got %v, want a WaitError", failures[0])
	}
}

func TestBatch_interruptedRead(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 30)
	srv.AddFault(graphtest.Fault{Path: "/$batch", Hang: time.Minute})
	ctx := cancelWhen(t, func() bool { return len(calls(srv)) > 0 })
	start := time.Now()
	_, missing, err := client.GetBatch(ctx, refsOf(tokens))
	if !errors.Is(err, context.Canceled) || len(missing) != 0 || time.Since(start) > 2*time.Second {
		t.Errorf("got %v after %s, want the interrupt promptly", err, time.Since(start))
	}
}

func TestBatch_honoursTheLongestRetryAfter(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 5)
	for i, retryAfter := range []string{"0.1", "1", "0.2"} {
		srv.AddFault(graphtest.Fault{Path: devices + "/" + tokens[i].ID, Status: 429, RetryAfter: retryAfter, Times: 1})
	}
	if failures := client.UpdateHardwareOathTokens(t.Context(), changesOf(tokens)); len(failures) != 0 {
		t.Fatal(failures)
	}
	mustSend(t, srv, 2, 5+3)
	if batches := srv.Requests("POST", "/$batch"); batches[1].Time.Sub(batches[0].Time) < time.Second {
		t.Error("the second batch came before the second was over")
	}
}

func TestBatch_fourInFlight(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	tokens := stock(t, srv, client, 200)
	srv.AddFault(graphtest.Fault{Path: "/$batch", Hang: 500 * time.Millisecond})
	if _, _, err := client.GetBatch(t.Context(), refsOf(tokens)); err != nil {
		t.Fatal(err)
	}
	batches := srv.Requests("POST", "/$batch")
	first := 0
	for _, batch := range batches {
		if batch.Time.Sub(batches[0].Time) < 400*time.Millisecond {
			first++
		}
	}
	if first < 2 || first > 4 || len(batches) != 10 {
		t.Errorf("%d of %d batches at once, want at most 4 of 10", first, len(batches))
	}
}
