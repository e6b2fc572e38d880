package provider_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

const tokensAddr = "data.entra_hardware_oath_tokens.test"

func search(arguments string) string {
	return fmt.Sprintf("data \"entra_hardware_oath_tokens\" \"test\" {\n  %s\n}\n", arguments)
}

// inventory is a tenant with tokens in every state of their life, and one that
// was uploaded as CSV.
type inventory struct {
	*graphtest.Server
	amy graphtest.User
}

func newInventory(t *testing.T, options ...graphtest.Option) inventory {
	t.Helper()
	srv := inventory{Server: graphtest.NewServer(t, options...)}
	srv.amy = srv.PutUser(graphtest.User{DisplayName: "Amy Masters"})
	ago := func(days int) time.Time { return time.Now().UTC().Truncate(time.Second).AddDate(0, 0, -days) }
	for i, device := range []graphtest.Device{
		{SerialNumber: "B2", Manufacturer: "O'Neil", Model: "M2", TimeIntervalInSeconds: 60, HashFunction: "hmacsha256", Status: "activated", AssignedTo: srv.amy.ID, LastUsedDateTime: ago(100), DisplayName: "Desk"},
		{SerialNumber: "A1", Manufacturer: "O'Neil", Model: "M1", LastUsedDateTime: ago(400)},
		{SerialNumber: "B1", Manufacturer: "Feitian", Model: "M1", AssignedTo: srv.amy.ID},
		{SerialNumber: "C1", Manufacturer: "Feitian", Model: "M3", Status: "activated", AssignedTo: "3f6c3f0e-6a1f-4a53-8a36-0d6e1a1c7c11", LastUsedDateTime: ago(10)},
		{SerialNumber: "A2", Manufacturer: "O'Neil", Model: "M1", Status: "failedActivation", AssignedTo: "3f6c3f0e-6a1f-4a53-8a36-0d6e1a1c7c11", LastUsedDateTime: ago(1)},
		{SerialNumber: "L1", Manufacturer: "O'Neil", Model: "M1", Legacy: true},
	} {
		device.ID = fmt.Sprintf("00000000-0000-4000-9000-%012d", i)
		srv.PutDevice(device)
	}
	return srv
}

// expectSerials checks which tokens were found, and that the list is sorted and
// the map holds the same ones.
func expectSerials(serials string) []statecheck.StateCheck {
	list, named := []knownvalue.Check{}, map[string]knownvalue.Check{}
	for _, serial := range strings.Fields(serials) {
		token := knownvalue.ObjectPartial(map[string]knownvalue.Check{"serial_number": knownvalue.StringExact(serial)})
		list, named[serial] = append(list, token), token
	}
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("tokens"), knownvalue.ListExact(list)),
		statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("by_serial_number"), knownvalue.MapExact(named)),
	}
}

func expectCounts(available, assigned, activated, failed int64) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("count_by_status"), knownvalue.MapExact(map[string]knownvalue.Check{
		"available": knownvalue.Int64Exact(available), "assigned": knownvalue.Int64Exact(assigned),
		"activated": knownvalue.Int64Exact(activated), "failedActivation": knownvalue.Int64Exact(failed),
	}))
}

// expectLists checks that each list cost so many pages, and sent this filter.
func expectLists(srv *graphtest.Server, pages int, filter string) statecheck.StateCheck {
	return stateCheckFunc(func() error {
		requests, lists := srv.Requests("", ""), 0
		for _, r := range requests {
			query, err := url.ParseQuery(r.RawQuery)
			if err != nil {
				return err
			}
			if got := query.Get("$filter"); got != filter {
				return fmt.Errorf("$filter=%s, want %s", got, filter)
			}
			if !query.Has("$skiptoken") {
				lists++
			}
		}
		if lists == 0 || len(requests) != lists*pages {
			return fmt.Errorf("%d requests for %d lists, want %d pages for each", len(requests), lists, pages)
		}
		return nil
	})
}

