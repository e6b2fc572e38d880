package graph_test

import (
	"testing"

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
