package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// planCreation plans a new assignment: all that Graph tells is unknown.
func (m *hardwareOathTokenAssignmentModel) planCreation(config hardwareOathTokenAssignmentModel) {
	m.SecretKeyWOVersion = config.SecretKeyWOVersion
	for _, attribute := range []*types.String{&m.ID, &m.UserObjectID, &m.SerialNumber, &m.Status} {
		*attribute = types.StringUnknown()
	}
	m.DisplayName = config.DisplayName
	if config.DisplayName.IsNull() {
		m.DisplayName = types.StringUnknown()
	}
}

// planUpdate plans what stays the same and what becomes of the activation. The
// status is planned, so that a token whose activation failed, or was undone,
// shows as an update that activates it. A name that the configuration gave until
// now, and no longer gives, is the holder's again.
func (m *hardwareOathTokenAssignmentModel) planUpdate(config, state hardwareOathTokenAssignmentModel, named bool) {
	m.ID, m.UserObjectID, m.SerialNumber, m.Status = state.ID, state.UserObjectID, state.SerialNumber, state.Status
	m.SecretKeyWOVersion, m.DisplayName = config.SecretKeyWOVersion, config.DisplayName
	if config.SecretKeyWOVersion.IsNull() {
		m.SecretKeyWOVersion = state.SecretKeyWOVersion
	}
	switch {
	case config.DisplayName.IsNull() && named:
		m.DisplayName = types.StringUnknown()
	case config.DisplayName.IsNull():
		m.DisplayName = state.DisplayName
	}
	switch {
	case m.Activate.IsUnknown():
		m.Status = types.StringUnknown()
	case m.needsActivation(state):
		m.Status = types.StringValue(graph.StatusActivated)
	case m.needsDeactivation(state):
		m.Status = types.StringValue(graph.StatusAssigned)
	}
}

// needsActivation reports whether the update must activate the token. A status
// that this version does not know is no reason to.
func (m hardwareOathTokenAssignmentModel) needsActivation(state hardwareOathTokenAssignmentModel) bool {
	undone := isKnown(state.Status) && state.Status.ValueString() != graph.StatusActivated
	return m.Activate.ValueBool() && (undone || m.renames(state))
}

// renames reports whether the token is to have another name, which Graph takes
// only with an activation.
func (m hardwareOathTokenAssignmentModel) renames(state hardwareOathTokenAssignmentModel) bool {
	return isKnown(m.DisplayName) && !m.DisplayName.Equal(state.DisplayName)
}

func (m hardwareOathTokenAssignmentModel) needsDeactivation(state hardwareOathTokenAssignmentModel) bool {
	return !m.Activate.IsNull() && !m.Activate.ValueBool() && state.Status.ValueString() == graph.StatusActivated
}

// missingCode is the error for an activation that has nothing to make a code of.
func (m hardwareOathTokenAssignmentModel) missingCode(config hardwareOathTokenAssignmentModel) diag.Diagnostics {
	var diags diag.Diagnostics
	if config.SecretKeyWO.IsNull() && config.VerificationCodeWO.IsNull() {
		diags.AddAttributeError(path.Root("activate"), "Missing secret key or verification code",
			fmt.Sprintf("%s needs a code: set secret_key_wo, to have it computed from the token's seed, or verification_code_wo, a code that was read off the token. "+
				"Or leave activate out, and let the person activate the token.", m.describeActivation()))
	}
	return diags
}

// planReplacement decides whether another token or another user is meant, and
// puts back what is only spelled otherwise: that is no change.
func (r *hardwareOathTokenAssignmentResource) planReplacement(ctx context.Context, plan *hardwareOathTokenAssignmentModel, state hardwareOathTokenAssignmentModel, diags *diag.Diagnostics) (replace path.Paths) {
	if !plan.TokenID.IsUnknown() && strings.EqualFold(plan.TokenID.ValueString(), state.TokenID.ValueString()) {
		plan.TokenID = state.TokenID
	} else {
		replace.Append(path.Root("token_id"))
	}
	wanted := plan.UserID.ValueString()
	switch {
	case len(replace) > 0:
		return replace
	case plan.UserID.IsUnknown():
		replace.Append(path.Root("user_id"))
	case strings.EqualFold(wanted, state.UserID.ValueString()), r.isSameUser(ctx, wanted, state, diags):
		plan.UserID = state.UserID
	default:
		replace.Append(path.Root("user_id"))
	}
	return replace
}

// changes reports whether an update is planned, whatever it is about.
func (m hardwareOathTokenAssignmentModel) changes(state hardwareOathTokenAssignmentModel) bool {
	return !m.Activate.Equal(state.Activate) || !m.SecretKeyWOVersion.Equal(state.SecretKeyWOVersion) ||
		!m.DisplayName.Equal(state.DisplayName) || !m.Status.Equal(state.Status) || !m.Timeouts.Equal(state.Timeouts)
}

// isSameUser reports whether another spelling names the user who has the token:
// one GET for a user principal name, and none for an object id.
func (r *hardwareOathTokenAssignmentResource) isSameUser(ctx context.Context, user string, state hardwareOathTokenAssignmentModel, diags *diag.Diagnostics) bool {
	if isObjectID(user) || r.client == nil {
		return strings.EqualFold(user, state.UserObjectID.ValueString())
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	holds, err := r.client.HoldsHardwareOathToken(ctx, user, state.TokenID.ValueString())
	if err != nil {
		addGraphError(diags, "Failed to read hardware OATH token assignment",
			fmt.Sprintf("Whether user %q is the one who has %s", user, state.token()), err)
	}
	return holds
}
