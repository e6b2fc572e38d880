package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// find reads the token, and reports whether the user of the state holds it. That
// somebody else does, or nobody, is a warning that says so; for an import it is
// an error, as is a token that is not there.
func (r *hardwareOathTokenAssignmentResource) find(ctx context.Context, state hardwareOathTokenAssignmentModel, private assignmentPrivateState, diags *diag.Diagnostics) (graph.HardwareOathToken, bool) {
	importing := state.ID.IsNull()
	token, err := r.client.GetAssignedHardwareOathToken(ctx, state.ref(private))
	if graph.IsNotFound(err) {
		if importing {
			diags.AddError("Failed to import hardware OATH token assignment", fmt.Sprintf("There is no token with object id %q in the tenant's inventory. "+
				"Tokens that were uploaded as CSV in the portal are not in it, and can't be imported.", state.TokenID.ValueString()))
		}
		return token, false
	}
	held := false
	if err == nil {
		held, err = r.isHeld(ctx, state, token)
	}
	switch {
	case err != nil:
		addGraphError(diags, "Failed to read hardware OATH token assignment", state.describe(), err)
	case !held && importing:
		diags.AddError("Failed to import hardware OATH token assignment",
			fmt.Sprintf("User %q does not hold the hardware OATH token with serial number %q (object id %s): %s.", state.UserID.ValueString(), token.SerialNumber, token.ID, holderNow(token)))
	case !held:
		warnOfMove(state, token, diags)
	}
	return token, held
}

// isHeld compares object ids; a user principal name has to be asked about.
func (r *hardwareOathTokenAssignmentResource) isHeld(ctx context.Context, state hardwareOathTokenAssignmentModel, token graph.HardwareOathToken) (bool, error) {
	switch user := state.user(); {
	case token.AssignedTo == nil:
		return false, nil
	case strings.EqualFold(user, token.AssignedTo.ID):
		return true, nil
	case isObjectID(user):
		return false, nil
	default:
		return r.client.HoldsHardwareOathToken(ctx, user, token.ID)
	}
}

func warnOfMove(state hardwareOathTokenAssignmentModel, token graph.HardwareOathToken, diags *diag.Diagnostics) {
	next := "Terraform will assign it to this user again. If that is not wanted, remove this resource from the configuration."
	if token.AssignedTo != nil {
		next = "Terraform will try to assign it to this user again, which Microsoft Graph refuses while the other has it: take it back from there, " +
			"or remove this resource from the configuration."
	}
	diags.AddWarning("Hardware OATH token changed hands outside Terraform",
		fmt.Sprintf("User %q (user %s) no longer has the hardware OATH token with serial number %q: %s. %s",
			state.UserID.ValueString(), state.user(), token.SerialNumber, holderNow(token), next))
}

// holderNow is a clause.
func holderNow(token graph.HardwareOathToken) string {
	if token.AssignedTo == nil {
		return "nobody has it now"
	}
	return "it is assigned to " + holder(*token.AssignedTo)
}

// cutLast cuts around the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+len(separator):], true
}
