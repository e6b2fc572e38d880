package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var (
	_ action.ActionWithConfigure  = &hardwareOathTokenDeactivateAction{}
	_ action.ActionWithModifyPlan = &hardwareOathTokenDeactivateAction{}
)

// NewHardwareOathTokenDeactivateAction makes the action entra_hardware_oath_token_deactivate.
func NewHardwareOathTokenDeactivateAction() action.Action {
	return &hardwareOathTokenDeactivateAction{}
}

type hardwareOathTokenDeactivateAction struct {
	actionWithClient
}

// Metadata implements [action.Action].
func (a *hardwareOathTokenDeactivateAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "entra_hardware_oath_token_deactivate"
}

// Schema implements [action.Action].
func (a *hardwareOathTokenDeactivateAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Deactivates an OATH hardware token that a user holds: it signs nobody in until it is activated again, and stays assigned to the user. " +
			"A token that is not activated is left as it is. " +
			heldTokenActionNeeds,
		Attributes: heldTokenAttributes(ctx, "deactivating"),
	}
}

// Invoke implements [action.Action].
func (a *hardwareOathTokenDeactivateAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	const summary = "Failed to deactivate hardware OATH token"
	var config heldTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := config.Timeouts.Invoke(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	config.check(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	progress(resp, "Deactivating %s.", config.describe())
	token, err := a.client.GetHeldHardwareOathToken(ctx, config.UserID.ValueString(), config.TokenID.ValueString())
	if err != nil {
		addGraphError(&resp.Diagnostics, summary, "The deactivation of "+config.describe(), err)
		return
	}
	if token.Status != graph.StatusActivated && token.Status != "" {
		progress(resp, "The token (serial number %q) is not activated: its status is %s. Nothing was sent.", token.SerialNumber, token.Status)
		return
	}

	if err := a.client.DeactivateHardwareOathToken(ctx, config.UserID.ValueString(), config.TokenID.ValueString()); err != nil {
		addGraphError(&resp.Diagnostics, summary, "The deactivation of "+config.describe(), err)
		return
	}
	progress(resp, "Deactivated: serial number %q. The user keeps the token.", token.SerialNumber)
}

// ModifyPlan implements [action.ActionWithModifyPlan].
func (a *hardwareOathTokenDeactivateAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config heldTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.check(ctx, &resp.Diagnostics)
}
