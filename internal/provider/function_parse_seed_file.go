package provider

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
)

var _ function.Function = &parseSeedFileFunction{}

// NewParseSeedFileFunction makes the function parse_seed_file.
func NewParseSeedFileFunction() function.Function { return &parseSeedFileFunction{} }

type parseSeedFileFunction struct{}

// Metadata implements [function.Function].
func (f *parseSeedFileFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_seed_file"
}

// Definition implements [function.Function].
func (f *parseSeedFileFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads a vendor's seed file without its secrets.",
		MarkdownDescription: "Reads the tokens of a vendor's seed file: serial numbers and what Microsoft Entra needs to know of them, **never a secret**. " +
			"The result has `format`, `tokens` (a map by serial number, made for `for_each`) and `skipped`. " +
			"The secrets of the same file come from the ephemeral resource `entra_seed_file`. " +
			"A file that is encrypted needs no password or key here, as long as what is asked for is in clear. " +
			"Files: the CSV that Entra's portal takes, the JSON that Microsoft Graph takes, OATH CSV, PSKC (RFC 6030) and Deepnet DualShield XML.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name: "content",
				MarkdownDescription: "The file's content: write `file(\"tokens.csv\")` here, and `filebase64(…)` with the option `content_base64` for what is not UTF-8. " +
					"Call `file` in place: in an error about a variable or a local the CLI shows its whole value, seeds and all.",
			},
		},
		VariadicParameter: function.DynamicParameter{
			Name: "options",
			MarkdownDescription: "At most one object, with any of: `format` (" + choices(seedFormats()) + "), `secret_encoding` (" + choices(secretEncodings()) + "), " +
				"`manufacturer`, `model`, `time_interval_in_seconds` and `hash_function` (for files that do not state them), " +
				"`assume_totp` (take the tokens of an OATH CSV without a type for time-based), " +
				"`skip_unsupported` (leave out what Microsoft Entra can't take, and list it in `skipped`), `content_base64` (the content is Base64), " +
				"`trusted_certificates` (PEM; the PSKC file must be signed by one of them).",
		},
		Return: function.ObjectReturn{AttributeTypes: seedFileResultTypes()},
	}
}

func seedFileResultTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"format":  types.StringType,
		"tokens":  types.MapType{ElemType: seedFileTokenType()},
		"skipped": types.ListType{ElemType: seedFileSkippedType()},
	}
}

// Run implements [function.Function].
func (f *parseSeedFileFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var content string
	var arguments []types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &content, &arguments); resp.Error != nil {
		return
	}
	options, isBase64, err := seedFileOptions(arguments)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(1, clause(err))
		return
	}
	file := []byte(content)
	if isBase64 {
		if file, err = base64.StdEncoding.DecodeString(strings.TrimSpace(content)); err != nil {
			resp.Error = function.NewFuncError("the content is not Base64, as content_base64 says: use filebase64() to read the file")
			return
		}
	}
	result, err := seedfile.Read(file, options)
	if errors.Is(err, seedfile.ErrNeedsPassword) {
		err = errors.New("the file is encrypted as a whole, and this function takes no password, so that no secret can be in its result: " +
			"unpack the file, or list its serial numbers in the configuration")
	}
	if err != nil {
		// No argument's number: nothing of the content must be shown with it.
		resp.Error = function.NewFuncError(clause(err))
		return
	}
	tokens, diags := seedFileTokens(ctx, result)
	skipped, more := seedFileSkipped(ctx, result)
	value, last := types.ObjectValue(seedFileResultTypes(), map[string]attr.Value{
		"format": types.StringValue(string(result.Format)), "tokens": tokens, "skipped": skipped,
	})
	resp.Error = function.FuncErrorFromDiags(ctx, append(append(append(diag.Diagnostics{}, diags...), more...), last...))
	if resp.Error == nil {
		resp.Error = resp.Result.Set(ctx, value)
	}
}

// seedFileOptions reads the function's options: what HCL calls an object.
func seedFileOptions(arguments []types.Dynamic) (options seedfile.Options, isBase64 bool, err error) {
	options.MetadataOnly = true
	if len(arguments) > 1 {
		return options, false, fmt.Errorf("%d options objects are given, and only one is taken", len(arguments))
	}
	attributes, err := attributesOf(arguments)
	if err != nil {
		return options, false, err
	}
	var format, encoding, certificates string
	targets := map[string]any{
		"format": &format, "secret_encoding": &encoding, "manufacturer": &options.Manufacturer, "model": &options.Model,
		"time_interval_in_seconds": &options.TimeIntervalInSeconds, "hash_function": &options.HashFunction,
		"assume_totp": &options.AssumeTOTP, "skip_unsupported": &options.SkipUnsupported, "content_base64": &isBase64,
		"trusted_certificates": &certificates,
	}
	for name, value := range attributes {
		target, ok := targets[name]
		if !ok {
			known := make([]string, 0, len(targets))
			for name := range targets {
				known = append(known, name)
			}
			slices.Sort(known)
			return options, false, fmt.Errorf("there is no option %q; there are %s", name, strings.Join(known, ", "))
		}
		if err := assign(name, value, target); err != nil {
			return options, false, err
		}
	}
	options.Format, options.SecretEncoding = seedfile.Format(format), seedfile.Encoding(encoding)
	if certificates != "" {
		if options.TrustedCertificates, err = parseCertificates(certificates); err != nil {
			return options, false, fmt.Errorf("trusted_certificates: %w", err)
		}
	}
	return options, isBase64, nil
}

func attributesOf(arguments []types.Dynamic) (map[string]attr.Value, error) {
	if len(arguments) == 0 || arguments[0].IsNull() || arguments[0].IsUnderlyingValueNull() {
		return nil, nil
	}
	switch value := arguments[0].UnderlyingValue().(type) {
	case basetypes.ObjectValue:
		return value.Attributes(), nil
	case basetypes.MapValue:
		return value.Elements(), nil
	default:
		return nil, errors.New("the options must be an object, such as { skip_unsupported = true }")
	}
}

// assign puts an option's value where it belongs, converted as HCL converts an
// argument's; null leaves the default.
func assign(name string, value attr.Value, target any) error {
	if value.IsNull() {
		return nil
	}
	text := ""
	switch value := value.(type) {
	case basetypes.StringValue:
		text = value.ValueString()
	case basetypes.NumberValue:
		text = value.ValueBigFloat().Text('f', -1)
	case basetypes.BoolValue:
		text = strconv.FormatBool(value.ValueBool())
	default:
		return fmt.Errorf("the option %s must be a single value", name)
	}
	var err error
	switch target := target.(type) {
	case *string:
		*target = text
	case *bool:
		if *target, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("the option %s must be true or false", name)
		}
	case *int64:
		if *target, err = strconv.ParseInt(text, 10, 64); err != nil {
			return fmt.Errorf("the option %s must be a whole number", name)
		}
	}
	return nil
}
