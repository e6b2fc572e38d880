package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

var (
	_ resource.ResourceWithConfigure      = &hardwareOathTokenResource{}
	_ resource.ResourceWithIdentity       = &hardwareOathTokenResource{}
	_ resource.ResourceWithImportState    = &hardwareOathTokenResource{}
	_ resource.ResourceWithModifyPlan     = &hardwareOathTokenResource{}
	_ resource.ResourceWithValidateConfig = &hardwareOathTokenResource{}
)

// The defaults of the timeouts argument. Graph has been seen to ask for waits of
// more than five minutes.
const (
	readTimeout  = 10 * time.Minute
	writeTimeout = 20 * time.Minute
)

// NewHardwareOathTokenResource makes the resource entra_hardware_oath_token.
func NewHardwareOathTokenResource() resource.Resource { return &hardwareOathTokenResource{} }

type hardwareOathTokenResource struct {
	resourceWithClient
}

// Metadata implements [resource.Resource].
func (r *hardwareOathTokenResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = hardwareOathTokenType
}

// Schema implements [resource.Resource].
func (r *hardwareOathTokenResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One OATH hardware token in the tenant's inventory: its seed, and what Microsoft Entra needs to know to check its codes. " +
			"Microsoft Graph changes a token only while nobody holds it, and never tells its seed. " +
			"A serial number exists once in a tenant, so `create_before_destroy` can't replace a token by one with the same serial number.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "The token's object id, a GUID. It is also the id of the user's authentication method while the token is assigned.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"serial_number": schema.StringAttribute{
				MarkdownDescription: "The serial number, often found on the back of the device. It names the token in the tenant; changing it replaces the token.",
				Required:            true,
				Validators:          []validator.String{trimmed{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"manufacturer": schema.StringAttribute{
				MarkdownDescription: "The manufacturer of the token.",
				Required:            true,
				Validators:          []validator.String{trimmed{}},
			},
			"model": schema.StringAttribute{
				MarkdownDescription: "The model of the token.",
				Required:            true,
				Validators:          []validator.String{trimmed{}},
			},
			"time_interval_in_seconds": schema.Int64Attribute{
				MarkdownDescription: "How long a code is valid, in seconds: " + choices(graph.TimeIntervals()) + ".",
				Required:            true,
				Validators:          []validator.Int64{int64validator.OneOf(graph.TimeIntervals()...)},
			},
			"secret_key": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("The seed in Base32, at most %d characters; case, spaces and `=` padding do not matter. "+
					"**It is stored in the state**: prefer `secret_key_wo` with Terraform 1.11 or OpenTofu 1.11 and newer. "+
					"Changing it replaces the token; setting it on an imported token only records it.", totp.MaxSecretLength),
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{base32Secret{}},
			},
			"secret_key_wo": schema.StringAttribute{
				MarkdownDescription: fmt.Sprintf("The seed in Base32, at most %d characters; case, spaces and `=` padding do not matter. "+
					"It is sent when the token is created and stored neither in the state nor in the plan; take it from a variable, a file or an ephemeral resource, since a saved plan holds a copy of the configuration's own text. "+
					"This or `secret_key` is needed to create a token, and neither to import one.", totp.MaxSecretLength),
				Optional:   true,
				Sensitive:  true,
				WriteOnly:  true,
				Validators: []validator.String{base32Secret{}},
			},
			"secret_key_wo_version": schema.Int64Attribute{
				MarkdownDescription: "The version of `secret_key_wo`, by convention `1` at first. Terraform can't see a write-only value change: raising the version replaces the token with the new seed. " +
					fmt.Sprintf("An imported token has version `%d`, so begin with `%[1]d` after an import; another version that is configured within a day of it is recorded without replacing the token.", importedSecretVersion),
				Optional:   true,
				Computed:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"hash_function": schema.StringAttribute{
				MarkdownDescription: "The hash function of the token's codes: " + choices(graph.HashFunctions()) + fmt.Sprintf(". Defaults to `%s`.", graph.HashFunctionSHA1),
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(graph.HashFunctionSHA1),
				Validators:          []validator.String{stringvalidator.OneOf(graph.HashFunctions()...)},
			},
			"display_name": schema.StringAttribute{
				MarkdownDescription: "A friendly name. The person who holds the token can change it: leave it out to let the name be theirs. A name that is set can be changed and not be cleared.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{trimmed{}},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"unassign_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether destroying the resource takes the token back from the user who holds it. Defaults to `false`: destroying an assigned token is an error that names the user. " +
					"Taking back needs the permission `UserAuthenticationMethod.ReadWrite.All`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"status": schema.StringAttribute{
				MarkdownDescription: "Where the token is in its life: " + choices(graph.Statuses()) + ". Null when Microsoft Graph answers a value that this version of the provider does not know.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"assigned_to": schema.SingleNestedAttribute{
				MarkdownDescription: "The user who holds the token; null while nobody does.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
				Attributes: map[string]schema.Attribute{
					"id":           schema.StringAttribute{MarkdownDescription: "The user's object id.", Computed: true},
					"display_name": schema.StringAttribute{MarkdownDescription: "The user's display name.", Computed: true},
				},
			},
			"last_used_date_time": schema.StringAttribute{
				MarkdownDescription: "When the token was last used to sign in, in RFC 3339 form; null until then.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription(writeTimeout, "creating with all waits that Microsoft Graph asks for"),
				Read: true, ReadDescription: timeoutDescription(readTimeout, "reading"),
				Update: true, UpdateDescription: timeoutDescription(writeTimeout, "updating"),
				Delete: true, DeleteDescription: timeoutDescription(writeTimeout, "deleting and taking the token back"),
			}),
		},
	}
}

