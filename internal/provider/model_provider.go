package provider

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graph"
)

// The environment variables, as hashicorp/azuread and microsoft/msgraph name them.
const (
	envAccessToken     = "ARM_MSGRAPH_ACCESS_TOKEN" //nolint:gosec // a name, not a token
	envTenantID        = "ARM_TENANT_ID"
	envClientID        = "ARM_CLIENT_ID"
	envClientSecret    = "ARM_CLIENT_SECRET" //nolint:gosec // a name, not a secret
	envUseCLI          = "ARM_USE_CLI"
	envEnvironment     = "ARM_ENVIRONMENT"
	envMSGraphEndpoint = "ARM_MSGRAPH_ENDPOINT"
	envAuthorityHost   = "AZURE_AUTHORITY_HOST"
)

const defaultMaxRetries = 10

const configureSummary = "Failed to configure provider"

// providerModel is the provider block.
type providerModel struct {
	AccessToken       types.String  `tfsdk:"access_token"`
	ClientID          types.String  `tfsdk:"client_id"`
	ClientSecret      types.String  `tfsdk:"client_secret"`
	Environment       types.String  `tfsdk:"environment"`
	MaxRetries        types.Int64   `tfsdk:"max_retries"`
	MSGraphEndpoint   types.String  `tfsdk:"msgraph_endpoint"`
	RequestsPerSecond types.Float64 `tfsdk:"requests_per_second"`
	TenantID          types.String  `tfsdk:"tenant_id"`
	UseCLI            types.Bool    `tfsdk:"use_cli"`
}

// providerSettings is the provider block with the environment filled in.
type providerSettings struct {
	credential        credential.Settings
	endpoint          string
	scope             string
	maxRetries        int
	requestsPerSecond float64
}

// resolve fills in the environment and checks what can be checked without Graph.
func (m providerModel) resolve(getenv func(string) string, diags *diag.Diagnostics) providerSettings {
	text := func(attribute string, value types.String, env string) string {
		if value.IsUnknown() {
			addUnknown(diags, attribute, env)
		}
		if value.IsNull() {
			return strings.TrimSpace(getenv(env))
		}
		return strings.TrimSpace(value.ValueString())
	}
	settings := providerSettings{
		credential: credential.Settings{
			AccessToken:  text(credential.SettingAccessToken, m.AccessToken, envAccessToken),
			TenantID:     text(credential.SettingTenantID, m.TenantID, envTenantID),
			ClientID:     text(credential.SettingClientID, m.ClientID, envClientID),
			ClientSecret: text(credential.SettingClientSecret, m.ClientSecret, envClientSecret),
			UseCLI:       m.useCLI(getenv, diags),
		},
		maxRetries:        defaultMaxRetries,
		requestsPerSecond: m.RequestsPerSecond.ValueFloat64(),
	}
	if m.MaxRetries.IsUnknown() {
		addUnknown(diags, "max_retries", "")
	}
	if m.RequestsPerSecond.IsUnknown() {
		addUnknown(diags, "requests_per_second", "")
	}
	if !m.MaxRetries.IsNull() {
		settings.maxRetries = int(m.MaxRetries.ValueInt64())
	}
	m.checkOneSecret(settings.credential, diags)

	cloudName := text("environment", m.Environment, envEnvironment)
	endpoint := text("msgraph_endpoint", m.MSGraphEndpoint, envMSGraphEndpoint)
	if diags.HasError() {
		return settings
	}
	settings.resolveCloud(cloudName, endpoint, strings.TrimSpace(getenv(envAuthorityHost)), diags)
	return settings
}

func (m providerModel) useCLI(getenv func(string) string, diags *diag.Diagnostics) bool {
	if m.UseCLI.IsUnknown() {
		addUnknown(diags, credential.SettingUseCLI, envUseCLI)
	}
	if !m.UseCLI.IsNull() {
		return m.UseCLI.ValueBool()
	}
	text := getenv(envUseCLI)
	if text == "" {
		return true
	}
	use, err := strconv.ParseBool(text)
	if err != nil {
		diags.AddAttributeError(path.Root(credential.SettingUseCLI), configureSummary,
			fmt.Sprintf("The environment variable %s is %q, and it must be true or false.", envUseCLI, text))
	}
	return use
}