// One tenant, one search after the other.
func TestHardwareOathTokensDataSource_filters(t *testing.T) {
	t.Parallel()
	srv := newInventory(t, graphtest.WithPageSize(2))
	date := time.Now().UTC().AddDate(0, 0, -50).Format(time.RFC3339)
	steps := []resource.TestStep{{
		Config:            search(""),
		ConfigStateChecks: append(expectSerials("A1 A2 B1 B2 C1"), expectCounts(1, 1, 2, 1), expectLists(srv.Server, 3, "")),
	}}
	for _, test := range []struct {
		arguments, want string
		pages           int
		filter          string
	}{
		{`status = "activated"`, "B2 C1", 1, "status eq 'activated'"},
		{`manufacturer = "O'Neil"`, "A1 A2 B2", 2, "manufacturer eq 'O''Neil'"},
		{`model = "M3"`, "C1", 1, "model eq 'M3'"},
		{`hash_function = "hmacsha256"`, "B2", 1, "hashFunction eq 'hmacsha256'"},
		{`time_interval_in_seconds = 60`, "B2", 1, "timeIntervalInSeconds eq 60"},
		{fmt.Sprintf("assigned_to = %q", srv.amy.ID), "B1 B2", 1, fmt.Sprintf("assignedTo/id eq '%s'", srv.amy.ID)},
		{"model = \"M1\"\n  status = \"available\"", "A1", 1, "status eq 'available' and model eq 'M1'"},
		{`model = "none"`, "", 1, "model eq 'none'"},
		{`serial_number_prefix = "B"`, "B1 B2", 3, ""},
		{`serial_number_prefix = "b"`, "", 3, ""},
		{`unused_since_days = 90`, "B1 B2", 3, ""},
		{`unused_since_days = 5`, "B1 B2 C1", 3, ""},
		{fmt.Sprintf("last_used_before = %q", date), "B1 B2", 3, ""},
		{"status = \"activated\"\n  unused_since_days = 30\n  serial_number_prefix = \"B\"", "B2", 1, "status eq 'activated'"},
	} {
		steps = append(steps, resource.TestStep{
			PreConfig:         srv.ResetRequests,
			Config:            search(test.arguments),
			ConfigStateChecks: append(expectSerials(test.want), expectLists(srv.Server, test.pages, test.filter)),
		})
	}
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: newProvider(t, srv.Server), Steps: steps})
}

func TestHardwareOathTokensDataSource_elements(t *testing.T) {
	t.Parallel()
	srv := newInventory(t)
	used := srv.Devices()[3].LastUsedDateTime
	want := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"id":                       knownvalue.StringExact("00000000-0000-4000-9000-000000000000"),
		"serial_number":            knownvalue.StringExact("B2"),
		"manufacturer":             knownvalue.StringExact("O'Neil"),
		"model":                    knownvalue.StringExact("M2"),
		"time_interval_in_seconds": knownvalue.Int64Exact(60),
		"hash_function":            knownvalue.StringExact("hmacsha256"),
		"display_name":             knownvalue.StringExact("Desk"),
		"status":                   knownvalue.StringExact("activated"),
		"last_used_date_time":      knownvalue.StringExact(used.Format(time.RFC3339)),
		"assigned_to": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(srv.amy.ID), "display_name": knownvalue.StringExact("Amy Masters"),
		}),
	})
	nobody := func(index int) []statecheck.StateCheck {
		element := tfjsonpath.New("tokens").AtSliceIndex(index)
		return []statecheck.StateCheck{
			statecheck.ExpectKnownValue(tokensAddr, element.AtMapKey("assigned_to"), knownvalue.Null()),
			statecheck.ExpectKnownValue(tokensAddr, element.AtMapKey("display_name"), knownvalue.Null()),
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv.Server),
		Steps: []resource.TestStep{{
			Config: search(""),
			ConfigStateChecks: append(nobody(0),
				statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("tokens").AtSliceIndex(3), want),
				statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("by_serial_number").AtMapKey("B2"), want)),
		}},
	})
}

func TestHardwareOathTokensDataSource_emptyTenant(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{{
			Config:            search(""),
			ConfigStateChecks: append(expectSerials(""), expectCounts(0, 0, 0, 0), expectLists(srv, 1, "")),
		}},
	})
}

