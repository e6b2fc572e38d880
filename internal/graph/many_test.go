package graph_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

func TestGetHardwareOathTokens(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		there, gone int
		want        int // requests
	}{
		"none":                    {0, 0, 0},
		"one":                     {1, 0, 1},
		"one that is gone":        {0, 1, 1},
		"a few":                   {20, 0, 1 + 20}, // a batch and what is in it
		"a few, and one is gone":  {19, 1, 1 + 20},
		"many":                    {30, 0, 1},
		"many, and one is gone":   {30, 1, 2},
		"many, and three are not": {30, 3, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			client := newClient(t, srv)
			var refs []graph.HardwareOathTokenRef
			for _, spec := range newDelivery(test.there + test.gone) {
				device := srv.PutDevice(graphtest.Device{SerialNumber: spec.SerialNumber, Manufacturer: "Deepnet", Model: "SafeID/Classic"})
				refs = append(refs, graph.HardwareOathTokenRef{ID: device.ID})
			}
			for _, ref := range refs[test.there:] {
				srv.RemoveDevice(ref.ID)
			}
			found, err := client.GetHardwareOathTokens(t.Context(), refs)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != test.there {
				t.Errorf("found %d tokens, want %d", len(found), test.there)
			}
			if got := len(srv.Requests("", "")); got != test.want {
				t.Errorf("%d requests, want %d: %v", got, test.want, calls(srv))
			}
		})
	}
}

func TestFindHardwareOathTokensBySerialNumber(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	client := newClient(t, srv)
	for _, serialNumber := range []string{"ab", "AB", "cd", "2", "2", "x"} {
		srv.PutDevice(graphtest.Device{SerialNumber: serialNumber, Manufacturer: "Deepnet", Model: "SafeID/Classic"})
	}
	found, err := client.FindHardwareOathTokensBySerialNumber(t.Context(), []string{"ab", "CD", "2", "no"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for serialNumber, tokens := range found {
		got[serialNumber] = serialNumbers(tokens)
	}
	if diff := cmp.Diff(map[string][]string{"ab": {"ab"}, "CD": {"cd"}, "2": {"2", "2"}}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if got := len(srv.Requests("", "")); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}

// A second small set is looked up in the list, of which one page does for both.
func TestGetHardwareOathTokens_severalSets(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithPageSize(100))
	client := newClient(t, srv)
	tokens := fill(srv, 1000)
	sets := [][]graphtest.Device{tokens[:5], tokens[10:20], tokens[20:40], tokens[500:510]}
	for i, want := range []struct{ lists, batches int }{{0, 1}, {1, 1}, {1, 1}, {1, 2}} {
		var refs []graph.HardwareOathTokenRef
		for _, token := range sets[i] {
			refs = append(refs, graph.HardwareOathTokenRef{ID: token.ID})
		}
		found, err := client.GetHardwareOathTokens(t.Context(), refs)
		if err != nil || len(found) != len(refs) {
			t.Errorf("set %d: found %d tokens and error %v", i, len(found), err)
		}
		if lists, batches := len(srv.Requests("GET", devices)), len(srv.Requests("POST", "/$batch")); lists != want.lists || batches != want.batches {
			t.Errorf("set %d: %d lists and %d batches, want %d and %d", i, lists, batches, want.lists, want.batches)
		}
	}
}

// Looking for a serial number does not wait for other tokens of this run.
func TestFindHardwareOathTokensBySerialNumber_waitsForItsOwn(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Minute))
	client := newClient(t, srv)
	create(t, client, newSpec("new"))
	ctx, cancel := contextWithTimeout(t, 2*time.Second)
	defer cancel()
	if found, err := client.FindHardwareOathTokensBySerialNumber(ctx, []string{"other"}); err != nil || len(found) != 0 {
		t.Errorf("got %v and error %v", found, err)
	}
	if _, err := client.FindHardwareOathTokensBySerialNumber(ctx, []string{"new"}); err == nil {
		t.Error("the token that was made is not listed yet, and was called missing")
	}
}
