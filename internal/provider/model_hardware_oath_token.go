package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/totp"
)

// hardwareOathTokenType is the resource's and the data source's type name.
const hardwareOathTokenType = "entra_hardware_oath_token"

// hardwareOathTokenModel is what Graph tells of a token; the resource and the
// data source show the same.
type hardwareOathTokenModel struct {
	ID                    types.String `tfsdk:"id"`
	SerialNumber          types.String `tfsdk:"serial_number"`
	Manufacturer          types.String `tfsdk:"manufacturer"`
	Model                 types.String `tfsdk:"model"`
	TimeIntervalInSeconds types.Int64  `tfsdk:"time_interval_in_seconds"`
	HashFunction          types.String `tfsdk:"hash_function"`
	DisplayName           types.String `tfsdk:"display_name"`
	Status                types.String `tfsdk:"status"`
	AssignedTo            types.Object `tfsdk:"assigned_to"`
	LastUsedDateTime      types.String `tfsdk:"last_used_date_time"`
}

// hardwareOathTokenResourceModel adds what only the resource has.
type hardwareOathTokenResourceModel struct {
	hardwareOathTokenModel

	SecretKey          types.String   `tfsdk:"secret_key"`
	SecretKeyWO        types.String   `tfsdk:"secret_key_wo"`
	SecretKeyWOVersion types.Int64    `tfsdk:"secret_key_wo_version"`
	UnassignOnDestroy  types.Bool     `tfsdk:"unassign_on_destroy"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

// hardwareOathTokenIdentityModel is the resource's identity.
type hardwareOathTokenIdentityModel struct {
	ID           types.String `tfsdk:"id"`
	SerialNumber types.String `tfsdk:"serial_number"`
}

// assignedToModel is the user that holds a token.
type assignedToModel struct {
	ID          types.String `tfsdk:"id"`
	DisplayName types.String `tfsdk:"display_name"`
}

func assignedToAttributeTypes() map[string]attr.Type {
	return map[string]attr.Type{"id": types.StringType, "display_name": types.StringType}
}

func hardwareOathTokenAttributeTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"id":                       types.StringType,
		"serial_number":            types.StringType,
		"manufacturer":             types.StringType,
		"model":                    types.StringType,
		"time_interval_in_seconds": types.Int64Type,
		"hash_function":            types.StringType,
		"display_name":             types.StringType,
		"status":                   types.StringType,
		"assigned_to":              types.ObjectType{AttrTypes: assignedToAttributeTypes()},
		"last_used_date_time":      types.StringType,
	}
}

// object is the token as an element of a collection. It is put together by hand:
// by reflection thousands of tokens take five times as long.
func (m hardwareOathTokenModel) object(attributeTypes map[string]attr.Type) (types.Object, diag.Diagnostics) {
	return types.ObjectValue(attributeTypes, map[string]attr.Value{
		"id":                       m.ID,
		"serial_number":            m.SerialNumber,
		"manufacturer":             m.Manufacturer,
		"model":                    m.Model,
		"time_interval_in_seconds": m.TimeIntervalInSeconds,
		"hash_function":            m.HashFunction,
		"display_name":             m.DisplayName,
		"status":                   m.Status,
		"assigned_to":              m.AssignedTo,
		"last_used_date_time":      m.LastUsedDateTime,
	})
}

func (m hardwareOathTokenModel) identity() hardwareOathTokenIdentityModel {
	return hardwareOathTokenIdentityModel{ID: m.ID, SerialNumber: m.SerialNumber}
}

// toGraph is what a creation sends. The secret comes from the configuration:
// a write-only argument is nowhere else.
func (m hardwareOathTokenResourceModel) toGraph(secretKey string) (graph.NewHardwareOathToken, error) {
	secretKey, err := totp.CanonicalSecret(secretKey)
	return graph.NewHardwareOathToken{
		SerialNumber:          m.SerialNumber.ValueString(),
		Manufacturer:          m.Manufacturer.ValueString(),
		Model:                 m.Model.ValueString(),
		SecretKey:             secretKey,
		TimeIntervalInSeconds: m.TimeIntervalInSeconds.ValueInt64(),
		HashFunction:          m.HashFunction.ValueString(),
		DisplayName:           known(m.DisplayName),
	}, err
}

// changesFrom is what an update sends: what differs from the prior state. It is
// the zero value when nothing that Graph knows does.
func (m hardwareOathTokenModel) changesFrom(prior hardwareOathTokenModel) (update graph.HardwareOathTokenUpdate) {
	if !m.Manufacturer.Equal(prior.Manufacturer) {
		update.Manufacturer = known(m.Manufacturer)
	}
	if !m.Model.Equal(prior.Model) {
		update.Model = known(m.Model)
	}
	if !m.TimeIntervalInSeconds.Equal(prior.TimeIntervalInSeconds) {
		update.TimeIntervalInSeconds = m.TimeIntervalInSeconds.ValueInt64Pointer()
	}
	if !m.HashFunction.Equal(prior.HashFunction) {
		update.HashFunction = known(m.HashFunction)
	}
	if !m.DisplayName.Equal(prior.DisplayName) {
		update.DisplayName = known(m.DisplayName)
	}
	return update
}

// fromGraph takes over everything that Graph told.
func (m *hardwareOathTokenModel) fromGraph(ctx context.Context, token graph.HardwareOathToken) diag.Diagnostics {
	m.SerialNumber = types.StringValue(token.SerialNumber)
	m.Manufacturer = types.StringValue(token.Manufacturer)
	m.Model = types.StringValue(token.Model)
	m.TimeIntervalInSeconds = types.Int64Value(token.TimeIntervalInSeconds)
	if token.HashFunction != "" || m.HashFunction.IsUnknown() {
		// A null, or a member that nobody knows yet, is no reason to change anything.
		m.HashFunction = textOrNull(token.HashFunction)
	}
	m.DisplayName = types.StringUnknown()
	return m.computedFromGraph(ctx, token)
}

// computedFromGraph takes over what only Graph can say, and leaves what the
// plan has set as it was planned: a difference there is drift, for the next
// refresh to show.
func (m *hardwareOathTokenModel) computedFromGraph(ctx context.Context, token graph.HardwareOathToken) diag.Diagnostics {
	m.ID = types.StringValue(token.ID)
	m.Status = textOrNull(token.Status)
	if m.DisplayName.IsUnknown() {
		m.DisplayName = pointerOrNull(token.DisplayName)
	}
	m.LastUsedDateTime = types.StringNull()
	if token.LastUsedDateTime != nil {
		m.LastUsedDateTime = types.StringValue(token.LastUsedDateTime.UTC().Format(time.RFC3339))
	}
	m.AssignedTo = types.ObjectNull(assignedToAttributeTypes())
	if token.AssignedTo == nil {
		return nil
	}
	var diags diag.Diagnostics
	m.AssignedTo, diags = types.ObjectValueFrom(ctx, assignedToAttributeTypes(), assignedToModel{
		ID: types.StringValue(token.AssignedTo.ID), DisplayName: pointerOrNull(token.AssignedTo.DisplayName),
	})
	return diags
}

func known(value types.String) *string {
	if value.IsUnknown() {
		return nil
	}
	return value.ValueStringPointer()
}

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func pointerOrNull(text *string) types.String {
	if text == nil {
		return types.StringNull()
	}
	return textOrNull(*text)
}

// describe names the token at the start of a sentence.
func (m hardwareOathTokenModel) describe() string {
	switch {
	case m.SerialNumber.ValueString() == "" && m.ID.ValueString() == "":
		return "The hardware OATH token"
	case m.SerialNumber.ValueString() == "":
		return fmt.Sprintf("The hardware OATH token with object id %q", m.ID.ValueString())
	case m.ID.ValueString() == "":
		return fmt.Sprintf("The hardware OATH token with serial number %q", m.SerialNumber.ValueString())
	default:
		return fmt.Sprintf("The hardware OATH token with serial number %q (object id %s)", m.SerialNumber.ValueString(), m.ID.ValueString())
	}
}

// holder names the user who holds the token, for an error text.
func (m hardwareOathTokenModel) holder() string {
	user := graph.Identity{}
	attributes := m.AssignedTo.Attributes()
	if id, ok := attributes["id"].(types.String); ok {
		user.ID = id.ValueString()
	}
	if name, ok := attributes["display_name"].(types.String); ok {
		user.DisplayName = name.ValueStringPointer()
	}
	return holder(user)
}

// secret is the configured secret, whichever argument holds it.
func (m hardwareOathTokenResourceModel) secret() string {
	if m.SecretKeyWO.IsNull() {
		return m.SecretKey.ValueString()
	}
	return m.SecretKeyWO.ValueString()
}

// choices lists values for a description: `a`, `b` or `c`.
func choices[T any](values []T) string {
	var text strings.Builder
	for i, value := range values {
		switch {
		case i > 0 && i == len(values)-1:
			text.WriteString(" or ")
		case i > 0:
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "`%v`", value)
	}
	return text.String()
}
