package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var (
	_ resource.ResourceWithConfigure      = &hardwareOathTokenAssignmentResource{}
	_ resource.ResourceWithIdentity       = &hardwareOathTokenAssignmentResource{}
	_ resource.ResourceWithImportState    = &hardwareOathTokenAssignmentResource{}
	_ resource.ResourceWithModifyPlan     = &hardwareOathTokenAssignmentResource{}
	_ resource.ResourceWithValidateConfig = &hardwareOathTokenAssignmentResource{}
)

// NewHardwareOathTokenAssignmentResource makes the resource entra_hardware_oath_token_assignment.
func NewHardwareOathTokenAssignmentResource() resource.Resource {
	return &hardwareOathTokenAssignmentResource{}
}

type hardwareOathTokenAssignmentResource struct {
	resourceWithClient
}

// Metadata implements [resource.Resource].
func (r *hardwareOathTokenAssignmentResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = hardwareOathTokenAssignmentType
	// After an assignment that could not be read the identity holds the user
	// principal name, until a refresh learns the object id.
	resp.ResourceBehavior.MutableIdentity = true
}

// Schema implements [resource.Resource].
func (r *hardwareOathTokenAssignmentResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Gives an OATH hardware token to a user, and activates it if asked to. Destroying the resource takes the token back: it returns to the tenant's inventory. " +
			"Microsoft Graph needs the permissions `UserAuthenticationMethod.ReadWrite.All` and `Policy.Read.All` for it; a signed-in user needs a role too, Authentication Administrator, or Privileged Authentication Administrator for an administrator's token. " +
			"A token has one holder at a time, so `create_before_destroy` can't pass it on to another user.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "The user's object id and the token's, with a slash between them.",
				Computed:            true,
			},
			"token_id": schema.StringAttribute{
				MarkdownDescription: "The token's object id: the `id` of an `entra_hardware_oath_token`. Changing it takes the one token back and gives the other.",
				Required:            true,
				Validators:          []validator.String{objectID{}},
			},
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The user's object id or user principal name. Another spelling of the same user is no change; it is recorded with the next update, and until then a user principal name in place of an object id costs a request in each plan. Another user takes the token back first.",
				Required:            true,
				Validators:          []validator.String{userName{}},
			},
			"activate": schema.BoolAttribute{
				MarkdownDescription: "Whether the token is activated. Leave it out, as recommended, to let the person activate it with a code from the token: that proves that the person has it, and lets Microsoft Entra learn the drift of its clock, " +
					"while a code that is computed from the seed proves the seed alone. " +
					"`true` activates the token, with a code from `secret_key_wo` or `verification_code_wo`, and again whenever it is found not activated; `false` deactivates it. " +
					"An activation that fails when the token is assigned is a warning, and the user keeps the token: after an error Terraform would take it back and assign it anew. The next plan shows an update that tries again, and a failure of that is an error.",
				Optional: true,
			},
			"secret_key_wo": schema.StringAttribute{
				MarkdownDescription: "The token's seed in Base32, to compute the code from: with the interval and the hash function that Microsoft Graph lists for the token, and by Microsoft Graph's clock. " +
					"It is used when the token is activated, sent nowhere, and stored neither in the state nor in the plan.",
				Optional:   true,
				Sensitive:  true,
				WriteOnly:  true,
				Validators: []validator.String{base32Secret{}},
			},
			"secret_key_wo_version": schema.Int64Attribute{
				MarkdownDescription: "The version of `secret_key_wo`, by convention `1` at first. It is only recorded: an activation that failed is tried again at every apply, and a token with another seed is another token.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"verification_code_wo": schema.StringAttribute{
				MarkdownDescription: "Six digits that the token shows, instead of `secret_key_wo`. The code is used when the token is activated, and stored nowhere.",
				Optional:            true,
				Sensitive:           true,
				WriteOnly:           true,
				Validators:          []validator.String{sixDigits{}},
			},
			"display_name": schema.StringAttribute{
				MarkdownDescription: "A friendly name, which Microsoft Graph takes with an activation alone: it needs `activate = true`, and changing it activates the token again, with a new code. " +
					"The person who holds the token can rename it, which is no drift here. Left out, it is the name that the token has.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{trimmed{}},
			},
			"user_object_id": schema.StringAttribute{
				MarkdownDescription: "The user's object id, however `user_id` names the user.",
				Computed:            true,
			},
			"serial_number": schema.StringAttribute{
				MarkdownDescription: "The token's serial number.",
				Computed:            true,
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "Where the token is in its life: " + choices(graph.Statuses()) + ". Null when Microsoft Graph answers a value that this version of the provider does not know.",
				Computed:            true,
			},
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription(writeTimeout, "assigning and activating, with all waits that Microsoft Graph asks for,"),
				Read: true, ReadDescription: timeoutDescription(readTimeout, "reading"),
				Update: true, UpdateDescription: timeoutDescription(writeTimeout, "activating or deactivating"),
				Delete: true, DeleteDescription: timeoutDescription(writeTimeout, "taking the token back"),
			}),
		},
	}
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *hardwareOathTokenAssignmentResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"user_id": identityschema.StringAttribute{
				Description:       "The user's object id; for an import the user principal name will do.",
				RequiredForImport: true,
			},
			"token_id": identityschema.StringAttribute{
				Description:       "The token's object id.",
				RequiredForImport: true,
			},
		},
	}
}

