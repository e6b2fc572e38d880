package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// find reads the token by its id, or by its serial number while that is all
// that an import has told. Not found is no diagnostic.
func (r *hardwareOathTokenResource) find(ctx context.Context, state hardwareOathTokenResourceModel, private privateState, diags *diag.Diagnostics) (graph.HardwareOathToken, bool) {
	if state.ID.IsNull() {
		return findBySerialNumber(ctx, r.client, state.SerialNumber.ValueString(), "Failed to import hardware OATH token", diags)
	}
	token, err := r.client.GetHardwareOathToken(ctx, private.ref(state.ID))
	switch {
	case graph.IsNotFound(err):
		return token, false
	case err != nil:
		addGraphError(diags, "Failed to read hardware OATH token", state.describe(), err)
	case !state.SerialNumber.IsNull() && state.Manufacturer.IsNull() && token.SerialNumber != state.SerialNumber.ValueString():
		diags.AddError("Failed to import hardware OATH token",
			fmt.Sprintf("The identity names two tokens: the one with object id %s has serial number %q, not %q. Give one of the two.",
				token.ID, token.SerialNumber, state.SerialNumber.ValueString()))
	}
	return token, true
}

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

// identityFromImportID takes a GUID for an object id and anything else for a
// serial number.
func identityFromImportID(id string) hardwareOathTokenIdentityModel {
	if isObjectID(id) {
		return hardwareOathTokenIdentityModel{ID: types.StringValue(id)}
	}
	return hardwareOathTokenIdentityModel{SerialNumber: types.StringValue(id)}
}

// isObjectID takes a GUID in the one form that Graph writes.
func isObjectID(text string) bool {
	return len(text) == len(uuid.Nil.String()) && uuid.Validate(text) == nil
}
