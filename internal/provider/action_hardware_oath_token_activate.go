package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var (
	_ action.ActionWithConfigure  = &hardwareOathTokenActivateAction{}
	_ action.ActionWithModifyPlan = &hardwareOathTokenActivateAction{}
)

// NewHardwareOathTokenActivateAction makes the action entra_hardware_oath_token_activate.
func NewHardwareOathTokenActivateAction() action.Action { return &hardwareOathTokenActivateAction{} }

type hardwareOathTokenActivateAction struct {
	actionWithClient
}

type hardwareOathTokenActivateModel struct {
	heldTokenModel

	VerificationCode types.String `tfsdk:"verification_code"`
}

// Metadata implements [action.Action].
func (a *hardwareOathTokenActivateAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "entra_hardware_oath_token_activate"
}

// Schema implements [action.Action].
func (a *hardwareOathTokenActivateAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := heldTokenAttributes(ctx, "activating")
	// Not write-only, as it should be: the framework (v1.19) lets an action declare
	// a write-only argument and then refuses every value of it.
	attributes["verification_code"] = schema.StringAttribute{
		MarkdownDescription: "The six digits that the token shows, as a string, so that leading zeros are kept. Let it come from a variable with `sensitive = true`, so that Terraform does not show it. " +
			"A saved plan file holds it, as it holds all variables; a code is used once.",
		Required:   true,
		Validators: []validator.String{sixDigits{}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Activates an OATH hardware token that a user holds, with a code that is read off it: at the help desk, or at the desk of somebody who can't use Security info. " +
			"A token that is activated already is left as it is. " +
			heldTokenActionNeeds,
		Attributes: attributes,
	}
}

// Invoke implements [action.Action].
func (a *hardwareOathTokenActivateAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	const summary = "Failed to activate hardware OATH token"
	var config hardwareOathTokenActivateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := config.Timeouts.Invoke(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	config.check(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	progress(resp, "Activating %s.", config.describe())
	token, err := a.client.GetHeldHardwareOathToken(ctx, config.UserID.ValueString(), config.TokenID.ValueString())
	if err != nil {
		addGraphError(&resp.Diagnostics, summary, "The activation of "+config.describe(), err)
		return
	}
	if token.Status == graph.StatusActivated {
		progress(resp, "The token (serial number %q) is activated already. The code was not sent.", token.SerialNumber)
		return
	}

	_, err = a.client.ActivateHardwareOathToken(ctx, graph.Activation{
		UserID: config.UserID.ValueString(), Token: token, VerificationCode: config.VerificationCode.ValueString(),
	})
	if err != nil {
		addGraphError(&resp.Diagnostics, summary, "The activation of "+config.describe(), err)
		return
	}
	progress(resp, "Activated: serial number %q.", token.SerialNumber)
}

// ModifyPlan implements [action.ActionWithModifyPlan]: a code that is none must
// not be sent, since Graph takes note of every wrong one.
func (a *hardwareOathTokenActivateAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config hardwareOathTokenActivateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.check(ctx, &resp.Diagnostics)
}

func (m hardwareOathTokenActivateModel) check(ctx context.Context, diags *diag.Diagnostics) {
	m.heldTokenModel.check(ctx, diags)
	checkArgument(ctx, "verification_code", m.VerificationCode, sixDigits{}, diags)
}
