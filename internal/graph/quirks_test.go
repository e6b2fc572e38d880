package graph_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

// A token's whole life passes under each answer that Graph may give where it is
// undocumented: made, read, found, listed, changed, held, taken back, deleted.
func TestLife_underEachQuirk(t *testing.T) {
	t.Parallel()
	for _, quirk := range append(graphtest.Quirks(), "none") {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			var options []graphtest.Option
			if quirk != "none" {
				options = append(options, graphtest.WithQuirks(quirk))
			}
			srv := graphtest.NewServer(t, options...)
			client := newClient(t, srv)
			if quirk == graphtest.QuirkPolicyMustBeEnabled {
				mustRefuseForThePolicy(t, srv, client)
				return
			}
			live(t, srv, client, quirk)
		})
	}
}

func mustRefuseForThePolicy(t *testing.T, srv *graphtest.Server, client *graph.Client) {
	t.Helper()
	_, _, err := client.CreateHardwareOathToken(t.Context(), newSpec(serial))
	var refused *graph.Error
	if !graph.IsForbidden(err) || !errors.As(err, &refused) || refused.Message == "" {
		t.Errorf("got %v, want Graph's 403 with its words", err)
	}
	if diff := cmp.Diff([]string{"POST devices"}, calls(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func live(t *testing.T, srv *graphtest.Server, client *graph.Client, quirk graphtest.Quirk) {
	t.Helper()
	ctx := t.Context()
	spec := newSpec("AB" + serial)
	token, recovered, err := client.CreateHardwareOathToken(ctx, spec)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	// An answer without a body leaves it to the serial number which token was made.
	if want := quirk == graphtest.QuirkCreateNoContent; recovered != want {
		t.Errorf("create: recovered %t, want %t", recovered, want)
	}
	want := graph.HardwareOathToken{
		ID: token.ID, SerialNumber: spec.SerialNumber, Manufacturer: spec.Manufacturer, Model: spec.Model,
		TimeIntervalInSeconds: 60, HashFunction: graph.HashFunctionSHA256, Status: graph.StatusAvailable,
	}
	known := func(want graph.HardwareOathToken) graph.HardwareOathToken {
		if slices.Contains([]graphtest.Quirk{graphtest.QuirkUnknownStatus, graphtest.QuirkUnknownFutureValue}, quirk) {
			want.Status = ""
		}
		if quirk == graphtest.QuirkUnknownHashFunction {
			want.HashFunction = ""
		}
		return want
	}
	if diff := cmp.Diff(known(want), token); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	ref := madeJustNow(token)
	mustRead := func(want graph.HardwareOathToken) {
		t.Helper()
		got, err := client.GetHardwareOathToken(ctx, ref)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if diff := cmp.Diff(known(want), got); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
		found, err := client.FindHardwareOathTokens(ctx, spec.SerialNumber)
		if err != nil {
			t.Fatalf("find: %v", err)
		}
		listed, err := client.ListHardwareOathTokens(ctx, "")
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if diff := cmp.Diff([][]graph.HardwareOathToken{{known(want)}, {known(want)}}, [][]graph.HardwareOathToken{found, listed}); diff != "" {
			t.Errorf("found and listed (-want +got):\n%s", diff)
		}
	}
	mustRead(want)

	update := graph.HardwareOathTokenUpdate{
		Model: new("Other"), DisplayName: new("Token 1"), TimeIntervalInSeconds: new(int64(30)), HashFunction: new(graph.HashFunctionSHA1),
	}
	if err := client.UpdateHardwareOathToken(ctx, ref, update); err != nil {
		t.Fatalf("update: %v", err)
	}
	want.Model, want.DisplayName, want.TimeIntervalInSeconds, want.HashFunction = "Other", new("Token 1"), 30, graph.HashFunctionSHA1
	mustRead(want)

	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	srv.Assign(token.ID, user.ID)
	want.Status, want.AssignedTo = graph.StatusAssigned, &graph.Identity{ID: user.ID, DisplayName: new("Amy Masters")}
	mustRead(want)
	mustRefuse(t, quirk, client.UpdateHardwareOathToken(ctx, ref, update))

	var assigned *graph.AssignedError
	if err := client.DeleteHardwareOathToken(ctx, ref, false); !errors.As(err, &assigned) {
		t.Errorf("delete of an assigned token: got %v, want an AssignedError", err)
	}
	if err := client.DeleteHardwareOathToken(ctx, ref, true); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if n := len(srv.Devices()); n != 0 {
		t.Errorf("%d devices left, want none", n)
	}
	_, err = client.GetHardwareOathToken(ctx, graph.HardwareOathTokenRef{ID: token.ID})
	var gone *graph.Error
	if !graph.IsNotFound(err) || !errors.As(err, &gone) || gone.RequestID == "" {
		t.Errorf("read after delete: got %v, want a 404 with a request-id", err)
	}
}

func mustRefuse(t *testing.T, quirk graphtest.Quirk, err error) {
	t.Helper()
	status, code := http.StatusBadRequest, "badRequest"
	switch quirk {
	case graphtest.QuirkUpdateAssigned409:
		status, code = http.StatusConflict, "conflict"
	case graphtest.QuirkUpperErrorCodes:
		code = "BadRequest"
	}
	var refused *graph.Error
	if !errors.As(err, &refused) {
		t.Fatalf("update of an assigned token: got %v, want Graph's refusal", err)
	}
	got := []any{refused.Status, refused.Code, refused.RequestID != "", refused.ClientRequestID != ""}
	if diff := cmp.Diff([]any{status, code, true, true}, got); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
}
