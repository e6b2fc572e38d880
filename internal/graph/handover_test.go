package graph_test

import (
	"context"
	"errors"
	"testing"
	"time"

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

// A server that lags behind shows a token at the user whom this client took it
// from, and not yet at the one whom it gave it to, however that one was named.
func TestListUserMethods_passedOn(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, bob := people(srv)
	device := put(srv, serial, amy.ID, false)
	client := newClient(t, srv)
	if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.AssignHardwareOathToken(t.Context(), refOf(device), bob.UserPrincipalName); err != nil {
		t.Fatal(err)
	}
	srv.Unassign(device.ID)
	srv.Assign(device.ID, amy.ID)
	if methods, err := client.ListUserHardwareOathMethods(t.Context(), amy.ID); err != nil || len(methods) != 0 {
		t.Errorf("Amy's: got %+v and %v, want none", methods, err)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		srv.Unassign(device.ID)
		srv.Assign(device.ID, bob.ID)
	})
	if methods, err := client.ListUserHardwareOathMethods(t.Context(), bob.ID); err != nil || len(methods) != 1 {
		t.Errorf("Bob's: got %+v and %v, want the token", methods, err)
	}
}

// Given back to the user whom it was taken from, a token is held and not stale:
// its deletion is refused at once.
func TestDelete_givenBack(t *testing.T) {
	t.Parallel()
	for _, byName := range []bool{false, true} {
		srv := graphtest.NewServer(t)
		amy, _ := people(srv)
		device := put(srv, serial, amy.ID, false)
		client := newClient(t, srv, graph.WithVisibilityWindow(time.Hour))
		if err := client.UnassignHardwareOathToken(t.Context(), device.ID, amy.ID); err != nil {
			t.Fatal(err)
		}
		user := amy.ID
		if byName {
			user = amy.UserPrincipalName
		}
		if _, err := client.AssignHardwareOathToken(t.Context(), refOf(device), user); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var wait *graph.WaitError
		var assigned *graph.AssignedError
		err := client.DeleteHardwareOathToken(ctx, refOf(device), false)
		if errors.As(err, &wait) || !errors.As(err, &assigned) {
			t.Errorf("got %v, want an AssignedError", err)
		}
	}
}
