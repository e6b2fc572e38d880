package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// hardwareOathTokenBatchType is the resource's type name.
const hardwareOathTokenBatchType = "entra_hardware_oath_token_batch"

// hardwareOathTokenBatchModel is a delivery of tokens.
type hardwareOathTokenBatchModel struct {
	Tokens              types.Map      `tfsdk:"tokens"`
	SecretKeys          types.Map      `tfsdk:"secret_keys"`
	SecretKeysWO        types.Map      `tfsdk:"secret_keys_wo"`
	SecretKeysWOVersion types.Int64    `tfsdk:"secret_keys_wo_version"`
	UnassignOnDestroy   types.Bool     `tfsdk:"unassign_on_destroy"`
	TokensPerRequest    types.Int64    `tfsdk:"tokens_per_request"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

func batchTokenAttributeTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"id":                       types.StringType,
		"manufacturer":             types.StringType,
		"model":                    types.StringType,
		"time_interval_in_seconds": types.Int64Type,
		"hash_function":            types.StringType,
		"display_name":             types.StringType,
		"status":                   types.StringType,
	}
}

// batchObject is the token as an element of a batch. Like object it is put
// together by hand.
func (m hardwareOathTokenModel) batchObject(attributeTypes map[string]attr.Type) attr.Value {
	return types.ObjectValueMust(attributeTypes, map[string]attr.Value{
		"id":                       m.ID,
		"manufacturer":             m.Manufacturer,
		"model":                    m.Model,
		"time_interval_in_seconds": m.TimeIntervalInSeconds,
		"hash_function":            m.HashFunction,
		"display_name":             m.DisplayName,
		"status":                   m.Status,
	})
}

// batchTokenFrom takes an element of a batch apart; known is false for an
// element that is unknown as a whole.
func batchTokenFrom(serialNumber string, element attr.Value) (token hardwareOathTokenModel, known bool) {
	object, ok := element.(types.Object)
	if !ok || object.IsNull() || object.IsUnknown() {
		return token, false
	}
	attributes := object.Attributes()
	text := func(name string) types.String {
		value, _ := attributes[name].(types.String)
		return value
	}
	interval, _ := attributes["time_interval_in_seconds"].(types.Int64)
	return hardwareOathTokenModel{
		ID:                    text("id"),
		SerialNumber:          types.StringValue(serialNumber),
		Manufacturer:          text("manufacturer"),
		Model:                 text("model"),
		TimeIntervalInSeconds: interval,
		HashFunction:          text("hash_function"),
		DisplayName:           text("display_name"),
		Status:                text("status"),
	}, true
}

// batchTokens are the tokens of a batch by serial number.
type batchTokens map[string]hardwareOathTokenModel

// batchTokensFrom takes the elements that are known.
func batchTokensFrom(value types.Map) batchTokens {
	elements := value.Elements()
	tokens := make(batchTokens, len(elements))
	for serialNumber, element := range elements {
		if token, known := batchTokenFrom(serialNumber, element); known {
			tokens[serialNumber] = token
		}
	}
	return tokens
}

// value is the tokens as Terraform stores them.
func (t batchTokens) value() (types.Map, diag.Diagnostics) {
	element := types.ObjectType{AttrTypes: batchTokenAttributeTypes()}
	elements := make(map[string]attr.Value, len(t))
	for serialNumber, token := range t {
		elements[serialNumber] = token.batchObject(element.AttrTypes)
	}
	return types.MapValue(element, elements)
}

// serialNumbers are those of the tokens, sorted.
func (t batchTokens) serialNumbers() []string { return slices.Sorted(maps.Keys(t)) }

// exists reports whether the token is known to have been made: what a partial
// creation has not made stands in the state without an id.
func (m hardwareOathTokenModel) exists() bool { return isKnown(m.ID) }

// refs name the tokens that exist, those of serialNumbers or all for nil.
func (t batchTokens) refs(private privateState, serialNumbers []string) []graph.HardwareOathTokenRef {
	if serialNumbers == nil {
		serialNumbers = t.serialNumbers()
	}
	refs := make([]graph.HardwareOathTokenRef, 0, len(serialNumbers))
	for _, serialNumber := range serialNumbers {
		if token := t[serialNumber]; token.exists() {
			refs = append(refs, private.ref(token.ID))
		}
	}
	return refs
}

// notMade is what stands in the state for a token that could not be made.
func (m hardwareOathTokenModel) notMade() hardwareOathTokenModel {
	m.ID, m.Status = types.StringNull(), types.StringNull()
	if m.DisplayName.IsUnknown() {
		m.DisplayName = types.StringNull()
	}
	return m
}

// secrets are the configured secrets, whichever argument holds them. Settled is
// false as long as it is not known which there are.
func (m hardwareOathTokenBatchModel) secrets() (secrets map[string]types.String, settled bool) {
	argument := m.SecretKeysWO
	if argument.IsNull() {
		argument = m.SecretKeys
	}
	return secretsFrom(argument), !argument.IsUnknown()
}

func secretsFrom(argument types.Map) map[string]types.String {
	elements := argument.Elements()
	secrets := make(map[string]types.String, len(elements))
	for serialNumber, element := range elements {
		if secret, ok := element.(types.String); ok && !secret.IsNull() {
			secrets[serialNumber] = secret
		}
	}
	return secrets
}

// specs are what a creation of the tokens sends; bad are those whose secret
// can't be sent, which was unknown until now.
func (t batchTokens) specs(serialNumbers []string, secrets map[string]types.String) (specs []graph.NewHardwareOathToken, bad []graph.TokenFailure) {
	for _, serialNumber := range serialNumbers {
		spec, err := hardwareOathTokenResourceModel{hardwareOathTokenModel: t[serialNumber]}.toGraph(secrets[serialNumber].ValueString())
		if err != nil {
			bad = append(bad, graph.TokenFailure{SerialNumber: serialNumber, Err: &badSecretError{err}})
			continue
		}
		specs = append(specs, spec)
	}
	return specs, bad
}

// badSecretError is a secret that Entra can't take.
type badSecretError struct{ err error }

// Error says why, without the secret.
func (e *badSecretError) Error() string {
	return "was not sent: its secret key is not a Base32 secret that Microsoft Entra takes: " + e.err.Error()
}

// Unwrap returns why.
func (e *badSecretError) Unwrap() error { return e.err }

// take takes over what Graph tells of the tokens that were made.
func (t batchTokens) take(ctx context.Context, made []graph.HardwareOathToken) (diags diag.Diagnostics) {
	for _, found := range made {
		token := t[found.SerialNumber]
		diags.Append(token.computedFromGraph(ctx, found)...)
		t[found.SerialNumber] = token
	}
	return diags
}
