package graph_test

import (
	"testing"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// Tokens that were taken back a moment ago still read as assigned, and Graph
// refuses to delete them for a while: neither keeps them, one or many.
func TestDelete_afterUnassignment(t *testing.T) {
	t.Parallel()
	for _, many := range []int{1, 2, 25} {
		srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkAssignLags, graphtest.QuirkUnassignLags))
		client := newClient(t, srv)
		var tokens []graph.HardwareOathToken
		for range many {
			user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters"})
			device := newDevice(serial)
			device.AssignedTo = user.ID
			device = srv.PutDevice(device)
			if err := client.UnassignHardwareOathToken(t.Context(), device.ID, user.ID); err != nil {
				t.Fatal(err)
			}
			token, err := client.GetHardwareOathToken(t.Context(), refOf(device))
			if err != nil || token.AssignedTo == nil {
				t.Fatalf("got %+v and %v, want a token that still reads as assigned", token, err)
			}
			tokens = append(tokens, token)
		}
		deleted, failures := client.DeleteHardwareOathTokens(t.Context(), tokens, false)
		if len(deleted) != many || len(failures) != 0 || len(srv.Devices()) != 0 {
			t.Errorf("%d of %d deleted, failures %v", len(deleted), many, failures)
		}
	}
}
