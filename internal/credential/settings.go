package credential

import (
	"fmt"
	"net/http"
	"slices"
)

// The settings, by their names in the provider's configuration.
const (
	SettingAccessToken                    = "access_token"
	SettingADOPipelineServiceConnectionID = "ado_pipeline_service_connection_id"
	SettingClientCertificate              = "client_certificate"
	SettingClientCertificatePassword      = "client_certificate_password"
	SettingClientCertificatePath          = "client_certificate_path"
	SettingClientID                       = "client_id"
	SettingClientIDFilePath               = "client_id_file_path"
	SettingClientSecret                   = "client_secret"
	SettingClientSecretFilePath           = "client_secret_file_path"
	SettingOIDCRequestToken               = "oidc_request_token"
	SettingOIDCRequestURL                 = "oidc_request_url"
	SettingOIDCToken                      = "oidc_token"
	SettingOIDCTokenFilePath              = "oidc_token_file_path"
	SettingTenantID                       = "tenant_id"
	SettingUseAKSWorkloadIdentity         = "use_aks_workload_identity"
	SettingUseCLI                         = "use_cli"
	SettingUseMSI                         = "use_msi"
	SettingUseOIDC                        = "use_oidc"
)

// Settings says how to sign in. A zero field is a setting that was not made.
type Settings struct {
	TenantID         string
	ClientID         string
	ClientIDFilePath string

	AccessToken string

	ClientCertificate         string // base64 of a PKCS#12 file
	ClientCertificatePath     string // PKCS#12 or PEM
	ClientCertificatePassword string

	ClientSecret         string
	ClientSecretFilePath string

	UseOIDC                        bool
	UseAKSWorkloadIdentity         bool
	OIDCToken                      string
	OIDCTokenFilePath              string // read again whenever a token is asked for: such files rotate
	OIDCRequestToken               string
	OIDCRequestURL                 string
	ADOPipelineServiceConnectionID string

	UseMSI      bool
	MSIEndpoint string // in place of the machine's own metadata service

	UseCLI bool

	// Authority is the login authority, such as https://login.microsoftonline.com/.
	Authority string
	// HTTPClient sends the token requests; nil is azidentity's own.
	HTTPClient *http.Client
}

// SettingError is a setting that is wrong or missing.
type SettingError struct {
	// Setting is the name of the provider's argument.
	Setting string
	// Detail is a sentence that says what is wrong and what to do. It never holds
	// a secret.
	Detail string
}

// Error says what is wrong, with the setting's name in front.
func (e *SettingError) Error() string { return e.Setting + ": " + e.Detail }

// IsSecret reports whether a setting's value must not be shown, not even by
// quoting the line that sets it.
func IsSecret(setting string) bool {
	return slices.Contains([]string{
		SettingAccessToken, SettingClientCertificate, SettingClientCertificatePassword,
		SettingClientSecret, SettingOIDCRequestToken, SettingOIDCToken,
	}, setting)
}

func wrong(setting, format string, arguments ...any) error {
	return &SettingError{Setting: setting, Detail: fmt.Sprintf(format, arguments...)}
}

func missing(setting, because, env string) error {
	return wrong(setting, "%s is set and %s is not. Set %s, or the environment variable %s.", because, setting, setting, env)
}
