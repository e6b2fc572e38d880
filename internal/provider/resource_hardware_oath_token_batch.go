package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

var (
	_ resource.ResourceWithConfigure      = &hardwareOathTokenBatchResource{}
	_ resource.ResourceWithImportState    = &hardwareOathTokenBatchResource{}
	_ resource.ResourceWithModifyPlan     = &hardwareOathTokenBatchResource{}
	_ resource.ResourceWithValidateConfig = &hardwareOathTokenBatchResource{}
)

// batchWriteTimeout is the default for creating, updating and deleting a batch.
// Graph lets one application write 3,000 times in 150 seconds: 5,000 deletions
// take five minutes, and waits of several minutes that Graph asks for add up.
const batchWriteTimeout = time.Hour

// maxTokensPerRequest is a bound against slips: no limit of Graph's is documented.
const maxTokensPerRequest = 1000

// NewHardwareOathTokenBatchResource makes the resource entra_hardware_oath_token_batch.
func NewHardwareOathTokenBatchResource() resource.Resource { return &hardwareOathTokenBatchResource{} }

type hardwareOathTokenBatchResource struct {
	resourceWithClient
}

// Metadata implements [resource.Resource].
func (r *hardwareOathTokenBatchResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = hardwareOathTokenBatchType
}

// Schema implements [resource.Resource].
func (r *hardwareOathTokenBatchResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A delivery of OATH hardware tokens as one resource: thousands of tokens are created by bulk requests, read by one list, and deleted and changed 20 in a request. " +
			"Tokens can be added, changed and taken out at any time. " +
			"When some tokens can't be created, the others are: the first apply then ends with a **warning** that names each bad serial number, since Terraform would replace a resource whose creation failed, and with it every token that was created. " +
			"Such tokens are in the state with a null `id`, and the next apply creates them in place. Give the resource the postcondition of the example to make such an apply fail.",
		Attributes: map[string]schema.Attribute{
			"tokens": schema.MapNestedAttribute{
				MarkdownDescription: "The tokens by serial number. The `tokens` of the function `parse_seed_file` can be given as they are.",
				Required:            true,
				Validators:          []validator.Map{mapvalidator.SizeAtLeast(1), serialNumberKeys{}, completeTokens{}},
				NestedObject:        schema.NestedAttributeObject{Attributes: batchTokenAttributes()},
			},
			"secret_keys": schema.MapAttribute{
				MarkdownDescription: fmt.Sprintf("The seeds by serial number, each in Base32, at most %d characters; case, spaces and `=` padding do not matter. It may hold more serial numbers than `tokens`. "+
					"**It is stored in the state**: prefer `secret_keys_wo` with Terraform 1.11 or OpenTofu 1.11 and newer. "+
					"Another seed for a serial number deletes and creates that one token; setting it on an imported batch only records it.", totp.MaxSecretLength),
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
			},
			"secret_keys_wo": schema.MapAttribute{
				MarkdownDescription: fmt.Sprintf("The seeds by serial number, each in Base32, at most %d characters; case, spaces and `=` padding do not matter. It may hold more serial numbers than `tokens`. "+
					"They are sent when tokens are created and stored neither in the state nor in the plan; take them from the ephemeral resource `entra_seed_file`, since a saved plan holds a copy of the configuration's own text. "+
					"This or `secret_keys` is needed for tokens that are to be created, and not to import.", totp.MaxSecretLength),
				ElementType: types.StringType,
				Optional:    true,
				Sensitive:   true,
				WriteOnly:   true,
			},
			"secret_keys_wo_version": schema.Int64Attribute{
				MarkdownDescription: "The version of `secret_keys_wo`, by convention `1` at first. Terraform can't see a write-only value change: raising the version **replaces the whole batch** with the new seeds. Added tokens need no new version. " +
					"To give one token a new seed, take it out of `tokens`, apply, and put it back. " +
					fmt.Sprintf("An imported batch has version `%d`, so begin with `%[1]d` after an import; another version that is configured within a day of it is recorded without replacing anything.", importedSecretVersion),
				Optional:   true,
				Computed:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"unassign_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether deleting a token, because it was taken out of `tokens` or because the batch is destroyed, takes it back from the user who holds it. Defaults to `false`: deleting an assigned token is an error that names the user. " +
					"Taking back needs the permission `UserAuthenticationMethod.ReadWrite.All`.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"tokens_per_request": schema.Int64Attribute{
				MarkdownDescription: fmt.Sprintf("How many tokens one bulk request creates, from 1 to %d. Defaults to %d: a hundredth of the tokens in requests, while more per request saves little, makes the body with its seeds larger, "+
					"and leaves more tokens in doubt when an answer is lost. Which number is the most that Microsoft Graph takes is not documented: the provider halves a request that Graph refuses, and goes on with what Graph takes.",
					maxTokensPerRequest, graph.DefaultTokensPerRequest),
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(1, maxTokensPerRequest)},
			},
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, CreateDescription: timeoutDescription(batchWriteTimeout, "creating all tokens with all waits that Microsoft Graph asks for"),
				Read: true, ReadDescription: timeoutDescription(readTimeout, "reading"),
				Update: true, UpdateDescription: timeoutDescription(batchWriteTimeout, "deleting, changing and creating tokens"),
				Delete: true, DeleteDescription: timeoutDescription(batchWriteTimeout, "deleting all tokens and taking them back"),
			}),
		},
	}
}

