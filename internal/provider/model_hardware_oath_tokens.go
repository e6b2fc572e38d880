package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

const (
	// hardwareOathTokensType is the data source's type name.
	hardwareOathTokensType = "entra_hardware_oath_tokens"
	// statusUnknown is what tokens are counted as whose status Graph does not
	// tell, or tells in a word that we do not know.
	statusUnknown = "unknown"
	// maxNamedSerials is how many serial numbers a warning spells out.
	maxNamedSerials = 10
)

// hardwareOathTokensModel is a search in the inventory and what it has found.
type hardwareOathTokensModel struct {
	Status                types.String `tfsdk:"status"`
	Manufacturer          types.String `tfsdk:"manufacturer"`
	Model                 types.String `tfsdk:"model"`
	HashFunction          types.String `tfsdk:"hash_function"`
	TimeIntervalInSeconds types.Int64  `tfsdk:"time_interval_in_seconds"`
	AssignedTo            types.String `tfsdk:"assigned_to"`
	SerialNumberPrefix    types.String `tfsdk:"serial_number_prefix"`
	UnusedSinceDays       types.Int64  `tfsdk:"unused_since_days"`
	LastUsedBefore        types.String `tfsdk:"last_used_before"`
	Tokens                types.List   `tfsdk:"tokens"`
	BySerialNumber        types.Map    `tfsdk:"by_serial_number"`
	CountByStatus         types.Map    `tfsdk:"count_by_status"`
}

// toGraph is the part of the search that Graph can do.
func (m hardwareOathTokensModel) toGraph() graph.HardwareOathTokenFilter {
	return graph.HardwareOathTokenFilter{
		Status:                m.Status.ValueString(),
		Manufacturer:          m.Manufacturer.ValueString(),
		Model:                 m.Model.ValueString(),
		HashFunction:          m.HashFunction.ValueString(),
		TimeIntervalInSeconds: m.TimeIntervalInSeconds.ValueInt64(),
		AssignedTo:            m.AssignedTo.ValueString(),
	}
}

// selection is the part of the search that Graph can't do.
func (m hardwareOathTokensModel) selection(now time.Time, diags *diag.Diagnostics) func([]graph.HardwareOathToken) []graph.HardwareOathToken {
	limit := m.unusedSince(now, diags)
	return func(tokens []graph.HardwareOathToken) []graph.HardwareOathToken {
		return slices.DeleteFunc(tokens, func(token graph.HardwareOathToken) bool {
			return !strings.HasPrefix(token.SerialNumber, m.SerialNumberPrefix.ValueString()) ||
				!limit.IsZero() && !unusedSince(token, limit)
		})
	}
}

// unusedSince is the time since which a token that is searched for was not used;
// zero when that was not asked. Days are whole days of UTC, so that what is
// found changes once a day at most, and not between a plan and its apply.
func (m hardwareOathTokensModel) unusedSince(now time.Time, diags *diag.Diagnostics) (limit time.Time) {
	if !m.UnusedSinceDays.IsNull() {
		year, month, day := now.UTC().Date()
		return time.Date(year, month, day-int(m.UnusedSinceDays.ValueInt64()), 0, 0, 0, 0, time.UTC)
	}
	if m.LastUsedBefore.IsNull() {
		return limit
	}
	limit, err := time.Parse(time.RFC3339, m.LastUsedBefore.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("last_used_before"), "Invalid value", fmt.Sprintf("Attribute last_used_before: %v.", err))
	}
	return limit
}

// unusedSince reports whether somebody holds the token and has not used it at
// limit or later. A token in the drawer is no concern of an audit: it can't be
// used, and what it was last used for was somebody else's.
func unusedSince(token graph.HardwareOathToken, limit time.Time) bool {
	held := token.AssignedTo != nil || token.Status != graph.StatusAvailable && token.Status != ""
	return held && (token.LastUsedDateTime == nil || token.LastUsedDateTime.Before(limit))
}

// fromGraph takes over the tokens that were found, which come sorted by serial
// number.
func (m *hardwareOathTokensModel) fromGraph(ctx context.Context, tokens []graph.HardwareOathToken) (diags diag.Diagnostics) {
	// Each token is built once, and stands in the list and in the map.
	element := types.ObjectType{AttrTypes: hardwareOathTokenAttributeTypes()}
	list := make([]attr.Value, len(tokens))
	bySerial := make(map[string]attr.Value, len(tokens))
	var namesakes []string
	for i, token := range tokens {
		var found hardwareOathTokenModel
		diags.Append(found.fromGraph(ctx, token)...)
		object, d := found.object(element.AttrTypes)
		diags.Append(d...)
		if _, taken := bySerial[token.SerialNumber]; taken {
			namesakes = append(namesakes, token.SerialNumber)
		}
		list[i], bySerial[token.SerialNumber] = object, object
	}
	namesakes = slices.Compact(namesakes)
	for _, serialNumber := range namesakes {
		delete(bySerial, serialNumber)
	}
	warnOfNamesakes(namesakes, &diags)

	var d diag.Diagnostics
	m.Tokens, d = types.ListValue(element, list)
	diags.Append(d...)
	m.BySerialNumber, d = types.MapValue(element, bySerial)
	diags.Append(d...)
	m.CountByStatus, d = types.MapValueFrom(ctx, types.Int64Type, countByStatus(tokens))
	diags.Append(d...)
	return diags
}

// warnOfNamesakes says which serial numbers name more than one token. It is no
// error: whether a tenant can hold such tokens is not documented, and one that
// does is still to be read.
func warnOfNamesakes(serialNumbers []string, diags *diag.Diagnostics) {
	if len(serialNumbers) == 0 {
		return
	}
	var lines strings.Builder
	for _, serialNumber := range serialNumbers[:min(len(serialNumbers), maxNamedSerials)] {
		fmt.Fprintf(&lines, "  - %q\n", serialNumber)
	}
	if more := len(serialNumbers) - maxNamedSerials; more > 0 {
		fmt.Fprintf(&lines, "  - and %d more\n", more)
	}
	diags.AddWarning("Several tokens have the same serial number",
		fmt.Sprintf("Each of these serial numbers names several hardware OATH tokens of the tenant:\n\n%s\n"+
			"by_serial_number leaves them out, since nothing says which token is meant; tokens has them all.", lines.String()))
}

func countByStatus(tokens []graph.HardwareOathToken) map[string]int64 {
	counts := map[string]int64{}
	for _, status := range graph.Statuses() {
		counts[status] = 0
	}
	for _, token := range tokens {
		counts[cmp.Or(token.Status, statusUnknown)]++
	}
	return counts
}
