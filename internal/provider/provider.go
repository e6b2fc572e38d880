// Package provider is the Terraform face: one file for each thing that a person
// can write in HCL.
package provider

import (
	"context"
	"net/http"
	"os"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var (
	_ provider.ProviderWithActions            = &entraProvider{}
	_ provider.ProviderWithEphemeralResources = &entraProvider{}
	_ provider.ProviderWithFunctions          = &entraProvider{}
)

// entraProvider is made once for each process or test; Configure makes the
// client, so that nothing is shared between configurations.
type entraProvider struct {
	version      string
	getenv       func(string) string
	httpClient   *http.Client
	graphOptions []graph.Option
}

// Option changes what only tests need to change.
type Option func(*entraProvider)

// WithEnvironment replaces the process environment.
func WithEnvironment(environment map[string]string) Option {
	return func(p *entraProvider) {
		p.getenv = func(name string) string { return environment[name] }
	}
}

// WithHTTPClient sends every request, to Graph and to the login service, with client.
func WithHTTPClient(client *http.Client) Option {
	return func(p *entraProvider) {
		p.httpClient = client
		p.graphOptions = append(p.graphOptions, graph.WithTransport(client.Transport))
	}
}

// WithGraphOptions passes options to the Graph client.
func WithGraphOptions(options ...graph.Option) Option {
	return func(p *entraProvider) { p.graphOptions = append(p.graphOptions, options...) }
}

// New makes the function that makes the provider.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider {
		p := &entraProvider{version: version, getenv: os.Getenv}
		for _, option := range options {
			option(p)
		}
		return p
	}
}

// Metadata implements [provider.Provider].
func (p *entraProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "entra"
	resp.Version = p.version
}

