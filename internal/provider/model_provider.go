package provider

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

const (
	defaultMaxRetries = 10

	configureSummary = "Failed to configure provider"
)

// providerModel is the provider block.
type providerModel struct {
	AccessToken                    types.String  `tfsdk:"access_token"`
	ADOPipelineServiceConnectionID types.String  `tfsdk:"ado_pipeline_service_connection_id"`
	ClientCertificate              types.String  `tfsdk:"client_certificate"`
	ClientCertificatePassword      types.String  `tfsdk:"client_certificate_password"`
	ClientCertificatePath          types.String  `tfsdk:"client_certificate_path"`
	ClientID                       types.String  `tfsdk:"client_id"`
	ClientIDFilePath               types.String  `tfsdk:"client_id_file_path"`
	ClientSecret                   types.String  `tfsdk:"client_secret"`
	ClientSecretFilePath           types.String  `tfsdk:"client_secret_file_path"`
	Environment                    types.String  `tfsdk:"environment"`
	MaxRetries                     types.Int64   `tfsdk:"max_retries"`
	MSGraphEndpoint                types.String  `tfsdk:"msgraph_endpoint"`
	OIDCRequestToken               types.String  `tfsdk:"oidc_request_token"`
	OIDCRequestURL                 types.String  `tfsdk:"oidc_request_url"`
	OIDCToken                      types.String  `tfsdk:"oidc_token"`
	OIDCTokenFilePath              types.String  `tfsdk:"oidc_token_file_path"`
	RequestsPerSecond              types.Float64 `tfsdk:"requests_per_second"`
	TenantID                       types.String  `tfsdk:"tenant_id"`
	UseAKSWorkloadIdentity         types.Bool    `tfsdk:"use_aks_workload_identity"`
	UseCLI                         types.Bool    `tfsdk:"use_cli"`
	UseMSI                         types.Bool    `tfsdk:"use_msi"`
	UseOIDC                        types.Bool    `tfsdk:"use_oidc"`
}

// providerSettings is the provider block with the environment filled in.
type providerSettings struct {
	credential        credential.Settings
	endpoint          string
	scope             string
	maxRetries        int
	requestsPerSecond float64
}

// resolver reads arguments, with the environment where they are left out.
type resolver struct {
	getenv func(string) string
	diags  *diag.Diagnostics
}

// text gives an argument, or the first of its variables that is set.
func (r resolver) text(attribute string, value types.String) string {
	if value.IsUnknown() {
		r.unknown(attribute)
	}
	if !value.IsNull() {
		return strings.TrimSpace(value.ValueString())
	}
	text, _ := r.fromEnvironment(attribute)
	return text
}

// toggle gives an argument, or what the first of its variables says, or preset.
func (r resolver) toggle(attribute string, value types.Bool, preset bool) bool {
	if value.IsUnknown() {
		r.unknown(attribute)
	}
	if !value.IsNull() {
		return value.ValueBool()
	}
	text, variable := r.fromEnvironment(attribute)
	if text == "" {
		return preset
	}
	toggle, err := strconv.ParseBool(text)
	if err != nil {
		r.diags.AddAttributeError(path.Root(attribute), configureSummary,
			fmt.Sprintf("The environment variable %s is %q, and it must be true or false.", variable, text))
	}
	return toggle
}

func (r resolver) fromEnvironment(attribute string) (text, variable string) {
	for _, variable := range environmentVariables(attribute) {
		if text := strings.TrimSpace(r.getenv(variable)); text != "" {
			return text, variable
		}
	}
	return "", ""
}

func (r resolver) unknown(attribute string) {
	detail := fmt.Sprintf("The value of %s is known only after apply, and the provider needs it to plan. "+
		"Set it to a value that is known, apply the resource that it comes from first (with -target)", attribute)
	if variables := environmentVariables(attribute); len(variables) > 0 {
		detail += fmt.Sprintf(", or leave it out and set the environment variable %s", variables[0])
	}
	r.diags.AddAttributeError(path.Root(attribute), configureSummary, detail+".")
}