func TestHardwareOathTokensDataSource_quirks(t *testing.T) {
	t.Parallel()
	unknown := statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("count_by_status"), knownvalue.MapExact(map[string]knownvalue.Check{
		"available": knownvalue.Int64Exact(0), "assigned": knownvalue.Int64Exact(0), "activated": knownvalue.Int64Exact(0),
		"failedActivation": knownvalue.Int64Exact(0), "unknown": knownvalue.Int64Exact(5),
	}))
	for quirk, test := range map[graphtest.Quirk]struct {
		arguments, want string
		check           statecheck.StateCheck
	}{
		graphtest.QuirkEnumCasing:          {`hash_function = "hmacsha256"`, "B2", expectCounts(0, 0, 1, 0)},
		graphtest.QuirkListItemsInDevice:   {"", "A1 A2 B1 B2 C1", expectCounts(1, 1, 2, 1)},
		graphtest.QuirkIntervalAsString:    {"time_interval_in_seconds = 60", "B2", expectCounts(0, 0, 1, 0)},
		graphtest.QuirkUnknownStatus:       {"", "A1 A2 B1 B2 C1", unknown},
		graphtest.QuirkUnknownFutureValue:  {"", "A1 A2 B1 B2 C1", unknown},
		graphtest.QuirkUnknownHashFunction: {`unused_since_days = 90`, "B1 B2", expectCounts(0, 1, 1, 0)},
		graphtest.QuirkFilterIgnoresCase:   {`manufacturer = "FEITIAN"`, "B1 C1", expectCounts(0, 1, 1, 0)},
	} {
		t.Run(string(quirk), func(t *testing.T) {
			t.Parallel()
			srv := newInventory(t, graphtest.WithQuirks(quirk))
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv.Server),
				Steps:                    []resource.TestStep{{Config: search(test.arguments), ConfigStateChecks: append(expectSerials(test.want), test.check)}},
			})
		})
	}
}

// Where Graph does not filter by user, the provider does: one refusal for each
// walk, and then the list without that part.
func TestHardwareOathTokensDataSource_userFilterRefused(t *testing.T) {
	t.Parallel()
	srv := newInventory(t, graphtest.WithQuirks(graphtest.QuirkFilterNoAssignedTo))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv.Server),
		Steps: []resource.TestStep{{
			Config: search(fmt.Sprintf("assigned_to = %q", strings.ToUpper(srv.amy.ID))),
			ConfigStateChecks: append(expectSerials("B1 B2"), expectCounts(0, 1, 1, 0), stateCheckFunc(func() error {
				refused := 0
				for _, r := range srv.Requests("GET", devicesPath) {
					if r.Status == 400 {
						refused++
					}
				}
				if all := len(srv.Requests("", "")); refused == 0 || all != 2*refused {
					return fmt.Errorf("%d requests, %d of them refused, want one more for each refusal", all, refused)
				}
				return nil
			})),
		}},
	})
}

func TestHardwareOathTokensDataSource_namesakes(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithQuirks(graphtest.QuirkDuplicatesAllowed))
	for _, serial := range []string{"twin", "single", "twin", "twin"} {
		srv.PutDevice(deviceOf(serial))
	}
	named := func(serial string) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{"serial_number": knownvalue.StringExact(serial)})
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps: []resource.TestStep{{
			Config: search(""),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("tokens"), knownvalue.ListExact([]knownvalue.Check{named("single"), named("twin"), named("twin"), named("twin")})),
				statecheck.ExpectKnownValue(tokensAddr, tfjsonpath.New("by_serial_number"), knownvalue.MapExact(map[string]knownvalue.Check{"single": named("single")})),
				expectCounts(4, 0, 0, 0),
			},
		}},
	})
}

