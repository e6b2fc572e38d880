package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

// serialNumberKeys checks the keys of a map of tokens, all in one diagnostic.
type serialNumberKeys struct{}

// Description implements [validator.Describer].
func (v serialNumberKeys) Description(context.Context) string {
	return "each key is a serial number: it must not be empty, must have no white space around it, and must not differ from another in case alone"
}

// MarkdownDescription implements [validator.Describer].
func (v serialNumberKeys) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateMap implements [validator.Map].
func (v serialNumberKeys) ValidateMap(ctx context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	folded := map[string]string{}
	var bad []string
	for _, key := range slices.Sorted(maps.Keys(req.ConfigValue.Elements())) {
		if other, twice := folded[strings.ToLower(key)]; twice {
			bad = append(bad, fmt.Sprintf("%q beside %q", key, other))
		} else if key == "" || key != strings.TrimSpace(key) {
			bad = append(bad, fmt.Sprintf("%q", key))
		}
		folded[strings.ToLower(key)] = key
	}
	if len(bad) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid serial numbers",
			fmt.Sprintf("Attribute %s: %s, got: %s.", req.Path, v.Description(ctx), strings.Join(bad, ", ")))
	}
}

// completeTokens demands of each element what every token needs, all in one
// diagnostic.
type completeTokens struct{}

// Description implements [validator.Describer].
func (v completeTokens) Description(context.Context) string {
	return "each token needs manufacturer, model and time_interval_in_seconds"
}

// MarkdownDescription implements [validator.Describer].
func (v completeTokens) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateMap implements [validator.Map].
func (v completeTokens) ValidateMap(ctx context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	elements := req.ConfigValue.Elements()
	var lines []string
	for _, serialNumber := range slices.Sorted(maps.Keys(elements)) {
		if elements[serialNumber].IsUnknown() {
			continue
		}
		var missing []string
		token, _ := batchTokenFrom(serialNumber, elements[serialNumber])
		for _, attribute := range []struct {
			name  string
			value attr.Value
		}{{"manufacturer", token.Manufacturer}, {"model", token.Model}, {"time_interval_in_seconds", token.TimeIntervalInSeconds}} {
			if attribute.value.IsNull() {
				missing = append(missing, attribute.name)
			}
		}
		if len(missing) > 0 {
			lines = append(lines, fmt.Sprintf("  - %q lacks %s", serialNumber, strings.Join(missing, ", ")))
		}
	}
	if len(lines) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Incomplete tokens",
			fmt.Sprintf("Attribute %s: %s:\n\n%s", req.Path, v.Description(ctx), capped(lines)))
	}
}

// capped are the lines of a diagnostic, as many as it shows.
func capped(lines []string) string {
	text := strings.Join(lines[:min(len(lines), maxFailureLines)], "\n")
	if more := len(lines) - maxFailureLines; more > 0 {
		text += fmt.Sprintf("\n  - and %d more", more)
	}
	return text
}

// refuseBadSecrets checks the seeds of the tokens: what else a seed file holds is
// nobody's business here. It names serial numbers, and neither a path nor a value.
func refuseBadSecrets(config hardwareOathTokenBatchModel, diags *diag.Diagnostics) {
	secrets, _ := config.secrets()
	var lines []string
	for _, serialNumber := range slices.Sorted(maps.Keys(config.Tokens.Elements())) {
		secret, ok := secrets[serialNumber]
		if !ok || secret.IsUnknown() {
			continue
		}
		if _, err := totp.CanonicalSecret(secret.ValueString()); err != nil {
			lines = append(lines, fmt.Sprintf("  - serial number %q: %v", serialNumber, err))
		}
	}
	if len(lines) == 0 {
		return
	}
	diags.AddError("Invalid secret keys", "These secret keys are not Base32 secrets that Microsoft Entra takes:\n\n"+capped(lines)+"\n\nThe values are not shown because they are secrets.")
}