// resolve fills in the environment and checks what can be checked without Graph.
func (m providerModel) resolve(getenv func(string) string, diags *diag.Diagnostics) providerSettings {
	r := resolver{getenv: getenv, diags: diags}
	settings := providerSettings{
		credential:        m.resolveCredential(r),
		maxRetries:        defaultMaxRetries,
		requestsPerSecond: m.RequestsPerSecond.ValueFloat64(),
	}
	if m.MaxRetries.IsUnknown() {
		r.unknown(attributeMaxRetries)
	}
	if m.RequestsPerSecond.IsUnknown() {
		r.unknown(attributeRequestsPerSecond)
	}
	if !m.MaxRetries.IsNull() {
		settings.maxRetries = int(m.MaxRetries.ValueInt64())
	}
	m.checkOneWay(settings.credential, diags)
	m.checkOIDC(settings.credential, diags)
	environment, endpoint := r.text(attributeEnvironment, m.Environment), r.text(attributeMSGraphEndpoint, m.MSGraphEndpoint)
	if !diags.HasError() {
		settings.resolveCloud(environment, endpoint, strings.TrimSpace(getenv(envAuthorityHost)), diags)
	}
	return settings
}

func (m providerModel) resolveCredential(r resolver) credential.Settings {
	s := credential.Settings{
		TenantID:                       r.text(credential.SettingTenantID, m.TenantID),
		ClientID:                       r.text(credential.SettingClientID, m.ClientID),
		ClientIDFilePath:               r.text(credential.SettingClientIDFilePath, m.ClientIDFilePath),
		AccessToken:                    r.text(credential.SettingAccessToken, m.AccessToken),
		ClientCertificate:              r.text(credential.SettingClientCertificate, m.ClientCertificate),
		ClientCertificatePath:          r.text(credential.SettingClientCertificatePath, m.ClientCertificatePath),
		ClientCertificatePassword:      r.text(credential.SettingClientCertificatePassword, m.ClientCertificatePassword),
		ClientSecret:                   r.text(credential.SettingClientSecret, m.ClientSecret),
		ClientSecretFilePath:           r.text(credential.SettingClientSecretFilePath, m.ClientSecretFilePath),
		UseOIDC:                        r.toggle(credential.SettingUseOIDC, m.UseOIDC, false),
		UseAKSWorkloadIdentity:         r.toggle(credential.SettingUseAKSWorkloadIdentity, m.UseAKSWorkloadIdentity, false),
		OIDCToken:                      r.text(credential.SettingOIDCToken, m.OIDCToken),
		OIDCTokenFilePath:              r.text(credential.SettingOIDCTokenFilePath, m.OIDCTokenFilePath),
		OIDCRequestToken:               r.text(credential.SettingOIDCRequestToken, m.OIDCRequestToken),
		OIDCRequestURL:                 r.text(credential.SettingOIDCRequestURL, m.OIDCRequestURL),
		ADOPipelineServiceConnectionID: r.text(credential.SettingADOPipelineServiceConnectionID, m.ADOPipelineServiceConnectionID),
		UseMSI:                         r.toggle(credential.SettingUseMSI, m.UseMSI, false),
		MSIEndpoint:                    strings.TrimSpace(r.getenv(envMSIEndpoint)),
		UseCLI:                         r.toggle(credential.SettingUseCLI, m.UseCLI, true),
	}
	if s.UseAKSWorkloadIdentity {
		// The variables that AKS puts into a pod; ours come first.
		s.TenantID = firstOf(s.TenantID, r.getenv("AZURE_TENANT_ID"))
		if s.ClientIDFilePath == "" {
			s.ClientID = firstOf(s.ClientID, r.getenv("AZURE_CLIENT_ID"))
		}
		if s.OIDCToken == "" {
			s.OIDCTokenFilePath = firstOf(s.OIDCTokenFilePath, r.getenv("AZURE_FEDERATED_TOKEN_FILE"))
		}
	}
	return s
}

