// Package credential turns the provider's settings into one
// azcore.TokenCredential: the first configured method, in the order of
// hashicorp/azuread, and its failure is the answer. It knows neither Terraform
// nor Graph; a setting that is wrong is a [SettingError] that names it.
package credential

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// method is one way to sign in. configured reports whether the settings ask for
// it; build makes its credential, signing nobody in yet.
type method struct {
	name       string
	configured func(Settings) bool
	build      func(Settings) (azcore.TokenCredential, error)
}

// AzureCLI is the name of the last resort, which signs in as whoever has
// signed in to the CLI.
const AzureCLI = "the Azure CLI"

// methods lists the ways to sign in, in the order in which they are tried:
// a token that is there already, then azuread's order.
func methods() []method {
	return []method{
		{"an access token", Settings.hasAccessToken, accessToken},
		{"a client certificate", Settings.hasClientCertificate, clientCertificate},
		{"a client secret", Settings.hasClientSecret, clientSecret},
		{"AKS workload identity", func(s Settings) bool { return s.UseAKSWorkloadIdentity }, oidcToken},
		{"an OIDC token", Settings.hasOIDCToken, oidcToken},
		{"an Azure DevOps service connection", Settings.hasADOServiceConnection, azureDevOps},
		{"an OIDC token request", func(s Settings) bool { return s.UseOIDC }, oidcRequest},
		{"a managed identity", func(s Settings) bool { return s.UseMSI }, managedIdentity},
		{AzureCLI, func(s Settings) bool { return s.UseCLI }, azureCLI},
	}
}

// New makes the credential of the first configured method; it signs nobody in
// yet. Errors: [SettingError].
func New(settings Settings) (*Credential, error) {
	settings, err := settings.readFiles()
	if err != nil {
		return nil, err
	}
	if err := settings.check(); err != nil {
		return nil, err
	}
	for _, m := range methods() {
		if !m.configured(settings) {
			continue
		}
		build := func() (azcore.TokenCredential, error) { return m.build(settings) }
		current, err := build()
		if err != nil {
			return nil, err
		}
		_, static := current.(staticToken)
		return &Credential{Name: m.name, renewable: !static, build: build, current: current}, nil
	}
	return nil, wrong(SettingUseCLI, "No way to sign in is configured: there is no access token, no client certificate and no client secret, "+
		"OIDC and managed identity are not asked for, and the Azure CLI is switched off. "+
		"Set client_secret with client_id and tenant_id, or use_oidc, or use_msi, or leave use_cli at true.")
}

// Credential signs requests and says what it is. It keeps its token: some of
// azidentity's credentials do not, and would run az for every request. It is
// safe for concurrent use.
type Credential struct {
	// Name is for error texts: "a client secret", "the Azure CLI".
	Name string

	renewable bool
	build     func() (azcore.TokenCredential, error)
	mu        sync.Mutex             // held while a token is asked for: ten requests ask once
	current   azcore.TokenCredential // nil: to be built
	token     azcore.AccessToken
}

// earlyRenewal is how long before its end a token is no longer given out, the
// same as in azidentity.
const earlyRenewal = 5 * time.Minute

// GetToken implements [azcore.TokenCredential]. Claims count only after [Renew]:
// a token that is kept is newer than the one that they were asked for.
func (c *Credential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Until(c.token.ExpiresOn) > earlyRenewal {
		return c.token, nil
	}
	if c.current == nil {
		current, err := c.build()
		if err != nil {
			return azcore.AccessToken{}, err
		}
		c.current = current
	}
	token, err := c.current.GetToken(ctx, options)
	if err == nil {
		c.token = token
	}
	return token, err
}

// Renew drops what is cached, so that the next token is a new one. Rejected is
// the token that was refused: when ten requests find out at once, the first one
// renews. It reports whether another token can be had at all.
func (c *Credential) Renew(rejected string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.renewable && c.token.Token == rejected {
		c.current, c.token = nil, azcore.AccessToken{}
	}
	return c.renewable
}

// clientOptions are those of every azidentity credential that asks the login
// authority.
func (s Settings) clientOptions() azcore.ClientOptions {
	options := azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: s.Authority},
		Telemetry: policy.TelemetryOptions{ApplicationID: "terraform-provider-entra"},
	}
	if s.HTTPClient != nil {
		options.Transport = s.HTTPClient
	}
	return options
}

// privateAuthority reports whether the authority is one that Microsoft's
// instance discovery does not know.
func (s Settings) privateAuthority() bool {
	for _, known := range Clouds() {
		if sameHost(known.Authority, s.Authority) {
			return false
		}
	}
	return true
}

// orWrong keeps a nil pointer from becoming a credential that is not nil.
func orWrong[C azcore.TokenCredential](built C, err error, setting string) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, wrong(setting, "The sign-in can't be set up: %v.", err)
	}
	return built, nil
}