// Schema implements [provider.Provider].
func (p *entraProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	environment := textSetting(attributeEnvironment, "The cloud: `global`, `usgovernmentl4`, `usgovernmentl5` or `china`. Microsoft documents the token API for `global` only; elsewhere the provider warns. Defaults to `global`.")
	environment.Validators = append(environment.Validators, stringvalidator.OneOf(credential.CloudNames()...))
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages OATH hardware tokens in Microsoft Entra through Microsoft Graph.",
		Attributes: map[string]schema.Attribute{
			credential.SettingTenantID:         textSetting(credential.SettingTenantID, "The tenant's id, or one of its domains."),
			credential.SettingClientID:         textSetting(credential.SettingClientID, "The id of the application to sign in as; with `use_msi`, of the user-assigned managed identity."),
			credential.SettingClientIDFilePath: textSetting(credential.SettingClientIDFilePath, "A file that holds the `client_id`."),

			credential.SettingAccessToken: textSetting(credential.SettingAccessToken, "An access token for Microsoft Graph that was obtained elsewhere, for example by "+
				"`az account get-access-token --resource-type ms-graph`. It is used instead of any other way to sign in and is never renewed."),

			credential.SettingClientCertificate:         textSetting(credential.SettingClientCertificate, "The application's certificate with its private key: a PKCS#12 file in Base64. Needs `tenant_id` and `client_id`."),
			credential.SettingClientCertificatePath:     textSetting(credential.SettingClientCertificatePath, "A PKCS#12 or PEM file with the application's certificate and its private key. Needs `tenant_id` and `client_id`."),
			credential.SettingClientCertificatePassword: textSetting(credential.SettingClientCertificatePassword, "The password of the PKCS#12 file."),

			credential.SettingClientSecret:         textSetting(credential.SettingClientSecret, "The application's client secret. Needs `tenant_id` and `client_id`."),
			credential.SettingClientSecretFilePath: textSetting(credential.SettingClientSecretFilePath, "A file that holds the `client_secret`."),

			credential.SettingUseOIDC:           toggleSetting(credential.SettingUseOIDC, "Whether to sign in with a token of another issuer that the application trusts (workload identity federation). Defaults to `false`."),
			credential.SettingOIDCToken:         textSetting(credential.SettingOIDCToken, "The token of the other issuer."),
			credential.SettingOIDCTokenFilePath: textSetting(credential.SettingOIDCTokenFilePath, "A file that holds the token of the other issuer. It is read again whenever an access token is asked for, since such files rotate."),
			credential.SettingOIDCRequestToken:  textSetting(credential.SettingOIDCRequestToken, "The token to ask `oidc_request_url` with; GitHub Actions and Azure DevOps set it."),
			credential.SettingOIDCRequestURL:    textSetting(credential.SettingOIDCRequestURL, "Where to ask for a token of the other issuer; GitHub Actions and Azure DevOps set it."),
			credential.SettingADOPipelineServiceConnectionID: textSetting(credential.SettingADOPipelineServiceConnectionID,
				"The id of the Azure DevOps service connection whose token is asked for."),
			credential.SettingUseAKSWorkloadIdentity: toggleSetting(credential.SettingUseAKSWorkloadIdentity,
				"Whether to sign in as the AKS workload identity of this pod, with the `AZURE_*` variables that AKS puts there. Defaults to `false`."),

			credential.SettingUseMSI: toggleSetting(credential.SettingUseMSI, "Whether to sign in as this machine's managed identity. Defaults to `false`."),
			credential.SettingUseCLI: toggleSetting(credential.SettingUseCLI, "Whether to sign in as the Azure CLI is signed in, when nothing else is configured. A user signed in with `az login` is most likely refused by Microsoft Graph: "+
				"the CLI's own application can't be granted the Policy permissions. Defaults to `true`."),

			attributeEnvironment:     environment,
			attributeMSGraphEndpoint: textSetting(attributeMSGraphEndpoint, "Another root of Microsoft Graph, without a version: https, or http on this machine's loopback address. Defaults to the environment's."),
			attributeMaxRetries: schema.Int64Attribute{
				MarkdownDescription: "How often a request that failed for a passing reason (throttled, service unavailable, connection lost) is sent again, each time after the wait that Microsoft Graph asks for. Defaults to `10`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			attributeRequestsPerSecond: schema.Float64Attribute{
				MarkdownDescription: "The most requests that the provider sends in a second; `0` is no limit of its own. Defaults to `0`.",
				Optional:            true,
				Validators:          []validator.Float64{float64validator.AtLeast(0)},
			},
		},
	}
}

func textSetting(attribute, description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description + fromEnvironment(attribute),
		Optional:            true,
		Sensitive:           credential.IsSecret(attribute),
		Validators:          []validator.String{notEmpty{}},
	}
}

func toggleSetting(attribute, description string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: description + fromEnvironment(attribute), Optional: true}
}

// Configure implements [provider.Provider].
func (p *entraProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	settings := config.resolve(p.getenv, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	settings.credential.HTTPClient = p.httpClient
	client := settings.client(userAgent(p.version, req.TerraformVersion, p.getenv, &resp.Diagnostics), p.graphOptions, &resp.Diagnostics)
	config.checkHalf(client, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	resp.ResourceData = client
	resp.DataSourceData = client
	resp.EphemeralResourceData = client
	resp.ListResourceData = client
	resp.ActionData = client
}

// Resources implements [provider.Provider].
func (p *entraProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{NewHardwareOathTokenResource, NewHardwareOathTokenBatchResource, NewHardwareOathTokenAssignmentResource}
}

// DataSources implements [provider.Provider].
func (p *entraProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{NewHardwareOathTokenDataSource, NewHardwareOathTokensDataSource, NewHardwareOathMethodsDataSource}
}

// EphemeralResources implements [provider.ProviderWithEphemeralResources].
func (p *entraProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{NewSeedFileEphemeralResource}
}

// Functions implements [provider.ProviderWithFunctions].
func (p *entraProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{NewParseSeedFileFunction}
}

// Actions implements [provider.ProviderWithActions].
func (p *entraProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{NewHardwareOathTokenActivateAction, NewHardwareOathTokenDeactivateAction}
}
