package provider

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/seedfile/pskc"
)

var (
	_ ephemeral.EphemeralResource                   = &seedFileEphemeralResource{}
	_ ephemeral.EphemeralResourceWithValidateConfig = &seedFileEphemeralResource{}
)

const openSeedFileSummary = "Failed to open seed file"

// NewSeedFileEphemeralResource makes the ephemeral resource entra_seed_file.
func NewSeedFileEphemeralResource() ephemeral.EphemeralResource { return &seedFileEphemeralResource{} }

type seedFileEphemeralResource struct{}

// seedFileEphemeralModel is the ephemeral resource's block and its results.
type seedFileEphemeralModel struct {
	Path                  types.String `tfsdk:"path"`
	Content               types.String `tfsdk:"content"`
	ContentBase64         types.String `tfsdk:"content_base64"`
	Password              types.String `tfsdk:"password"`
	KeyHex                types.String `tfsdk:"key_hex"`
	TrustedCertificates   types.String `tfsdk:"trusted_certificates"`
	Format                types.String `tfsdk:"format"`
	SecretEncoding        types.String `tfsdk:"secret_encoding"`
	Manufacturer          types.String `tfsdk:"manufacturer"`
	Model                 types.String `tfsdk:"model"`
	TimeIntervalInSeconds types.Int64  `tfsdk:"time_interval_in_seconds"`
	HashFunction          types.String `tfsdk:"hash_function"`
	AssumeTOTP            types.Bool   `tfsdk:"assume_totp"`
	SkipUnsupported       types.Bool   `tfsdk:"skip_unsupported"`
	SecretKeys            types.Map    `tfsdk:"secret_keys"`
	Tokens                types.Map    `tfsdk:"tokens"`
	Skipped               types.List   `tfsdk:"skipped"`
}

// Metadata implements [ephemeral.EphemeralResource].
func (e *seedFileEphemeralResource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "entra_seed_file"
}