// checkOneSecret tells of a client secret in the configuration that an access
// token keeps from being used. It names no attribute's path: the CLI would quote
// the line with the secret.
func (m providerModel) checkOneSecret(settings credential.Settings, diags *diag.Diagnostics) {
	switch {
	case m.ClientSecret.IsNull() || settings.AccessToken == "":
	case m.AccessToken.IsNull():
		diags.AddWarning("Client secret not used",
			fmt.Sprintf("The environment variable %s holds an access token, and an access token is used before any other way to sign in, so client_secret is not used.", envAccessToken))
	default:
		diags.AddError(configureSummary, "Both access_token and client_secret are set, and only one way to sign in can be used. Keep one of them.")
	}
}

// resolveCloud finds Graph's root, the login authority and the scope.
func (s *providerSettings) resolveCloud(name, endpoint, authority string, diags *diag.Diagnostics) {
	if name == "" {
		name = credential.Clouds()[0].Name
	}
	cloud, ok := credential.FindCloud(name)
	if !ok {
		diags.AddAttributeError(path.Root("environment"), configureSummary,
			fmt.Sprintf("The environment variable %s is %q, and it must be one of %s.", envEnvironment, name, strings.Join(credential.CloudNames(), ", ")))
		return
	}
	s.endpoint, s.scope, s.credential.Authority = cloud.Graph, cloud.Scope(), cloud.Authority
	if endpoint != "" {
		if err := checkEndpoint(endpoint); err != nil {
			diags.AddAttributeError(path.Root("msgraph_endpoint"), configureSummary,
				fmt.Sprintf("The Microsoft Graph endpoint %q (from msgraph_endpoint or %s) can't be used: %v.", endpoint, envMSGraphEndpoint, err))
			return
		}
		s.endpoint = strings.TrimRight(endpoint, "/")
		for _, known := range credential.Clouds() {
			if strings.EqualFold(known.Graph, s.endpoint) {
				s.scope = known.Scope()
			}
		}
	}
	if authority != "" {
		if root, err := url.Parse(authority); err != nil || root.Scheme != "https" || root.Host == "" {
			diags.AddError(configureSummary, fmt.Sprintf("The environment variable %s is %q, and it must be an https URL.", envAuthorityHost, authority))
			return
		}
		s.credential.Authority = authority
	}
}

// checkEndpoint takes https roots, and http on a loopback address: an access
// token must not cross a network in the clear.
func checkEndpoint(endpoint string) error {
	root, err := url.Parse(endpoint)
	switch {
	case err != nil || root.Host == "":
		return errors.New("it is not a URL such as https://graph.microsoft.com")
	case root.User != nil || root.RawQuery != "" || root.Fragment != "":
		return errors.New("it must be a root only, without user, query and fragment")
	case strings.Trim(root.Path, "/") != "":
		return fmt.Errorf("it must be a root without the path %q; the provider adds the API version itself", root.Path)
	case root.Scheme == "https":
		return nil
	case root.Scheme != "http":
		return fmt.Errorf("its scheme is %q and must be https", root.Scheme)
	}
	address := net.ParseIP(root.Hostname())
	if root.Hostname() != "localhost" && (address == nil || !address.IsLoopback()) {
		return fmt.Errorf("http would show the access token to the network on the way to %s; use https (http is for loopback addresses only)", root.Hostname())
	}
	return nil
}

// client makes the Graph client.
func (s providerSettings) client(userAgent string, options []graph.Option, diags *diag.Diagnostics) *graph.Client {
	signIn, err := credential.New(s.credential)
	if err != nil {
		var setting *credential.SettingError
		if errors.As(err, &setting) {
			diags.AddAttributeError(path.Root(setting.Setting), configureSummary, setting.Detail)
		} else {
			diags.AddError(configureSummary, err.Error())
		}
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

func addUnknown(diags *diag.Diagnostics, attribute, env string) {
	detail := fmt.Sprintf("The value of %s is known only after apply, and the provider needs it to plan. "+
		"Set it to a value that is known, apply the resource that it comes from first (with -target)", attribute)
	if env != "" {
		detail += fmt.Sprintf(", or leave it out and set the environment variable %s", env)
	}
	diags.AddAttributeError(path.Root(attribute), configureSummary, detail+".")
}

func fromEnvironment(name string) string {
	return fmt.Sprintf(" Can also be set with the environment variable `%s`.", name)
}

func userAgent(version, terraformVersion string) string {
	return fmt.Sprintf("terraform-provider-entra/%s (+https://registry.terraform.io/providers/terraform-provider-entra/entra) Terraform/%s", version, terraformVersion)
}
