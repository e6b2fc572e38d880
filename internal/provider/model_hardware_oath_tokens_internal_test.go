package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

func TestUnusedSince_limit(t *testing.T) {
	t.Parallel()
	// Late in the evening in New York it is the next day in UTC.
	now := time.Date(2026, 3, 1, 22, 30, 0, 0, time.FixedZone("EST", -5*3600))
	for name, test := range map[string]struct {
		model hardwareOathTokensModel
		want  string
	}{
		"not asked":         {hardwareOathTokensModel{}, "0001-01-01T00:00:00Z"},
		"one day":           {hardwareOathTokensModel{UnusedSinceDays: types.Int64Value(1)}, "2026-03-01T00:00:00Z"},
		"over a month":      {hardwareOathTokensModel{UnusedSinceDays: types.Int64Value(90)}, "2025-12-02T00:00:00Z"},
		"a century":         {hardwareOathTokensModel{UnusedSinceDays: types.Int64Value(maxUnusedDays)}, "1926-03-27T00:00:00Z"},
		"a date":            {hardwareOathTokensModel{LastUsedBefore: types.StringValue("2026-01-31T12:00:00Z")}, "2026-01-31T12:00:00Z"},
		"a date with zones": {hardwareOathTokensModel{LastUsedBefore: types.StringValue("2026-01-31T00:00:00.5+02:00")}, "2026-01-30T22:00:00.5Z"},
	} {
		var diags diag.Diagnostics
		got := test.model.unusedSince(now, &diags)
		if got.UTC().Format(time.RFC3339Nano) != test.want || diags.HasError() {
			t.Errorf("%s: got %s and %v, want %s", name, got.UTC().Format(time.RFC3339Nano), diags, test.want)
		}
	}
	var diags diag.Diagnostics
	hardwareOathTokensModel{LastUsedBefore: types.StringValue("soon")}.unusedSince(now, &diags)
	if !diags.HasError() {
		t.Error("a time that can't be read is no error")
	}
}

func TestUnusedSince_tokens(t *testing.T) {
	t.Parallel()
	limit := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	before, holder := limit.Add(-time.Second), &graph.Identity{ID: "user"}
	for name, test := range map[string]struct {
		token graph.HardwareOathToken
		want  bool
	}{
		"in the drawer, never used":         {graph.HardwareOathToken{Status: graph.StatusAvailable}, false},
		"in the drawer, used by another":    {graph.HardwareOathToken{Status: graph.StatusAvailable, LastUsedDateTime: &before}, false},
		"held, never used":                  {graph.HardwareOathToken{Status: graph.StatusAssigned, AssignedTo: holder}, true},
		"activated, used before":            {graph.HardwareOathToken{Status: graph.StatusActivated, AssignedTo: holder, LastUsedDateTime: &before}, true},
		"activated, used at the time":       {graph.HardwareOathToken{Status: graph.StatusActivated, AssignedTo: holder, LastUsedDateTime: &limit}, false},
		"failed activation, holder untold":  {graph.HardwareOathToken{Status: graph.StatusFailedActivation}, true},
		"held, Graph says available":        {graph.HardwareOathToken{Status: graph.StatusAvailable, AssignedTo: holder}, true},
		"held, status unknown":              {graph.HardwareOathToken{AssignedTo: holder}, true},
		"status unknown, nobody is told of": {graph.HardwareOathToken{}, false},
	} {
		if got := unusedSince(test.token, limit); got != test.want {
			t.Errorf("%s: got %t, want %t", name, got, test.want)
		}
	}
}

func TestWarnOfNamesakes(t *testing.T) {
	t.Parallel()
	var serials []string
	for i := range maxNamedSerials + 2 {
		serials = append(serials, fmt.Sprintf("S%02d", i))
	}
	var diags diag.Diagnostics
	warnOfNamesakes(nil, &diags)
	if len(diags) != 0 {
		t.Errorf("got %v, want no warning", diags)
	}
	warnOfNamesakes(serials, &diags)
	detail := diags[0].Detail()
	for _, want := range []string{"  - \"S00\"\n", "  - \"S09\"\n", "  - and 2 more\n"} {
		if !strings.Contains(detail, want) {
			t.Errorf("the warning does not hold %q: %s", want, detail)
		}
	}
	if strings.Contains(detail, "S10") {
		t.Errorf("the warning names too many: %s", detail)
	}
}

func TestCountByStatus(t *testing.T) {
	t.Parallel()
	got := countByStatus([]graph.HardwareOathToken{{Status: graph.StatusActivated}, {Status: graph.StatusActivated}, {}})
	want := map[string]int64{"available": 0, "assigned": 0, "activated": 2, "failedActivation": 0, "unknown": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestPointInTime(t *testing.T) {
	t.Parallel()
	for value, good := range map[types.String]bool{
		types.StringNull():                                true,
		types.StringUnknown():                             true,
		types.StringValue("2026-01-31T00:00:00Z"):         true,
		types.StringValue("2026-01-31T00:00:00.25+02:00"): true,
		types.StringValue("2026-01-31"):                   false,
		types.StringValue("2026-02-30T00:00:00Z"):         false,
		types.StringValue(""):                             false,
	} {
		var resp validator.StringResponse
		pointInTime{}.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("last_used_before"), ConfigValue: value}, &resp)
		if resp.Diagnostics.HasError() == good {
			t.Errorf("%s: got %v, want good = %t", value, resp.Diagnostics, good)
		}
	}
}

// BenchmarkTokens makes the data source's state of the answer of Graph: five
// times as many tokens must take about five times as long.
func BenchmarkTokens(b *testing.B) {
	var schema datasource.SchemaResponse
	NewHardwareOathTokensDataSource().Schema(b.Context(), datasource.SchemaRequest{}, &schema)
	used, name := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "Amy Masters"
	for _, n := range []int{1000, 5000} {
		tokens := make([]graph.HardwareOathToken, n)
		for i := range tokens {
			tokens[i] = graph.HardwareOathToken{
				ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), SerialNumber: fmt.Sprintf("%08d", i),
				Manufacturer: "Deepnet", Model: "SafeID/Classic", TimeIntervalInSeconds: 60, HashFunction: graph.HashFunctionSHA1,
				Status: graph.StatusActivated, LastUsedDateTime: &used,
				AssignedTo: &graph.Identity{ID: "5f2c1d7e-9a40-4b7c-8f57-1f2f3a4b5c6d", DisplayName: &name},
			}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				var found hardwareOathTokensModel
				diags := found.fromGraph(b.Context(), tokens)
				state := tfsdk.State{Schema: schema.Schema}
				diags.Append(state.Set(b.Context(), found)...)
				if len(diags) != 0 {
					b.Fatal(diags)
				}
			}
		})
	}
}
