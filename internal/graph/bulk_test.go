package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestBulk_aThousandTokens(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	specs := newDelivery(1000)
	specs[7].DisplayName = new("Token 7")
	progress := []int{}
	result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{Progress: func(done, total int) {
		progress = append(progress, done, total)
	}})
	mustBeWhole(t, srv, specs, result)
	mustFail(t, result)
	if len(result.Made) != 1000 || len(result.Recovered) != 0 || len(result.Unlisted) != 0 || *result.Made[7].DisplayName != "Token 7" {
		t.Errorf("%d made, %d recovered, %d unlisted", len(result.Made), len(result.Recovered), len(result.Unlisted))
	}
	want := slices.Concat([]string{"GET devices"}, slices.Repeat([]string{"PATCH devices"}, 10), []string{"GET devices"})
	if diff := cmp.Diff(want, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{100, 1000, 200, 1000}, progress[:4]); diff != "" || len(progress) != 20 {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if got := srv.Requests("PATCH", devices)[0]; strings.Join(got.Properties, " ") != "@context value" {
		t.Errorf("the body has %v", got.Properties)
	}
}

func TestBulk_sizes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ tokens, perRequest, want int }{
		{0, 10, 0}, {1, 10, 1}, {9, 10, 1}, {10, 10, 1}, {11, 10, 2}, {101, 0, 2}, {3, 1, 3}, {3, -1, 1},
	} {
		t.Run(fmt.Sprint(test.tokens, test.perRequest), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			specs := newDelivery(test.tokens)
			result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{TokensPerRequest: test.perRequest})
			mustBeWhole(t, srv, specs, result)
			lists := 2
			if test.tokens == 0 {
				lists = 0
			}
			if got := count(srv, "PATCH devices"); got != test.want || len(calls(srv)) != test.want+lists {
				t.Errorf("got %v, want %d creations and %d lists", calls(srv), test.want, lists)
			}
		})
	}
}

func TestBulk_badTokens(t *testing.T) {
	t.Parallel()
	const n = 64
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	tests := map[string]struct {
		bad     []int
		patches int
	}{
		"first":      {[]int{0}, 13},
		"last":       {[]int{63}, 13},
		"middle":     {[]int{31}, 13},
		"neighbours": {[]int{10, 11}, 13},
		"far apart":  {[]int{0, 63}, 23},
		"all":        {all, 127},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			specs := spoil(newDelivery(n), test.bad...)
			result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
			mustBeWhole(t, srv, specs, result)
			want := []string{}
			for _, i := range test.bad {
				want = append(want, specs[i].SerialNumber)
				if refused := failure[*graph.Error](t, result, specs[i].SerialNumber); refused == nil || refused.Status != 400 ||
					!strings.Contains(refused.Message, "illegal character 1") || refused.RequestID == "" {
					t.Errorf("got %v, want Graph's words", refused)
				}
			}
			mustFail(t, result, want...)
			if len(result.Recovered) != 0 {
				t.Errorf("recovered %v", result.Recovered)
			}
			if got := count(srv, "PATCH devices"); got != test.patches {
				t.Errorf("%d creations, want %d", got, test.patches)
			}
		})
	}
}

// Every answer that Graph may give to a delivery leads to the same end.
func TestBulk_underEachQuirk(t *testing.T) {
	t.Parallel()
	for _, quirk := range append(graphtest.Quirks(), "none") {
		deliveries := [][]int{nil}
		if strings.HasPrefix(string(quirk), "bulk") || strings.HasPrefix(string(quirk), "duplicate") || quirk == "none" {
			deliveries = append(deliveries, []int{0}, []int{149}, []int{70, 71, 120})
		}
		for _, bad := range deliveries {
			t.Run(fmt.Sprint(quirk, bad), func(t *testing.T) {
				t.Parallel()
				srv := graphtest.NewServer(t, graphtest.WithQuirks(slices.DeleteFunc([]graphtest.Quirk{quirk}, func(q graphtest.Quirk) bool { return q == "none" })...))
				specs := spoil(newDelivery(150), bad...)
				result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
				mustBeWhole(t, srv, specs, result)
				if quirk == graphtest.QuirkPolicyMustBeEnabled {
					// 403 comes before the bad token is seen, or after: both end the delivery without a token.
					if len(result.Failed) != len(specs) || len(srv.Devices()) != 0 {
						t.Errorf("%d failures and %d devices", len(result.Failed), len(srv.Devices()))
					}
					return
				}
				want := []string{}
				for _, i := range bad {
					want = append(want, specs[i].SerialNumber)
				}
				mustFail(t, result, want...)
				if len(result.Unlisted) != 0 {
					t.Errorf("unlisted: %v", result.Unlisted)
				}
				t.Logf("%d creations, %d lists, %d recovered", count(srv, "PATCH devices"), count(srv, "GET devices"), len(result.Recovered))
			})
		}
	}
}

