package graph_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	methodsOf    = "/users/*/authentication/hardwareOathMethods"
	activatePath = methodsOf + "/*/activate"
)

// amy is a user with a plain name, bob has one that a URL must spell otherwise.
func people(srv *graphtest.Server) (amy, bob graphtest.User) {
	amy = srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	bob = srv.PutUser(graphtest.User{DisplayName: "Bob Beamon", UserPrincipalName: "bob_fabrikam.com#EXT#@contoso.com"})
	return amy, bob
}

// A user's methods, in each shape that the API pages show, the portal's tokens too.
func TestMethods_listAndGet(t *testing.T) {
	t.Parallel()
	for _, quirk := range []graphtest.Quirk{"none", graphtest.QuirkMethodInValue, graphtest.QuirkEnumCasing, graphtest.QuirkIntervalAsString} {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			options := []graphtest.Option{graphtest.WithPageSize(1)}
			if quirk != "none" {
				options = append(options, graphtest.WithQuirks(quirk))
			}
			srv := graphtest.NewServer(t, options...)
			_, bob := people(srv)
			device, legacy := newDevice("1"), newDevice("2")
			device.AssignedTo, legacy.AssignedTo, legacy.Legacy = bob.ID, bob.ID, true
			device, legacy = srv.PutDevice(device), srv.PutDevice(legacy)
			client := newClient(t, srv)

			methods, err := client.ListHardwareOathMethods(t.Context(), bob.UserPrincipalName)
			if err != nil {
				t.Fatal(err)
			}
			method, err := client.GetHardwareOathMethod(t.Context(), bob.ID, device.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(methods) != 2 || methods[0].ID != device.ID || methods[1].ID != legacy.ID {
				t.Fatalf("methods %+v", methods)
			}
			if diff := cmp.Diff(methods[0], method); diff != "" {
				t.Errorf("list and get differ:\n%s", diff)
			}
			want := graph.HardwareOathToken{
				ID: device.ID, SerialNumber: "1", Manufacturer: "Deepnet Security", Model: "SafeID/Diamond", TimeIntervalInSeconds: 60,
				HashFunction: graph.HashFunctionSHA256, Status: graph.StatusAssigned,
				AssignedTo: &graph.Identity{ID: bob.ID, DisplayName: new("Bob Beamon")},
			}
			if diff := cmp.Diff(want, method.Token); diff != "" || method.CreatedDateTime == nil {
				t.Errorf("token, created %v (-want +got):\n%s", method.CreatedDateTime, diff)
			}
			if n := count(srv, "GET methods"); n != 2 {
				t.Errorf("%d pages, want 2", n)
			}
		})
	}
}

func TestMethods_notThere(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	amy, bob := people(srv)
	device := srv.PutDevice(graphtest.Device{SerialNumber: "1", AssignedTo: amy.ID})
	client := newClient(t, srv)
	if _, err := client.ListHardwareOathMethods(t.Context(), "nobody@contoso.com"); !graph.IsNotFound(err) {
		t.Errorf("unknown user: got %v, want a 404", err)
	}
	if _, err := client.GetHardwareOathMethod(t.Context(), bob.ID, device.ID); !graph.IsNotFound(err) {
		t.Errorf("another's token: got %v, want a 404", err)
	}
	for user, want := range map[string]bool{amy.ID: true, amy.UserPrincipalName: true, strings.ToUpper(amy.UserPrincipalName): true, bob.ID: false, "nobody@contoso.com": false} {
		if got, err := client.HoldsHardwareOathToken(t.Context(), user, device.ID); got != want || err != nil {
			t.Errorf("%s holds the token: got %t and %v, want %t", user, got, err, want)
		}
	}
}

// The permission that is named is the one that the request needs.
func TestMethods_needs(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	srv.AddFault(graphtest.Fault{Status: http.StatusForbidden})
	client := newClient(t, srv)
	_, listErr := client.ListHardwareOathMethods(t.Context(), "u")
	for want, err := range map[string]error{
		"UserAuthenticationMethod.Read.All":      listErr,
		"UserAuthenticationMethod.ReadWrite.All": client.UnassignHardwareOathToken(t.Context(), "1", "u"),
	} {
		var refused *graph.Error
		if !errors.As(err, &refused) {
			t.Fatalf("got %v, want a refusal", err)
		}
		if got, role := refused.Needs(); got != want || !strings.Contains(role, "Authentication Administrator") {
			t.Errorf("got %s and %s, want %s", got, role, want)
		}
	}
}
