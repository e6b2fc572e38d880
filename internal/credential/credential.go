// Package credential turns the provider's settings into one
// azcore.TokenCredential: the first configured method, in the order of
// hashicorp/azuread, and its failure is the answer. It knows neither Terraform
// nor Graph; a setting that is wrong is a [SettingError] that names it.
package credential

import (
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// The settings, by their names in the provider's configuration.
const (
	SettingAccessToken  = "access_token"
	SettingTenantID     = "tenant_id"
	SettingClientID     = "client_id"
	SettingClientSecret = "client_secret"
	SettingUseCLI       = "use_cli"
)

// Settings says how to sign in. A zero field is a setting that was not made.
type Settings struct {
	AccessToken  string
	TenantID     string
	ClientID     string
	ClientSecret string
	UseCLI       bool

	// Authority is the login authority, such as https://login.microsoftonline.com/.
	Authority string
	// HTTPClient sends the token requests; nil is azidentity's own.
	HTTPClient *http.Client
}

// Credential signs requests and says what it is.
type Credential struct {
	azcore.TokenCredential
	// Name is for error texts: "a client secret", "the Azure CLI".
	Name string
}

// SettingError is a setting that is wrong or missing.
type SettingError struct {
	// Setting is the name of the provider's argument.
	Setting string
	// Detail is a sentence that says what is wrong and what to do.
	Detail string
}

// Error says what is wrong, with the setting's name in front.
func (e *SettingError) Error() string { return e.Setting + ": " + e.Detail }

// method is one way to sign in. configured reports whether the settings ask for it.
type method struct {
	name       string
	configured func(Settings) bool
	build      func(Settings) (azcore.TokenCredential, error)
}

// methods lists the ways to sign in, in the order in which they are tried:
// a token that is there already, then azuread's order.
func methods() []method {
	return []method{
		{"an access token", func(s Settings) bool { return s.AccessToken != "" }, accessToken},
		{"a client secret", func(s Settings) bool { return s.ClientSecret != "" }, clientSecret},
		{"the Azure CLI", func(s Settings) bool { return s.UseCLI }, azureCLI},
	}
}

// New makes the credential of the first configured method; it signs nobody in
// yet. Errors: [SettingError].
func New(settings Settings) (Credential, error) {
	for _, m := range methods() {
		if !m.configured(settings) {
			continue
		}
		built, err := m.build(settings)
		return Credential{TokenCredential: built, Name: m.name}, err
	}
	return Credential{}, &SettingError{
		Setting: SettingUseCLI,
		Detail: "No way to sign in is configured: the Azure CLI is switched off and there is no access token and no client secret. " +
			"Set client_secret with client_id and tenant_id, or access_token, or leave use_cli at true.",
	}
}

func clientSecret(s Settings) (azcore.TokenCredential, error) {
	if s.TenantID == "" {
		return nil, missing(SettingTenantID, SettingClientSecret, "ARM_TENANT_ID")
	}
	if s.ClientID == "" {
		return nil, missing(SettingClientID, SettingClientSecret, "ARM_CLIENT_ID")
	}
	built, err := azidentity.NewClientSecretCredential(s.TenantID, s.ClientID, s.ClientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            s.clientOptions(),
		DisableInstanceDiscovery: !s.microsoftAuthority(),
	})
	return wrap(built, err, SettingTenantID)
}

func azureCLI(s Settings) (azcore.TokenCredential, error) {
	built, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.TenantID})
	return wrap(built, err, SettingTenantID)
}

// wrap keeps a nil pointer from becoming a credential that is not nil.
func wrap[C azcore.TokenCredential](built C, err error, setting string) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, &SettingError{Setting: setting, Detail: fmt.Sprintf("The sign-in can't be set up: %v.", err)}
	}
	return built, nil
}

func missing(setting, because, env string) error {
	return &SettingError{
		Setting: setting,
		Detail:  fmt.Sprintf("%s is set and %s is not. Set %s, or the environment variable %s.", because, setting, setting, env),
	}
}

func (s Settings) clientOptions() azcore.ClientOptions {
	options := azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: s.Authority}}
	if s.HTTPClient != nil {
		options.Transport = s.HTTPClient
	}
	return options
}

// microsoftAuthority reports whether the authority is one that Microsoft's
// instance discovery knows.
func (s Settings) microsoftAuthority() bool {
	for _, known := range Clouds() {
		if sameHost(known.Authority, s.Authority) {
			return true
		}
	}
	return false
}

var _ policy.Transporter = (*http.Client)(nil)