// batchTokenAttributes have no plan modifiers: the whole map is planned at once.
// What is required is optional in the schema, and demanded by completeTokens:
// the framework takes a required attribute of an element that is unknown as a
// whole for missing, and such elements are what terraform validate makes of
// variables (terraform-plugin-framework issue 186).
func batchTokenAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"manufacturer": schema.StringAttribute{
			MarkdownDescription: "The manufacturer of the token. Required.",
			Optional:            true,
			Validators:          []validator.String{trimmed{}},
		},
		"model": schema.StringAttribute{
			MarkdownDescription: "The model of the token. Required.",
			Optional:            true,
			Validators:          []validator.String{trimmed{}},
		},
		"time_interval_in_seconds": schema.Int64Attribute{
			MarkdownDescription: "How long a code is valid, in seconds: " + choices(graph.TimeIntervals()) + ". Required.",
			Optional:            true,
			Validators:          []validator.Int64{int64validator.OneOf(graph.TimeIntervals()...)},
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
		},
		"id": schema.StringAttribute{
			MarkdownDescription: "The token's object id, a GUID; null for a token that could not be created yet.",
			Computed:            true,
		},
		"status": schema.StringAttribute{
			MarkdownDescription: "Where the token is in its life: " + choices(graph.Statuses()) + ". Null when Microsoft Graph answers a value that this version of the provider does not know.",
			Computed:            true,
		},
	}
}