// A filter that is known only at apply defers the read until then.
func TestHardwareOathTokensDataSource_unknownFilters(t *testing.T) {
	t.Parallel()
	srv := newInventory(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv.Server),
		Steps: []resource.TestStep{{
			Config: `
				resource "terraform_data" "late" { input = { model = "M1", days = 30, date = "2026-01-01T00:00:00Z", user = "` + srv.amy.ID + `" } }
				data "entra_hardware_oath_tokens" "dated" { last_used_before = terraform_data.late.output.date }
				` + search(`
				model             = terraform_data.late.output.model
				unused_since_days = terraform_data.late.output.days
				assigned_to       = terraform_data.late.output.user`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(tokensAddr, tfjsonpath.New("tokens")),
				plancheck.ExpectUnknownValue(tokensAddr, tfjsonpath.New("by_serial_number")),
			}},
			ConfigStateChecks: expectSerials("B1"),
		}},
	})
}

// An inventory that is read after a creation of the same apply holds the new token.
func TestHardwareOathTokensDataSource_afterCreate(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithVisibilityDelay(time.Second))
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv, provider.WithGraphOptions(graph.WithVisibilityWindow(time.Minute))),
		CheckDestroy:             destroyed(srv),
		Steps: []resource.TestStep{{
			Config:            tokenConfig("1", withSeed(1)) + search("model = \"SafeID/Classic\"\n  depends_on = [entra_hardware_oath_token.test]"),
			ConfigStateChecks: expectSerials("1"),
		}},
	})
}

func TestHardwareOathTokensDataSource_throttled(t *testing.T) {
	t.Parallel()
	srv := newInventory(t, graphtest.WithPageSize(2))
	srv.AddFault(graphtest.Fault{Status: 429, RetryAfter: "0.01", Every: 2})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv.Server),
		Steps:                    []resource.TestStep{{Config: search(""), ConfigStateChecks: expectSerials("A1 A2 B1 B2 C1")}},
	})
	if srv.FaultCount() == 0 {
		t.Error("nothing was throttled")
	}
}

func TestHardwareOathTokensDataSource_errors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ arguments, want string }{
		"status":          {`status = "lost"`, `Attribute status value must be one of: ["available" "assigned" "activated" "failedActivation"], got: "lost"`},
		"manufacturer":    {`manufacturer = ""`, `Attribute manufacturer: value must not be empty`},
		"model":           {`model = "M1 "`, `Attribute model: value must not be empty and must have no white space around it, got: "M1 "`},
		"hash function":   {`hash_function = "sha1"`, `Attribute hash_function value must be one of: ["hmacsha1" "hmacsha256"], got: "sha1"`},
		"interval":        {`time_interval_in_seconds = 45`, `Attribute time_interval_in_seconds value must be one of: ["30" "60"], got: 45`},
		"user":            {`assigned_to = "amy@contoso.com"`, `Attribute assigned_to: value must be an object id, which is a GUID`},
		"prefix":          {`serial_number_prefix = ""`, `Attribute serial_number_prefix string length must be at least 1, got: 0`},
		"no days":         {`unused_since_days = 0`, `Attribute unused_since_days value must be between 1 and 36500, got: 0`},
		"days of an aeon": {`unused_since_days = 9000000000`, `Attribute unused_since_days value must be between 1 and 36500`},
		"date":            {`last_used_before = "2026-01-31"`, `Attribute last_used_before: value must be a time in RFC 3339 form, such as 2026-01-31T00:00:00Z, got: "2026-01-31".`},
		"both":            {"unused_since_days = 1\n  last_used_before = \"2026-01-31T00:00:00Z\"", `Attribute "unused_since_days" cannot be specified when "last_used_before" is specified`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			expectError(t, srv, test.want, resource.TestStep{Config: search(test.arguments)})
			if got := srv.Requests("", ""); len(got) != 0 {
				t.Errorf("Graph was asked %d times about input that is wrong", len(got))
			}
		})
	}
}

func TestHardwareOathTokensDataSource_forbidden(t *testing.T) {
	t.Parallel()
	for _, want := range []string{
		`Failed to list hardware OATH tokens`,
		`The list of hardware OATH tokens was refused by Microsoft Graph:`,
		`An application needs the Microsoft Graph permission Policy.Read.All, with admin consent`,
	} {
		srv := graphtest.NewServer(t)
		srv.AddFault(graphtest.Fault{Status: 403})
		expectError(t, srv, want, resource.TestStep{Config: search("")})
	}
}
