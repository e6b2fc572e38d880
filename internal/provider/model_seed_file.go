package provider

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

// seedFileTokenModel is what a seed file tells of a token without its secret: the
// value of a map whose key is the serial number.
type seedFileTokenModel struct {
	Manufacturer          types.String `tfsdk:"manufacturer"`
	Model                 types.String `tfsdk:"model"`
	TimeIntervalInSeconds types.Int64  `tfsdk:"time_interval_in_seconds"`
	HashFunction          types.String `tfsdk:"hash_function"`
	DisplayName           types.String `tfsdk:"display_name"`
	UserPrincipalName     types.String `tfsdk:"user_principal_name"`
}

// seedFileSkippedModel is a token that was left out.
type seedFileSkippedModel struct {
	SerialNumber types.String `tfsdk:"serial_number"`
	Row          types.Int64  `tfsdk:"row"`
	Reason       types.String `tfsdk:"reason"`
}

func seedFileTokenType() attr.Type {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"manufacturer":             types.StringType,
		"model":                    types.StringType,
		"time_interval_in_seconds": types.Int64Type,
		"hash_function":            types.StringType,
		"display_name":             types.StringType,
		"user_principal_name":      types.StringType,
	}}
}

func seedFileSkippedType() attr.Type {
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"serial_number": types.StringType,
		"row":           types.Int64Type,
		"reason":        types.StringType,
	}}
}

// seedFormats lists the values of format, the default first.
func seedFormats() []string {
	return texts(seedfile.FormatAuto, seedfile.FormatEntraCSV, seedfile.FormatGraphJSON, seedfile.FormatOATHCSV, seedfile.FormatPSKC, seedfile.FormatDualShieldXML)
}

// secretEncodings lists the values of secret_encoding.
func secretEncodings() []string {
	return texts(seedfile.EncodingAuto, seedfile.EncodingBase32, seedfile.EncodingHex, seedfile.EncodingBase64)
}

func texts[T ~string](values ...T) []string {
	converted := make([]string, len(values))
	for i, value := range values {
		converted[i] = string(value)
	}
	return converted
}

// seedFileTokens gives the tokens by serial number.
func seedFileTokens(ctx context.Context, result seedfile.Result) (types.Map, diag.Diagnostics) {
	tokens := make(map[string]seedFileTokenModel, len(result.Tokens))
	for _, token := range result.Tokens {
		tokens[token.SerialNumber] = seedFileTokenModel{
			Manufacturer:          types.StringValue(token.Manufacturer),
			Model:                 types.StringValue(token.Model),
			TimeIntervalInSeconds: types.Int64Value(token.TimeIntervalInSeconds),
			HashFunction:          types.StringValue(token.HashFunction),
			DisplayName:           textOrNull(token.DisplayName),
			UserPrincipalName:     textOrNull(token.UserPrincipalName),
		}
	}
	return types.MapValueFrom(ctx, seedFileTokenType(), tokens)
}

// seedFileSkipped gives the tokens that were left out, in the file's order.
func seedFileSkipped(ctx context.Context, result seedfile.Result) (types.List, diag.Diagnostics) {
	skipped := make([]seedFileSkippedModel, len(result.Skipped))
	for i, token := range result.Skipped {
		skipped[i] = seedFileSkippedModel{
			SerialNumber: textOrNull(token.SerialNumber),
			Row:          types.Int64Value(int64(token.Row)),
			Reason:       types.StringValue(token.Reason),
		}
	}
	return types.ListValueFrom(ctx, seedFileSkippedType(), skipped)
}

// parseCertificates reads the certificates that a signed file may be signed by.
func parseCertificates(bundle string) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for rest := []byte(bundle); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d can't be read: %w", len(certificates)+1, err)
		}
		certificates = append(certificates, certificate)
	}
	if len(certificates) == 0 {
		return nil, errors.New("it holds no certificate in PEM form")
	}
	return certificates, nil
}