// Schema implements [ephemeral.EphemeralResource].
func (e *seedFileEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a vendor's seed file with its secrets, which are in no state and in no plan. " +
			"Files: the CSV that Entra's portal takes, the JSON that Microsoft Graph takes, OATH CSV, PSKC (RFC 6030; plain, with a pre-shared key or a password, signed) and Deepnet DualShield XML, " +
			"each of them also in a password-protected zip. What is only an ephemeral value can't be used in `for_each`: take the serial numbers from the function `parse_seed_file`.",
		Attributes: map[string]schema.Attribute{
			"path": schema.StringAttribute{
				MarkdownDescription: "Where the file is: write `\"${path.module}/tokens.csv\"`. Exactly one of `path`, `content` and `content_base64` is needed.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"content": schema.StringAttribute{
				MarkdownDescription: "The file's content. With `file()` it is a value of the configuration; `path` reads the file inside the provider.",
				Optional:            true,
				Sensitive:           true,
			},
			"content_base64": schema.StringAttribute{
				MarkdownDescription: "The file's content in Base64, for what is not UTF-8.",
				Optional:            true,
				Sensitive:           true,
			},
			"password": schema.StringAttribute{
				MarkdownDescription: "The password of an encrypted zip, or of a PSKC file whose key is derived from one.",
				Optional:            true,
				Sensitive:           true,
			},
			"key_hex": schema.StringAttribute{
				MarkdownDescription: "The pre-shared AES key of a PSKC file, in hexadecimal.",
				Optional:            true,
				Sensitive:           true,
			},
			"trusted_certificates": schema.StringAttribute{
				MarkdownDescription: "Certificates in PEM form. When they are given, a PSKC file must be signed by one of them, or by one that they have issued.",
				Optional:            true,
			},
			"format": schema.StringAttribute{
				MarkdownDescription: "The file's format: " + choices(seedFormats()) + ". Defaults to `auto`, which goes by the content.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(seedFormats()...)},
			},
			"secret_encoding": schema.StringAttribute{
				MarkdownDescription: "How the file's secrets are written: " + choices(secretEncodings()) + ". Left out, it is what the format says; `auto` looks at all secrets of the file together.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(secretEncodings()...)},
			},
			"manufacturer": schema.StringAttribute{
				MarkdownDescription: "The manufacturer of tokens for which the file does not state it.",
				Optional:            true,
				Validators:          []validator.String{trimmed{}},
			},
			"model": schema.StringAttribute{
				MarkdownDescription: "The model of tokens for which the file does not state it.",
				Optional:            true,
				Validators:          []validator.String{trimmed{}},
			},
			"time_interval_in_seconds": schema.Int64Attribute{
				MarkdownDescription: "The time interval of tokens for which the file does not state it: " + choices(graph.TimeIntervals()) + ".",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.OneOf(graph.TimeIntervals()...)},
			},
			"hash_function": schema.StringAttribute{
				MarkdownDescription: "The hash function of tokens for which the file does not state it: " + choices(graph.HashFunctions()) + ".",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(graph.HashFunctions()...)},
			},
			"assume_totp": schema.BoolAttribute{
				MarkdownDescription: "Whether the tokens of an OATH CSV without a type are time-based. By the format's convention they are event-based, which Microsoft Entra can't take.",
				Optional:            true,
			},
			"skip_unsupported": schema.BoolAttribute{
				MarkdownDescription: "Whether tokens that Microsoft Entra can't take are left out and listed in `skipped`. By default they are an error that names them all.",
				Optional:            true,
			},
			"secret_keys": schema.MapAttribute{
				MarkdownDescription: "The seeds in Base32, by serial number.",
				ElementType:         types.StringType,
				Computed:            true,
				Sensitive:           true,
			},
			"tokens": schema.MapAttribute{
				MarkdownDescription: "The tokens without their seeds, by serial number: `manufacturer`, `model`, `time_interval_in_seconds`, `hash_function`, `display_name` and `user_principal_name`.",
				ElementType:         seedFileTokenType(),
				Computed:            true,
			},
			"skipped": schema.ListAttribute{
				MarkdownDescription: "The tokens that were left out: `serial_number`, `row` and `reason`.",
				ElementType:         seedFileSkippedType(),
				Computed:            true,
			},
		},
	}
}

// Open implements [ephemeral.EphemeralResource].
func (e *seedFileEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config seedFileEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	// None of these errors names an attribute's path: for a path the CLI quotes
	// the line of the configuration, which may hold a password or a seed.
	result, err := config.read()
	if err != nil {
		resp.Diagnostics.AddError(openSeedFileSummary, config.explain(err))
		return
	}
	for _, warning := range result.Warnings {
		resp.Diagnostics.AddWarning("Seed file read with a doubt", sentence(errors.New(warning)))
	}

	keys := make(map[string]string, len(result.Tokens))
	for _, token := range result.Tokens {
		keys[token.SerialNumber] = token.SecretKey
	}
	secretKeys, diags := types.MapValueFrom(ctx, types.StringType, keys)
	resp.Diagnostics.Append(diags...)
	config.SecretKeys = secretKeys
	config.Tokens, diags = seedFileTokens(ctx, result)
	resp.Diagnostics.Append(diags...)
	config.Skipped, diags = seedFileSkipped(ctx, result)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}

// ValidateConfig implements [ephemeral.EphemeralResourceWithValidateConfig].
func (e *seedFileEphemeralResource) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var config seedFileEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	given := 0
	unknown := false
	for _, source := range []types.String{config.Path, config.Content, config.ContentBase64} {
		unknown = unknown || source.IsUnknown()
		if !source.IsNull() {
			given++
		}
	}
	if given != 1 && !unknown {
		resp.Diagnostics.AddError(openSeedFileSummary, fmt.Sprintf("Exactly one of path, content and content_base64 is needed, and %d are given.", given))
	}
	if isKnown(config.KeyHex) {
		if _, err := parseKey(config.KeyHex.ValueString()); err != nil {
			resp.Diagnostics.AddError(openSeedFileSummary, fmt.Sprintf("Attribute key_hex: %v. The value is not shown because it is a secret.", err))
		}
	}
}

