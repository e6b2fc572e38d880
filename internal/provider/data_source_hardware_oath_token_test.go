package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

func lookUp(arguments string) string {
	return fmt.Sprintf("data \"entra_hardware_oath_token\" \"test\" {\n  %s\n}\n", arguments)
}

func TestHardwareOathTokenDataSource_lookUp(t *testing.T) {
	t.Parallel()
	const address = "data.entra_hardware_oath_token.test"
	srv := graphtest.NewServer(t)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters", UserPrincipalName: "amy@contoso.com"})
	device := deviceOf("O'Neil & Söhne +1%")
	device.DisplayName = "Desk"
	device = srv.PutDevice(device)
	srv.PutDevice(deviceOf("2"))
	srv.Assign(device.ID, user.ID)
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact(device.ID)),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("serial_number"), knownvalue.StringExact(device.SerialNumber)),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("manufacturer"), knownvalue.StringExact("Deepnet")),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("model"), knownvalue.StringExact("SafeID/Classic")),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("time_interval_in_seconds"), knownvalue.Int64Exact(60)),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("hash_function"), knownvalue.StringExact("hmacsha1")),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("display_name"), knownvalue.StringExact("Desk")),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("status"), knownvalue.StringExact("assigned")),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("last_used_date_time"), knownvalue.Null()),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("assigned_to"), knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(user.ID), "display_name": knownvalue.StringExact("Amy Masters"),
		})),
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{
			{Config: lookUp(fmt.Sprintf("serial_number = %q", device.SerialNumber)), ConfigStateChecks: checks},
			{Config: lookUp(fmt.Sprintf("id = %q", device.ID)), ConfigStateChecks: checks},
		},
	})
}

// A data source that reads what the same apply makes waits until Graph shows it.
func TestHardwareOathTokenDataSource_afterCreate(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{"id", "serial_number"} {
		t.Run(argument, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Second))
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithGraphOptions(graph.WithVisibilityWindow(time.Minute))),
				Steps: []resource.TestStep{{
					Config: tokenConfig("1", withSeed(1)) + lookUp(fmt.Sprintf("%[1]s = %[2]s.%[1]s", argument, tokenAddr)+"\n  depends_on = [entra_hardware_oath_token.test]"),
				}},
			})
		})
	}
}

func TestHardwareOathTokenDataSource_errors(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkDuplicatesAllowed))
	twin, other := srv.PutDevice(deviceOf("twin")), srv.PutDevice(deviceOf("twin"))
	for name, test := range map[string]struct{ arguments, want string }{
		"neither":          {"", `No attribute specified when one (and only one) of [id,serial_number] is required`},
		"both":             {`id = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"` + "\n" + `serial_number = "1"`, `2 attributes specified when one (and only one) of [id,serial_number] is required`},
		"no such serial":   {`serial_number = "none"`, `There is no hardware OATH token with serial_number "none" in the tenant.`},
		"no such id":       {`id = "3dee0e53-f50f-43ef-85c0-b44689f2d66d"`, `There is no hardware OATH token with id "3dee0e53-f50f-43ef-85c0-b44689f2d66d" in the tenant.`},
		"id of no shape":   {`id = "70029370"`, `Attribute id: value must be an object id, which is a GUID; the number on a token is its serial_number, got: "70029370".`},
		"empty serial":     {`serial_number = ""`, `Attribute serial_number: value must not be empty`},
		"several":          {`serial_number = "twin"`, `2 hardware OATH tokens have the serial number "twin":`},
		"several, the ids": {`serial_number = "twin"`, fmt.Sprintf("- %s (Deepnet SafeID/Classic, available)", min(twin.ID, other.ID))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, srv, test.want, resource.TestStep{Config: lookUp(test.arguments)})
		})
	}
}
