package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const methodsAddr = "data.entra_hardware_oath_methods.test"

// methodsOf looks a user's methods up; user is an expression.
func methodsOf(user string) string {
	return fmt.Sprintf("data \"entra_hardware_oath_methods\" \"test\" {\n  user_id = %s\n}\n", user)
}

func TestHardwareOathMethods_bothStores(t *testing.T) {
	t.Parallel()
	w := newOffice(t, 0)
	w.set(func(d *graphtest.Device) { d.DisplayName = "Front desk" })
	w.Assign(w.device.ID, w.amy.ID)
	w.Activate(w.device.ID)
	legacy := deviceOf("70029370")
	legacy.Legacy, legacy.AssignedTo, legacy.HashFunction, legacy.TimeIntervalInSeconds = true, w.amy.ID, "", 30
	legacy.ID = "ffffffff-ffff-4fff-bfff-ffffffffffff"
	w.PutDevice(legacy)
	first := deviceOf("10000000")
	first.AssignedTo = w.amy.ID
	first = w.PutDevice(first)
	others := deviceOf("20000000")
	others.AssignedTo = w.bob.ID
	w.PutDevice(others)
	method := func(id, serialNumber, name, status string, interval int64, legacy bool) knownvalue.Check {
		check := knownvalue.StringExact(name)
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(id), "serial_number": knownvalue.StringExact(serialNumber),
			"display_name": map[bool]knownvalue.Check{true: knownvalue.Null(), false: check}[name == ""],
			"manufacturer": knownvalue.StringExact("Deepnet"), "model": knownvalue.StringExact("SafeID/Classic"),
			"time_interval_in_seconds": knownvalue.Int64Exact(interval), "hash_function": knownvalue.StringExact("hmacsha1"),
			"status": knownvalue.StringExact(status), "created_date_time": knownvalue.NotNull(), "last_used_date_time": knownvalue.Null(),
			"legacy": knownvalue.Bool(legacy),
		})
	}
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue(methodsAddr, tfjsonpath.New("methods"), knownvalue.ListExact([]knownvalue.Check{
			method(first.ID, "10000000", "", "assigned", 60, false),
			method(w.device.ID, "70029370", "Front desk", "activated", 60, false),
			method(legacy.ID, "70029370", "", "assigned", 30, true),
		})),
		statecheck.ExpectKnownValue(methodsAddr, tfjsonpath.New("serial_numbers_in_both_stores"), knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("70029370")})),
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: w.provider(t),
		Steps: []resource.TestStep{
			{Config: methodsOf(`"amy@contoso.com"`), ConfigStateChecks: checks},
			{Config: methodsOf(fmt.Sprintf("%q", w.amy.ID)), ConfigStateChecks: checks},
		},
	})
}

// One request for a user's methods, and one for a serial number among them; from
// the second on the inventory's list answers for all. A data source is read once
// in an apply.
func TestHardwareOathMethods_requests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ users, tokens, lookUps int }{{1, 0, 0}, {1, 1, 1}, {1, 2, 2}, {1, 5, 2}, {20, 1, 2}} {
		t.Run(fmt.Sprintf("%d users with %d", test.users, test.tokens), func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			users := []string{}
			for n := range test.users {
				user := srv.PutUser(graphtest.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.com", n)})
				users = append(users, user.UserPrincipalName)
				for i := range test.tokens {
					device := deviceOf(fmt.Sprint(100*n + i))
					device.AssignedTo = user.ID
					srv.PutDevice(device)
				}
			}
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv),
				Steps: []resource.TestStep{{
					Config: methodsOf(fmt.Sprintf("split(%q, %q)[count.index]\n  count = %d", ",", strings.Join(users, ","), test.users)),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(methodsAddr+"[0]", tfjsonpath.New("methods"), knownvalue.ListSizeExact(test.tokens)),
						statecheck.ExpectKnownValue(methodsAddr+"[0]", tfjsonpath.New("serial_numbers_in_both_stores"), knownvalue.ListSizeExact(0)),
						expectRequests(srv, "GET", methodsPath, test.users),
						expectRequests(srv, "GET", devicesPath, test.lookUps),
						expectRequests(srv, "", "", test.users+test.lookUps),
					},
				}},
			})
		})
	}
}

// What the same apply assigns is listed, though Graph shows it a moment later.
func TestHardwareOathMethods_afterAssignment(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkAssignLags))
	user := srv.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com"})
	device := srv.PutDevice(deviceOf("1"))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{{
			Config: assignConfig(fmt.Sprintf("%q", device.ID), `"amy@contoso.com"`, "") + methodsOf("entra_hardware_oath_token_assignment.test.user_object_id"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(methodsAddr, tfjsonpath.New("user_id"), knownvalue.StringExact(user.ID)),
				statecheck.ExpectKnownValue(methodsAddr, tfjsonpath.New("methods"), knownvalue.ListSizeExact(1)),
			},
		}},
	})
}

func TestHardwareOathMethods_errors(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	user := srv.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com"})
	device := deviceOf("1")
	device.AssignedTo = user.ID
	srv.PutDevice(device)
	for name, test := range map[string]struct{ user, want string }{
		"unknown user":        {`"nobody@contoso.com"`, `user_id = "nobody@contoso.com" Microsoft Graph knows no user "nobody@contoso.com" in this tenant. user_id is an object id or a user principal name. A user who was created a moment ago may take a while to show.`},
		"unknown user, by id": {`"3dee0e53-f50f-43ef-85c0-b44689f2d66d"`, `Microsoft Graph knows no user "3dee0e53-f50f-43ef-85c0-b44689f2d66d" in this tenant.`},
		"no name of a user":   {`"Amy"`, `Attribute user_id: value must be a user's object id, which is a GUID, or a user principal name such as amy@contoso.com, got: "Amy".`},
		"null":                {`null`, `Must set a configuration value for the user_id attribute`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, srv, test.want, resource.TestStep{Config: methodsOf(test.user)})
		})
	}
}

// Each of the two requests names its own permission when it is refused.
func TestHardwareOathMethods_forbidden(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		methodsPath: "An application needs the Microsoft Graph permission UserAuthenticationMethod.Read.All, with admin consent; a signed-in user needs it too, and the role Authentication Administrator",
		devicesPath: "An application needs the Microsoft Graph permission Policy.Read.All, with admin consent; a signed-in user needs it too, and the role Authentication Policy Administrator",
	} {
		t.Run(want[49:80], func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			user := srv.PutUser(graphtest.User{UserPrincipalName: "amy@contoso.com"})
			device := deviceOf("1")
			device.AssignedTo = user.ID
			srv.PutDevice(device)
			srv.AddFault(graphtest.Fault{Path: path, Status: http.StatusForbidden})
			expectError(t, srv, want, resource.TestStep{Config: methodsOf(`"amy@contoso.com"`)})
		})
	}
}