// read reads the file and then its tokens.
func (m seedFileEphemeralModel) read() (seedfile.Result, error) {
	content, err := m.content()
	if err != nil {
		return seedfile.Result{}, err
	}
	options := seedfile.Options{
		Format:                seedfile.Format(m.Format.ValueString()),
		SecretEncoding:        seedfile.Encoding(m.SecretEncoding.ValueString()),
		Manufacturer:          m.Manufacturer.ValueString(),
		Model:                 m.Model.ValueString(),
		TimeIntervalInSeconds: m.TimeIntervalInSeconds.ValueInt64(),
		HashFunction:          m.HashFunction.ValueString(),
		AssumeTOTP:            m.AssumeTOTP.ValueBool(),
		SkipUnsupported:       m.SkipUnsupported.ValueBool(),
		Password:              m.Password.ValueString(),
		HasPassword:           !m.Password.IsNull(),
	}
	if !m.KeyHex.IsNull() {
		if options.Key, err = parseKey(m.KeyHex.ValueString()); err != nil {
			return seedfile.Result{}, fmt.Errorf("the argument key_hex can't be used: %w", err)
		}
	}
	if !m.TrustedCertificates.IsNull() {
		if options.TrustedCertificates, err = parseCertificates(m.TrustedCertificates.ValueString()); err != nil {
			return seedfile.Result{}, fmt.Errorf("the argument trusted_certificates can't be used: %w", err)
		}
	}
	return seedfile.Read(content, options)
}

func (m seedFileEphemeralModel) content() ([]byte, error) {
	switch {
	case !m.Path.IsNull():
		if err := seedfile.RefuseName(m.Path.ValueString()); err != nil {
			return nil, err
		}
		return readSeedFile(m.Path.ValueString())
	case !m.ContentBase64.IsNull():
		content, err := base64.StdEncoding.DecodeString(strings.TrimSpace(m.ContentBase64.ValueString()))
		if err != nil {
			return nil, errors.New("the argument content_base64 is not Base64: use filebase64() to read the file")
		}
		return content, nil
	default:
		return []byte(m.Content.ValueString()), nil
	}
}

// readSeedFile reads no more than the reader takes, and nothing that never ends.
func readSeedFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, seedfile.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	return content, nil
}

// explain adds what to do about an error, where the configuration is the answer.
func (m seedFileEphemeralModel) explain(err error) string {
	text := "The seed file can't be used.\n\n"
	if !m.Path.IsNull() {
		text = fmt.Sprintf("The seed file %q can't be used.\n\n", m.Path.ValueString())
	}
	text += sentence(err)
	switch {
	case errors.Is(err, seedfile.ErrNeedsPassword):
		text += "\n\nSet password to the one that the vendor sent, usually by another way than the file." + unused("key_hex", m.KeyHex)
	case errors.Is(err, seedfile.ErrNeedsKey):
		text += "\n\nSet key_hex to the key that the vendor sent, usually by another way than the file." + unused("password", m.Password)
	case errors.Is(err, seedfile.ErrWrongPassword), errors.Is(err, pskc.ErrWrongKey):
		text += "\n\nCheck that password, or key_hex for a file with a pre-shared key, is the one of this very file, and that the file is as the vendor sent it."
	}
	return text
}

func unused(name string, value types.String) string {
	if value.IsNull() {
		return ""
	}
	return fmt.Sprintf(" The %s that is given is not what this file needs.", name)
}

// parseKey reads an AES key of 128, 192 or 256 bits.
func parseKey(text string) ([]byte, error) {
	key, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errors.New("the value is not hexadecimal")
	}
	if len(key) != 16 && len(key) != 24 && len(key) != 32 {
		return nil, fmt.Errorf("the value has %d bytes, and an AES key has 16, 24 or 32", len(key))
	}
	return key, nil
}
