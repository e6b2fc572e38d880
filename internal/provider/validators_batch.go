package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	text := strings.Join(lines[:min(len(lines), maxFailureLines)], "\n")
	if more := len(lines) - maxFailureLines; more > 0 {
		text += fmt.Sprintf("\n  - and %d more", more)
	}
	diags.AddError("Invalid secret keys", "These secret keys are not Base32 secrets that Microsoft Entra takes:\n\n"+text+"\n\nThe values are not shown because they are secrets.")
}
