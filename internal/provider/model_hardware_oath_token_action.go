package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// heldTokenModel is what every action on a token that somebody holds takes.
type heldTokenModel struct {
	TokenID  types.String   `tfsdk:"token_id"`
	UserID   types.String   `tfsdk:"user_id"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// heldTokenActionNeeds ends the description of such an action.
const heldTokenActionNeeds = "Actions need Terraform 1.14 or newer. Microsoft Graph needs the permission `UserAuthenticationMethod.ReadWrite.All` for it; " +
	"a signed-in user needs a role too, Authentication Administrator, or Privileged Authentication Administrator for an administrator's token. " +
	"With `Policy.Read.All` beside it errors can tell who has the token instead."

// heldTokenAttributes are the attributes of heldTokenModel.
func heldTokenAttributes(ctx context.Context, doing string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"token_id": schema.StringAttribute{
			MarkdownDescription: "The token's object id: the `id` of an `entra_hardware_oath_token`.",
			Required:            true,
			Validators:          []validator.String{objectID{}},
		},
		"user_id": schema.StringAttribute{
			MarkdownDescription: "The object id or user principal name of the user who holds the token.",
			Required:            true,
			Validators:          []validator.String{userName{}},
		},
		"timeouts": timeouts.AttributesWithOpts(ctx, timeouts.Opts{
			InvokeDescription: timeoutDescription(writeTimeout, doing+", with all waits that Microsoft Graph asks for,"),
		}),
	}
}

// check repeats what the schema's validators check: Terraform has them validate
// an action only while no variable has its value yet. What is unknown in the plan
// is checked when the action is invoked.
func (m heldTokenModel) check(ctx context.Context, diags *diag.Diagnostics) {
	checkArgument(ctx, "token_id", m.TokenID, objectID{}, diags)
	checkArgument(ctx, "user_id", m.UserID, userName{}, diags)
}

func checkArgument(ctx context.Context, name string, value types.String, valid validator.String, diags *diag.Diagnostics) {
	if value.IsNull() {
		diags.AddError("Missing argument", fmt.Sprintf("The argument %s is null, and the action needs it.", name))
		return
	}
	resp := validator.StringResponse{}
	valid.ValidateString(ctx, validator.StringRequest{Path: path.Root(name), ConfigValue: value}, &resp)
	diags.Append(resp.Diagnostics...)
}

// describe names the token and its holder, for the middle of a sentence.
func (m heldTokenModel) describe() string {
	return fmt.Sprintf("the hardware OATH token with object id %q of user %q", m.TokenID.ValueString(), m.UserID.ValueString())
}

// progress tells the person who waits how far it is.
func progress(resp *action.InvokeResponse, format string, arguments ...any) {
	resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, arguments...)})
}