// Create implements [resource.Resource]. Terraform would replace a resource
// whose creation failed, and take every token that was made with it: so what
// could not be made is a warning, stands in the state without an id, and is
// made by the next apply, in place.
func (r *hardwareOathTokenBatchResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config hardwareOathTokenBatchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := plan.Timeouts.Create(ctx, batchWriteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var private privateState
	tokens := batchTokensFrom(plan.Tokens)
	made := r.create(ctx, tokens, tokens.serialNumbers(), config, &private, &resp.Diagnostics)
	summary := failedTo("create", len(made.failures), len(tokens))
	if len(made.failures) == len(tokens) {
		resp.Diagnostics.AddError(summary, "None of the tokens was created:\n\n"+describeFailures(ctx, made.failures))
		return
	}
	if len(made.failures) > 0 {
		resp.Diagnostics.AddWarning(summary, describeFailures(ctx, made.failures)+
			"\n\nThe other tokens were created and are in the state. Put right what is wrong and apply again: the next plan creates only what is missing, in place. "+
			"This is no error, because Terraform would replace the whole batch after an error.")
	}

	for serialNumber, token := range tokens {
		if known, ok := made.tokens[serialNumber]; ok {
			tokens[serialNumber] = known
		} else {
			tokens[serialNumber] = token.notMade()
		}
	}
	plan.Tokens, diags = tokens.value()
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// Read implements [resource.Resource].
func (r *hardwareOathTokenBatchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state hardwareOathTokenBatchModel
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
	tokens := batchTokensFrom(state.Tokens)
	if len(tokens) == 0 { // an import has noted serial numbers only
		tokens = r.findAll(ctx, slices.Sorted(elementKeys(state.Tokens)), &resp.Diagnostics)
	} else {
		r.refresh(ctx, tokens, private, &resp.Diagnostics)
		r.claim(ctx, tokens, &private, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if len(tokens.refs(private, nil))+len(private.Unlisted)+len(private.Lost) == 0 {
		tflog.Info(ctx, "all hardware OATH tokens of the batch are gone")
		resp.State.RemoveResource(ctx)
		return
	}

	state.Tokens, diags = tokens.value()
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
}

// Update implements [resource.Resource]. Deletions come first, since a token
// that is made again needs its serial number. Whatever fails, the state is what
// is real: an error does not make Terraform replace a resource that exists.
func (r *hardwareOathTokenBatchResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config hardwareOathTokenBatchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := plan.Timeouts.Update(ctx, batchWriteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	u := batchUpdate{hardwareOathTokenBatchResource: r, plan: batchTokensFrom(plan.Tokens), prior: batchTokensFrom(state.Tokens), tokens: batchTokensFrom(state.Tokens), private: private}
	r.claim(ctx, u.tokens, &u.private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	kept := u.delete(ctx, plan.UnassignOnDestroy.ValueBool())
	u.edit(ctx)
	u.private.warnOfUnseen(u.plan, &u.diagnostics)
	u.grow(ctx, config, kept)
	resp.Diagnostics.Append(u.diagnostics...)

	plan.Tokens, diags = u.tokens.value()
	resp.Diagnostics.Append(diags...)
	plan.SecretKeys, diags = secretsAfter(plan.SecretKeys, state.SecretKeys, kept)
	resp.Diagnostics.Append(diags...)
	u.private.ImportedAt, u.private.Planned = time.Time{}, false
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(u.private.save(ctx, resp.Private)...)
}

// Delete implements [resource.Resource]. What could not be deleted stays in the
// state, and only that.
func (r *hardwareOathTokenBatchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state hardwareOathTokenBatchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Delete(ctx, batchWriteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tokens := batchTokensFrom(state.Tokens)
	r.claim(ctx, tokens, &private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	for serialNumber, token := range tokens {
		if !token.exists() {
			delete(tokens, serialNumber)
		}
	}
	total := len(tokens)
	failures := r.remove(ctx, tokens, tokens.serialNumbers(), private, state.UnassignOnDestroy.ValueBool())
	private.warnOfUnseen(nil, &resp.Diagnostics)
	if len(failures) == 0 {
		return
	}

	resp.Diagnostics.AddError(failedTo("delete", len(failures), total), describeFailures(ctx, failures))
	state.Tokens, diags = tokens.value()
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// ImportState implements [resource.ResourceWithImportState]. It only notes the
// serial numbers: the read that follows finds them, by one list.
func (r *hardwareOathTokenBatchResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	serialNumbers, err := serialNumbersFromImportID(req.ID)
	if err != nil {
		resp.Diagnostics.AddError("Failed to import hardware OATH tokens", sentence(err))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("tokens"), noted(serialNumbers))...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("unassign_on_destroy"), false)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("secret_keys_wo_version"), int64(importedSecretVersion))...)
	resp.Diagnostics.Append(privateState{ImportedAt: time.Now().UTC()}.save(ctx, resp.Private)...)
}

// ValidateConfig implements [resource.ResourceWithValidateConfig]. Nothing it
// says of a secret has an attribute's path: the CLI would quote the line with it.
func (r *hardwareOathTokenBatchResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config hardwareOathTokenBatchModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	refuseBadSecrets(config, &resp.Diagnostics)
	if config.SecretKeys.IsNull() {
		return
	}
	if !config.SecretKeysWO.IsNull() {
		resp.Diagnostics.AddError("Two maps of secret keys", "Both secret_keys and secret_keys_wo are set. Keep one of them: secret_keys_wo is not stored in the state.")
		return
	}
	if req.ClientCapabilities.WriteOnlyAttributesAllowed {
		resp.Diagnostics.AddWarning("Secret keys are stored in the state",
			"secret_keys is stored in the state in clear text. This CLI knows write-only arguments: secret_keys_wo with secret_keys_wo_version is stored nowhere.")
	}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan].
func (r *hardwareOathTokenBatchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	p := batchPlan{client: r.client}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &p.plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &p.config)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &p.state)...)
	}
	private, diags := loadPrivateState(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	p.private = private
	if p.state != nil {
		p.prior = batchTokensFrom(p.state.Tokens)
		private.Planned = true
		resp.Diagnostics.Append(private.save(ctx, resp.Private)...)
	}
	p.decideSecrets()
	if !p.plan.Tokens.IsUnknown() {
		p.decideTokens()
	}
	p.check(ctx)
	resp.Diagnostics.Append(p.diagnostics...)
	resp.RequiresReplace.Append(p.replace...)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, p.plan)...)
}
