package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// findBySerialNumber finds the one token that has the serial number. None is
// found = false; several are an error that lists them.
func findBySerialNumber(ctx context.Context, client *graph.Client, serialNumber, summary string, diags *diag.Diagnostics) (token graph.HardwareOathToken, found bool) {
	tokens, err := client.FindHardwareOathTokens(ctx, serialNumber)
	switch {
	case err != nil:
		addGraphError(diags, summary, fmt.Sprintf("The hardware OATH token with serial number %q", serialNumber), err)
	case len(tokens) == 1:
		return tokens[0], true
	case len(tokens) > 1:
		lines := make([]string, len(tokens))
		for i, t := range tokens {
			lines[i] = fmt.Sprintf("  - %s (%s %s, %s)", t.ID, t.Manufacturer, t.Model, t.Status)
		}
		diags.AddError(summary, fmt.Sprintf("%d hardware OATH tokens have the serial number %q:\n\n%s\n\nName the one that is meant by its object id.",
			len(tokens), serialNumber, strings.Join(lines, "\n")))
	}
	return token, false
}
