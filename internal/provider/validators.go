package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

// base32Secret checks that a secret is one that Entra can take. What it says
// never holds the secret. The attribute is named in the text and not by its
// path: for a path the CLI quotes the line of the configuration, and with it a
// secret that is written there.
type base32Secret struct{}

// Description implements [validator.Describer].
func (v base32Secret) Description(context.Context) string {
	return fmt.Sprintf("value must be Base32 (letters A to Z, digits 2 to 7) of at most %d characters", totp.MaxSecretLength)
}

// MarkdownDescription implements [validator.Describer].
func (v base32Secret) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v base32Secret) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := totp.CanonicalSecret(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddError("Invalid secret key",
			fmt.Sprintf("Attribute %s: the value is not a Base32 secret that Microsoft Entra takes: %v. The value is not shown because it is a secret.", req.Path, err))
	}
}

// sixDigits checks that a verification code is one that a token shows. It names
// no path and shows no value, as base32Secret does.
type sixDigits struct{}

// Description implements [validator.Describer].
func (v sixDigits) Description(context.Context) string { return "value must be six digits" }

// MarkdownDescription implements [validator.Describer].
func (v sixDigits) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v sixDigits) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	code := req.ConfigValue.ValueString()
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		resp.Diagnostics.AddError("Invalid verification code",
			fmt.Sprintf("Attribute %s: a verification code is the six digits that the token shows, as a string, so that leading zeros are kept. "+
				"The value is not shown because it is a secret.", req.Path))
	}
}

// trimmed checks that a text is not empty and has no white space around it,
// which a copied cell often has and Graph would keep or drop as it likes.
type trimmed struct{}

// Description implements [validator.Describer].
func (v trimmed) Description(context.Context) string {
	return "value must not be empty and must have no white space around it"
}

// MarkdownDescription implements [validator.Describer].
func (v trimmed) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v trimmed) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if value := req.ConfigValue.ValueString(); value == "" || value != strings.TrimSpace(value) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value",
			fmt.Sprintf("Attribute %s: %s, got: %q.", req.Path, v.Description(ctx), value))
	}
}

// objectID checks that a text is an object id and not, say, a serial number.
type objectID struct{}

// Description implements [validator.Describer].
func (v objectID) Description(context.Context) string {
	return "value must be an object id, which is a GUID; the number on a token is its serial_number"
}

// MarkdownDescription implements [validator.Describer].
func (v objectID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v objectID) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || isObjectID(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid value",
		fmt.Sprintf("Attribute %s: %s, got: %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
}

// pointInTime checks that a text is an RFC 3339 time.
type pointInTime struct{}

// Description implements [validator.Describer].
func (v pointInTime) Description(context.Context) string {
	return "value must be a time in RFC 3339 form, such as 2026-01-31T00:00:00Z"
}

// MarkdownDescription implements [validator.Describer].
func (v pointInTime) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v pointInTime) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := time.Parse(time.RFC3339, req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value",
			fmt.Sprintf("Attribute %s: %s, got: %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

// notEmpty checks that a provider setting is left out rather than empty. It
// serves secrets too, so it shows no value.
type notEmpty struct{}

// Description implements [validator.Describer].
func (v notEmpty) Description(context.Context) string { return "value must not be empty" }

// MarkdownDescription implements [validator.Describer].
func (v notEmpty) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v notEmpty) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || strings.TrimSpace(req.ConfigValue.ValueString()) != "" {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Empty provider setting",
		fmt.Sprintf("The argument %s is an empty string. Leave it out (or set it to null) to use the environment variable %s.", req.Path, environmentVariables(req.Path.String())[0]))
}

// userName checks that a text can name a user: an object id, or a user principal
// name.
type userName struct{}

// Description implements [validator.Describer].
func (v userName) Description(context.Context) string {
	return "value must be a user's object id, which is a GUID, or a user principal name such as amy@contoso.com"
}

// MarkdownDescription implements [validator.Describer].
func (v userName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements [validator.String].
func (v userName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	user := req.ConfigValue.ValueString()
	local, domain, _ := strings.Cut(user, "@")
	if isObjectID(user) || local != "" && domain != "" && !strings.ContainsAny(user, " \t\r\n/") {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid value",
		fmt.Sprintf("Attribute %s: %s, got: %q.", req.Path, v.Description(context.Background()), user))
}