// IdentitySchema implements [resource.ResourceWithIdentity].
func (r *hardwareOathTokenResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "The token's object id. One of id and serial_number is enough to import.",
				OptionalForImport: true,
			},
			"serial_number": identityschema.StringAttribute{
				Description:       "The token's serial number.",
				OptionalForImport: true,
			},
		},
	}
}

// Create implements [resource.Resource].
func (r *hardwareOathTokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config hardwareOathTokenResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := plan.Timeouts.Create(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	// A secret that was unknown until now is checked here: see ValidateConfig.
	spec, err := plan.toGraph(config.secret())
	if err != nil {
		resp.Diagnostics.AddError("Invalid secret key", fmt.Sprintf("The secret key of the token with serial number %q is not a Base32 secret that Microsoft Entra takes: %v. "+
			"The value is not shown because it is a secret.", plan.SerialNumber.ValueString(), err))
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	token, recovered, err := r.client.CreateHardwareOathToken(ctx, spec)
	if err != nil {
		addGraphError(&resp.Diagnostics, "Failed to create hardware OATH token", plan.describe(), err)
		return
	}
	if recovered {
		resp.Diagnostics.AddWarning("Adopted a token whose creation was not answered",
			fmt.Sprintf("%s was sent to Microsoft Graph, and the answer was lost. The tenant now has an unassigned token with that serial number, manufacturer, model, interval and hash function, "+
				"and Terraform has taken it for the one that it made (object id %s). Microsoft Graph never tells a seed, so the seed could not be compared.", plan.describe(), token.ID))
	}

	resp.Diagnostics.Append(plan.computedFromGraph(ctx, token)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	resp.Diagnostics.Append(privateState{CreatedAt: time.Now().UTC()}.save(ctx, resp.Private)...)
}

// Read implements [resource.Resource].
func (r *hardwareOathTokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state hardwareOathTokenResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Read(ctx, readTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	importing := state.Manufacturer.IsNull()
	token, found := r.find(ctx, state, private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !found && importing {
		resp.Diagnostics.AddError("Failed to import hardware OATH token", fmt.Sprintf("%s is not in the tenant. "+
			"Tokens that were uploaded as CSV in the portal are not in the inventory of Microsoft Graph either, and can't be imported.", state.describe()))
		return
	}
	if !found {
		tflog.Info(ctx, "hardware OATH token is gone", map[string]any{"id": state.ID.ValueString(), "serial_number": state.SerialNumber.ValueString()})
		// CLIs before 1.12 refuse a read without identity, even of what is gone.
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
		resp.State.RemoveResource(ctx)
		return
	}

	resp.Diagnostics.Append(state.fromGraph(ctx, token)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// Update implements [resource.Resource].
func (r *hardwareOathTokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state hardwareOathTokenResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := plan.Timeouts.Update(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	update := plan.changesFrom(state.hardwareOathTokenModel)
	if update != (graph.HardwareOathTokenUpdate{}) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		if err := r.client.UpdateHardwareOathToken(ctx, private.ref(state.ID), update); err != nil {
			addGraphError(&resp.Diagnostics, "Failed to update hardware OATH token", state.describe(), err)
			return
		}
	}

	// Graph answers an update with nothing. What it computes was read in the
	// plan and is the same after any change that an unassigned token can take.
	private.ImportedAt = time.Time{}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// Delete implements [resource.Resource].
func (r *hardwareOathTokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state hardwareOathTokenResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Delete(ctx, writeTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := r.client.DeleteHardwareOathToken(ctx, private.ref(state.ID), state.UnassignOnDestroy.ValueBool()); err != nil {
		addGraphError(&resp.Diagnostics, "Failed to delete hardware OATH token", state.describe(), err)
	}
}

// ImportState implements [resource.ResourceWithImportState]. It only notes what
// was asked for: the read that follows finds it, in one request.
func (r *hardwareOathTokenResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var wanted hardwareOathTokenIdentityModel
	if req.ID != "" {
		wanted = identityFromImportID(req.ID)
	} else {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &wanted)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	wanted.ID, wanted.SerialNumber = textOrNull(wanted.ID.ValueString()), textOrNull(wanted.SerialNumber.ValueString())
	switch {
	case wanted.ID.IsNull() && wanted.SerialNumber.IsNull():
		resp.Diagnostics.AddError("Failed to import hardware OATH token",
			"The import names no token. Give its object id or its serial number: as the id, or in the identity as id or serial_number.")
	case !wanted.ID.IsNull() && !isObjectID(wanted.ID.ValueString()):
		resp.Diagnostics.AddError("Failed to import hardware OATH token",
			fmt.Sprintf("The identity's id is %q, and an object id is a GUID. If it is the number on the token, give it as serial_number.", wanted.ID.ValueString()))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), wanted.ID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("serial_number"), wanted.SerialNumber)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("unassign_on_destroy"), false)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("secret_key_wo_version"), int64(importedSecretVersion))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, wanted)...)
	resp.Diagnostics.Append(privateState{ImportedAt: time.Now().UTC()}.save(ctx, resp.Private)...)
}

// ValidateConfig implements [resource.ResourceWithValidateConfig]. Nothing it
// says has an attribute's path: the CLI would quote the line with the secret.
func (r *hardwareOathTokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config hardwareOathTokenResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.SecretKey.IsNull() {
		return
	}
	if !config.SecretKeyWO.IsNull() {
		resp.Diagnostics.AddError("Two secret keys", "Both secret_key and secret_key_wo are set. Keep one of them: secret_key_wo is not stored in the state.")
		return
	}
	if req.ClientCapabilities.WriteOnlyAttributesAllowed {
		resp.Diagnostics.AddWarning("Secret key is stored in the state",
			"secret_key is stored in the state in clear text. This CLI knows write-only arguments: secret_key_wo with secret_key_wo_version is stored nowhere.")
	}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan]: it decides what a
// change of the secret means, and refuses at plan time what Graph would refuse.
func (r *hardwareOathTokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	var plan, config hardwareOathTokenResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	var state *hardwareOathTokenResourceModel // nil for a creation
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	secret := planSecret(config, plan, state, private)
	resp.Diagnostics.Append(secret.diagnostics...)
	resp.RequiresReplace.Append(secret.replace...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("secret_key"), secret.secretKey)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("secret_key_wo_version"), secret.version)...)
	if state != nil && len(secret.replace) == 0 && plan.SerialNumber.Equal(state.SerialNumber) {
		resp.Diagnostics.Append(refuseUpdateOfAssigned(plan.hardwareOathTokenModel, state.hardwareOathTokenModel)...)
	}
}

func timeoutDescription(preset time.Duration, what string) string {
	return fmt.Sprintf("How long %s may take, as a duration such as \"90s\" or \"1h30m\". Defaults to \"%.0fm\".", what, preset.Minutes())
}