func TestBulk_shrinksOnce(t *testing.T) {
	t.Parallel()
	for quirk, want := range map[graphtest.Quirk]int{
		graphtest.QuirkBulkLimit:    1 + 2 + 8, // 100 refused, 50 and 50, then 50 at a time
		graphtest.QuirkBulkTooLarge: 1 + 2 + 8,
	} {
		srv := graphtest.NewServer(t, graphtest.WithQuirks(quirk))
		specs := newDelivery(500)
		result := newClient(t, srv).CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
		mustBeWhole(t, srv, specs, result)
		mustFail(t, result)
		if got := count(srv, "PATCH devices"); got != want {
			t.Errorf("%s: %d creations, want %d", quirk, got, want)
		}
	}
}

// A token that is there before is never sent, nor is one whose secret is not certain.
func TestBulk_takenSerialNumbers(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	specs := newDelivery(10)
	stranger := newDevice(specs[2].SerialNumber)
	existing := srv.PutDevice(stranger)
	ours := create(t, client, newSpec(specs[5].SerialNumber))
	specs = append(specs, specs[7])
	srv.ResetRequests()
	result := client.CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{})
	mustFail(t, result, specs[2].SerialNumber, specs[5].SerialNumber, specs[7].SerialNumber)
	if e := failure[*graph.AlreadyExistsError](t, result, specs[2].SerialNumber); e == nil || e.Existing.ID != existing.ID || e.MadeHere {
		t.Errorf("got %v", e)
	}
	if e := failure[*graph.AlreadyExistsError](t, result, specs[5].SerialNumber); e == nil || e.Existing.ID != ours.ID || !e.MadeHere {
		t.Errorf("got %v", e)
	}
	if e := failure[*graph.RepeatedError](t, result, specs[7].SerialNumber); e == nil || e.Times != 2 {
		t.Errorf("got %v", e)
	}
	if diff := cmp.Diff([]string{"GET devices", "PATCH devices", "GET devices"}, calls(srv)); diff != "" || len(result.Made) != 7 {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A duplicate that is refused in a first and clear request is somebody else's.
func TestBulk_takenMeanwhile(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]graphtest.Quirk{{}, {graphtest.QuirkDuplicateConflict}, {graphtest.QuirkBulkPartialAnnotated}} {
		srv := graphtest.NewServer(t, graphtest.WithQuirks(quirks...))
		specs := newDelivery(1)
		client := newClient(t, srv)
		done := make(chan graph.BulkResult)
		srv.AddFault(graphtest.Fault{Method: "PATCH", Times: 1, Status: 429, RetryAfter: "0.3"})
		go func() { done <- client.CreateHardwareOathTokens(t.Context(), specs, graph.BulkOptions{}) }()
		<-cancelWhen(t, func() bool { return count(srv, "PATCH devices") > 0 }).Done()
		existing := srv.PutDevice(newDevice(specs[0].SerialNumber))
		result := <-done
		mustFail(t, result, specs[0].SerialNumber)
		var refused *graph.Error
		if e := failure[*graph.AlreadyExistsError](t, result, specs[0].SerialNumber); e == nil || e.Existing.ID != existing.ID || !errors.As(e, &refused) {
			t.Errorf("%v: got %v", quirks, e)
		}
	}
}