// Create implements [resource.Resource]. Once the token is assigned nothing is
// an error: it would make Terraform take the token back from the person.
func (r *hardwareOathTokenAssignmentResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config hardwareOathTokenAssignmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := plan.Timeouts.Create(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	private := assignmentPrivateState{Named: !config.DisplayName.IsNull()}
	token, err := r.client.AssignHardwareOathToken(ctx, graph.HardwareOathTokenRef{ID: plan.TokenID.ValueString()}, plan.UserID.ValueString())
	private.AssignedAt = time.Now().UTC()
	var unconfirmed *graph.UnconfirmedError
	switch {
	case errors.As(err, &unconfirmed):
		plan.unconfirmed()
		next := "The next refresh reads it."
		if plan.Activate.ValueBool() {
			next = "It is not activated: the next terraform apply reads it and does that."
		}
		resp.Diagnostics.AddWarning("Assigned a token that could not be read",
			fmt.Sprintf("%s was carried out. Reading the token afterwards failed: %s\n\n%s", plan.describe(), brief(unconfirmed.Err), next))
	case err != nil:
		addGraphError(&resp.Diagnostics, "Failed to create hardware OATH token assignment", plan.describe(), err)
		return
	default:
		plan.fromGraph(token, private.Named)
		if plan.Activate.ValueBool() {
			r.activateNew(ctx, &plan, config, token, private, resp)
		}
	}

	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	resp.Diagnostics.Append(savePrivate(ctx, resp.Private, private)...)
}

// activateNew activates a token that was just assigned. A failure is a warning:
// see the description of activate.
func (r *hardwareOathTokenAssignmentResource) activateNew(ctx context.Context, plan *hardwareOathTokenAssignmentModel, config hardwareOathTokenAssignmentModel, token graph.HardwareOathToken, private assignmentPrivateState, resp *resource.CreateResponse) {
	token, err := r.client.ActivateHardwareOathToken(ctx, plan.activation(config, token, private.AssignedAt))
	plan.fromGraph(token, private.Named)
	if err != nil {
		resp.Diagnostics.AddWarning("Assigned a token and did not activate it",
			fmt.Sprintf("%s %s\n\nThe token is assigned, and stays so. The next terraform apply tries to activate it again.", plan.describeActivation(), describe(err)))
	}
}

// Read implements [resource.Resource].
func (r *hardwareOathTokenAssignmentResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state hardwareOathTokenAssignmentModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := loadPrivate[assignmentPrivateState](ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Read(ctx, readTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	token, held := r.find(ctx, state, private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !held {
		tflog.Info(ctx, "hardware OATH token assignment is gone", map[string]any{"token_id": state.TokenID.ValueString(), "user_object_id": state.UserObjectID.ValueString()})
		// CLIs before 1.12 refuse a read without identity, even of what is gone.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.State.RemoveResource(ctx)
		return
	}

	state.fromGraph(token, private.Named)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// Update implements [resource.Resource].
func (r *hardwareOathTokenAssignmentResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config hardwareOathTokenAssignmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	private, diags := loadPrivate[assignmentPrivateState](ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := plan.Timeouts.Update(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	private.Named = !config.DisplayName.IsNull()
	if plan.DisplayName.IsUnknown() {
		plan.DisplayName = state.DisplayName // a refresh learns what the holder calls it
	}
	switch {
	case plan.needsActivation(state):
		r.activate(ctx, &plan, state, config, private, resp)
	case plan.needsDeactivation(state):
		if err := r.client.DeactivateHardwareOathToken(ctx, state.user(), state.TokenID.ValueString()); err != nil {
			addGraphError(&resp.Diagnostics, "Failed to deactivate hardware OATH token", state.describe(), err)
			return
		}
		plan.Status = types.StringValue(graph.StatusAssigned)
	case plan.Status.IsUnknown():
		plan.Status = state.Status
	}

	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	resp.Diagnostics.Append(savePrivate(ctx, resp.Private, private)...)
}

// activate activates a token that was assigned in an earlier run. What the plan
// then says of the token is true, after a failure too.
func (r *hardwareOathTokenAssignmentResource) activate(ctx context.Context, plan *hardwareOathTokenAssignmentModel, state, config hardwareOathTokenAssignmentModel, private assignmentPrivateState, resp *resource.UpdateResponse) {
	const summary = "Failed to activate hardware OATH token"
	plan.Status = state.Status
	token, err := r.client.GetAssignedHardwareOathToken(ctx, state.ref(private))
	switch {
	case err != nil:
		addGraphError(&resp.Diagnostics, summary, plan.describeActivation(), err)
	case token.AssignedTo == nil || !strings.EqualFold(token.AssignedTo.ID, state.UserObjectID.ValueString()):
		resp.Diagnostics.AddError(summary, fmt.Sprintf("%s was not tried: %s. Run terraform plan again.", plan.describeActivation(), holderNow(token)))
	default:
		if token, err = r.client.ActivateHardwareOathToken(ctx, plan.activation(config, token, private.AssignedAt)); err != nil {
			addGraphError(&resp.Diagnostics, summary, plan.describeActivation(), err)
		}
		plan.Status = textOrNull(token.Status)
		if err == nil {
			plan.Status = types.StringValue(graph.StatusActivated)
		}
	}
	if resp.Diagnostics.HasError() {
		plan.DisplayName = state.DisplayName // for the next apply to see the difference
	}
}

// Delete implements [resource.Resource].
func (r *hardwareOathTokenAssignmentResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state hardwareOathTokenAssignmentModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	const summary = "Failed to delete hardware OATH token assignment"
	err := r.client.UnassignHardwareOathToken(ctx, state.TokenID.ValueString(), state.user())
	switch {
	case graph.IsNotFound(err):
		resp.Diagnostics.AddError(summary, state.describe()+" "+describe(err)+"\n\n"+
			"The inventory still shows the token as this user's, as it may after the account was deleted. Restore the account and destroy again, or forget the assignment with terraform state rm.")
	case err != nil:
		addGraphError(&resp.Diagnostics, summary, state.describe(), err)
	}
}

// ImportState implements [resource.ResourceWithImportState]. It only notes what
// was asked for: the read that follows finds it.
func (r *hardwareOathTokenAssignmentResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var wanted hardwareOathTokenAssignmentIdentityModel
	if req.ID != "" {
		user, token, _ := cutLast(req.ID, "/")
		wanted.UserID, wanted.TokenID = types.StringValue(user), types.StringValue(token)
	} else {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &wanted)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if wanted.UserID.ValueString() == "" || !isObjectID(wanted.TokenID.ValueString()) {
		resp.Diagnostics.AddError("Failed to import hardware OATH token assignment",
			fmt.Sprintf("The import names user %q and token %q. An assignment is named by the user's object id or user principal name, and by the token's object id, a GUID: USER/TOKEN_ID, or user_id and token_id in the identity.",
				wanted.UserID.ValueString(), wanted.TokenID.ValueString()))
		return
	}

	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("token_id"), wanted.TokenID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("user_id"), wanted.UserID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("secret_key_wo_version"), int64(importedSecretVersion))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, wanted)...)
}

// ValidateConfig implements [resource.ResourceWithValidateConfig]. What it says
// of secrets has no attribute's path: the CLI would quote the line.
func (r *hardwareOathTokenAssignmentResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config hardwareOathTokenAssignmentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.SecretKeyWO.IsNull() && !config.VerificationCodeWO.IsNull() && !config.SecretKeyWO.IsUnknown() && !config.VerificationCodeWO.IsUnknown() {
		resp.Diagnostics.AddError("Two sources of a code", "Both secret_key_wo and verification_code_wo are set, and one code activates the token. Keep one of them.")
	}
	if isKnown(config.DisplayName) && !config.Activate.IsUnknown() && !config.Activate.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("display_name"), "Name without activation",
			"Microsoft Graph takes a name only with an activation. Set activate = true, leave display_name out, or name the token in its own resource before it is assigned.")
	}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *hardwareOathTokenAssignmentResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	var plan, config hardwareOathTokenAssignmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	var state *hardwareOathTokenAssignmentModel // nil for a creation
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	if state != nil {
		resp.RequiresReplace = r.planReplacement(ctx, &plan, *state, &resp.Diagnostics)
	}
	if state == nil || len(resp.RequiresReplace) > 0 {
		plan.planCreation(config)
	} else {
		private, diags := loadPrivate[assignmentPrivateState](ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		plan.planUpdate(config, *state, private.Named)
		if plan.changes(*state) {
			plan.UserID = config.UserID // another spelling is recorded when there is an update anyway
		}
	}
	if plan.Activate.ValueBool() && (plan.ID.IsUnknown() || plan.needsActivation(*state)) {
		resp.Diagnostics.Append(plan.missingCode(config)...)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}
