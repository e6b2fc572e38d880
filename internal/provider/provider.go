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
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

var _ provider.Provider = &entraProvider{}

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
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages OATH hardware tokens in Microsoft Entra through Microsoft Graph.",
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				MarkdownDescription: "The tenant's id or a domain of it." + fromEnvironment(envTenantID),
				Optional:            true,
				Validators:          []validator.String{notEmpty{envTenantID}},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "The application (client) id to sign in as." + fromEnvironment(envClientID),
				Optional:            true,
				Validators:          []validator.String{notEmpty{envClientID}},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "The application's client secret; needs `tenant_id` and `client_id`." + fromEnvironment(envClientSecret),
				Optional:            true,
				Sensitive:           true,
				Validators:          []validator.String{notEmpty{envClientSecret}},
			},
			"access_token": schema.StringAttribute{
				MarkdownDescription: "An access token for Microsoft Graph that was obtained elsewhere, for example by " +
					"`az account get-access-token --resource-type ms-graph`. It is used instead of any other way to sign in and is never renewed." + fromEnvironment(envAccessToken),
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{notEmpty{envAccessToken}},
			},
			"use_cli": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in as the Azure CLI is signed in, when nothing else is configured. A user signed in with `az login` is most likely refused by Microsoft Graph: " +
					"the CLI's own application can't be granted the Policy permissions. Defaults to `true`." + fromEnvironment(envUseCLI),
				Optional: true,
			},
			"environment": schema.StringAttribute{
				MarkdownDescription: "The cloud: `global`, `usgovernmentl4`, `usgovernmentl5` or `china`. Microsoft documents the token API for `global` only. Defaults to `global`." + fromEnvironment(envEnvironment),
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(credential.CloudNames()...)},
			},
			"msgraph_endpoint": schema.StringAttribute{
				MarkdownDescription: "Another root of Microsoft Graph, without a version: https, or http on this machine's loopback address. Defaults to the environment's." + fromEnvironment(envMSGraphEndpoint),
				Optional:            true,
				Validators:          []validator.String{notEmpty{envMSGraphEndpoint}},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "How often a request that failed for a passing reason (throttled, service unavailable, connection lost) is sent again, each time after the wait that Microsoft Graph asks for. Defaults to `10`.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"requests_per_second": schema.Float64Attribute{
				MarkdownDescription: "The most requests that the provider sends in a second; `0` is no limit of its own. Defaults to `0`.",
				Optional:            true,
				Validators:          []validator.Float64{float64validator.AtLeast(0)},
			},
		},
	}
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
	client := settings.client(userAgent(p.version, req.TerraformVersion), p.graphOptions, &resp.Diagnostics)
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
	return []func() resource.Resource{NewHardwareOathTokenResource}
}

// DataSources implements [provider.Provider].
func (p *entraProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{NewHardwareOathTokenDataSource}
}