// checkOneWay tells of a way to sign in that the configuration asks for and that
// an access token keeps from being used. It names no attribute's path: the CLI
// would quote the line, which may hold a secret.
func (m providerModel) checkOneWay(settings credential.Settings, diags *diag.Diagnostics) {
	var others []string
	for _, other := range []struct {
		name  string
		asked bool
	}{
		{credential.SettingClientCertificate, !m.ClientCertificate.IsNull()},
		{credential.SettingClientCertificatePath, !m.ClientCertificatePath.IsNull()},
		{credential.SettingClientSecret, !m.ClientSecret.IsNull()},
		{credential.SettingClientSecretFilePath, !m.ClientSecretFilePath.IsNull()},
		{credential.SettingUseAKSWorkloadIdentity, m.UseAKSWorkloadIdentity.ValueBool()},
		{credential.SettingUseMSI, m.UseMSI.ValueBool()},
		{credential.SettingUseOIDC, m.UseOIDC.ValueBool()},
	} {
		if other.asked {
			others = append(others, other.name)
		}
	}
	switch {
	case len(others) == 0 || settings.AccessToken == "":
	case m.AccessToken.IsNull():
		diags.AddWarning("Configured way to sign in not used",
			fmt.Sprintf("The environment variable %s holds an access token, and an access token is used before any other way to sign in. Not used: %s.",
				environmentVariables(credential.SettingAccessToken)[0], strings.Join(others, ", ")))
	default:
		diags.AddError(configureSummary, fmt.Sprintf("access_token is set beside %s, and only one way to sign in can be used. Keep one of them.", strings.Join(others, ", ")))
	}
}

// checkOIDC refuses what belongs to use_oidc without it. Only the configuration
// counts: HCP Terraform and others set some of the variables always.
func (m providerModel) checkOIDC(settings credential.Settings, diags *diag.Diagnostics) {
	if settings.UseOIDC || settings.UseAKSWorkloadIdentity {
		return
	}
	for _, argument := range []struct {
		name  string
		value types.String
	}{
		{credential.SettingOIDCToken, m.OIDCToken},
		{credential.SettingOIDCTokenFilePath, m.OIDCTokenFilePath},
		{credential.SettingOIDCRequestToken, m.OIDCRequestToken},
		{credential.SettingOIDCRequestURL, m.OIDCRequestURL},
		{credential.SettingADOPipelineServiceConnectionID, m.ADOPipelineServiceConnectionID},
	} {
		if isKnown(argument.value) {
			addSettingError(diags, &credential.SettingError{Setting: argument.name, Detail: argument.name + " is set and use_oidc is not true, so it would not be used. Set use_oidc = true, or leave it out."})
		}
	}
}

// checkHalf refuses an application that is named in the configuration and that
// nothing signs in as.
func (m providerModel) checkHalf(client *graph.Client, diags *diag.Diagnostics) {
	if m.ClientID.IsNull() || client == nil || client.SignedInWith() != credential.AzureCLI {
		return
	}
	diags.AddAttributeError(path.Root(credential.SettingClientID), configureSummary,
		"client_id is set, and there is nothing to sign in with as that application: no client secret, no client certificate, and use_oidc and use_msi are not true. "+
			"Only the Azure CLI is left, which signs in as whoever has signed in to it. Set one of them, or leave client_id out to use the Azure CLI.")
}

// client makes the Graph client.
func (s providerSettings) client(userAgent string, options []graph.Option, diags *diag.Diagnostics) *graph.Client {
	signIn, err := credential.New(s.credential)
	if err != nil {
		addSettingError(diags, err)
		return nil
	}
	client, err := graph.New(graph.Config{
		Endpoint:          s.endpoint,
		Credential:        signIn,
		Scope:             s.scope,
		SignedInWith:      signIn.Name,
		UserAgent:         userAgent,
		MaxRetries:        s.maxRetries,
		RequestsPerSecond: s.requestsPerSecond,
	}, options...)
	if err != nil {
		diags.AddError(configureSummary, bug(err.Error()))
	}
	return client
}

// addSettingError reports a setting at its attribute, unless its value is a
// secret: for a path the CLI quotes the line with the value.
func addSettingError(diags *diag.Diagnostics, err error) {
	var setting *credential.SettingError
	switch {
	case !errors.As(err, &setting):
		diags.AddError(configureSummary, bug(err.Error()))
	case credential.IsSecret(setting.Setting):
		diags.AddError(configureSummary, fmt.Sprintf("Attribute %s: %s", setting.Setting, setting.Detail))
	default:
		diags.AddAttributeError(path.Root(setting.Setting), configureSummary, setting.Detail)
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	return ""
}
