package credential_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential/credentialtest"
)

// Every mistake is found before anybody is asked, and names its setting.
func TestNew_findsMistakes(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	empty := file(t, []byte(" \n"))
	nothing := file(t, nil)
	pfx := bundle(t, pkcs12.Modern2023, credentialtest.Keys().Key, credentialtest.Keys().Certificate)
	trust, err := pkcs12.Modern2023.EncodeTrustStore(nil, password)
	if err != nil {
		t.Fatal(err)
	}
	expired := credentialtest.Assertion(t, jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()}, nil)
	type settings = credential.Settings
	for name, test := range map[string]struct {
		settings        settings
		setting, detail string
	}{
		"secret, no tenant":            {settings{ClientID: clientID, ClientSecret: secret}, "tenant_id", "ARM_TENANT_ID"},
		"secret, no client":            {settings{TenantID: tenantID, ClientSecret: secret}, "client_id", "ARM_CLIENT_ID"},
		"secret, unreadable file":      {full(settings{ClientSecretFilePath: absent}), "client_secret_file_path", "absent"},
		"secret, folder for a file":    {full(settings{ClientSecretFilePath: filepath.Dir(absent)}), "client_secret_file_path", "can't be read"},
		"secret, empty file":           {full(settings{ClientSecretFilePath: empty}), "client_secret_file_path", "is empty"},
		"secret, two that differ":      {full(settings{ClientSecret: secret, ClientSecretFilePath: file(t, []byte("another"))}), "client_secret_file_path", "Keep one of the two"},
		"client, unreadable file":      {settings{TenantID: tenantID, ClientIDFilePath: absent, ClientSecret: secret}, "client_id_file_path", "absent"},
		"client, two that differ":      {full(settings{ClientIDFilePath: file(t, []byte(tenantID)), ClientSecret: secret}), "client_id_file_path", "differ"},
		"client, not a GUID":           {settings{TenantID: tenantID, ClientID: "identity-repo", ClientSecret: secret}, "client_id", `"identity-repo" is not the id of an application`},
		"client in braces":             {settings{TenantID: tenantID, ClientID: "{" + clientID + "}", ClientSecret: secret}, "client_id", "GUID"},
		"client without hyphens":       {settings{TenantID: tenantID, ClientID: strings.ReplaceAll(clientID, "-", ""), ClientSecret: secret}, "client_id", "GUID"},
		"tenant in braces":             {settings{TenantID: "{" + tenantID + "}", ClientID: clientID, ClientSecret: secret}, "tenant_id", "neither a tenant's id"},
		"tenant of one word":           {settings{TenantID: "contoso", ClientID: clientID, ClientSecret: secret}, "tenant_id", "nor one of its domains"},
		"tenant one character short":   {settings{TenantID: tenantID[1:], ClientID: clientID, ClientSecret: secret}, "tenant_id", "neither a tenant's id"},
		"tenant with a path":           {settings{TenantID: "contoso.com/x", UseCLI: true}, "tenant_id", "neither a tenant's id"},
		"certificate, no tenant":       {settings{ClientID: clientID, ClientCertificate: base64Of(pfx)}, "tenant_id", "client_certificate is set and tenant_id is not"},
		"certificate, no client":       {settings{TenantID: tenantID, ClientCertificatePath: file(t, pfx)}, "client_id", "client_certificate is set and client_id is not"},
		"certificate, password alone":  {full(settings{ClientCertificatePassword: password}), "client_certificate_path", "client_certificate_password is set and client_certificate_path is not"},
		"certificate, wrong password":  {full(settings{ClientCertificate: base64Of(pfx), ClientCertificatePassword: "wrong~" + password}), "client_certificate_password", "does not open"},
		"certificate, no password":     {full(settings{ClientCertificatePath: file(t, pfx)}), "client_certificate_password", "does not open"},
		"certificate, not Base64":      {full(settings{ClientCertificate: "%%%" + password}), "client_certificate", "is not Base64"},
		"certificate, neither":         {full(settings{ClientCertificate: base64Of([]byte(secret))}), "client_certificate", "can't be read"},
		"certificate, cut":             {full(settings{ClientCertificatePath: file(t, pfx[:100]), ClientCertificatePassword: password}), "client_certificate_path", "can't be read"},
		"certificate, no key":          {full(settings{ClientCertificate: base64Of(credentialtest.PEM(t, nil, credentialtest.Keys().Certificate))}), "client_certificate", "found no private key"},
		"certificate, no key, PKCS#12": {full(settings{ClientCertificate: base64Of(trust), ClientCertificatePassword: password}), "client_certificate", "can't be read"},
		"certificate, key alone":       {full(settings{ClientCertificatePath: file(t, credentialtest.PEM(t, credentialtest.Keys().Key, nil))}), "client_certificate_path", "found no certificate"},
		"certificate, another key":     {full(settings{ClientCertificate: base64Of(credentialtest.PEM(t, credentialtest.Keys().OtherKey, credentialtest.Keys().Certificate))}), "client_certificate", "key doesn't match any certificate"},
		"certificate, encrypted PEM":   {full(settings{ClientCertificate: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"}), "client_certificate", "is encrypted, which only a PKCS#12 file may be"},
		"certificate, unreadable file": {full(settings{ClientCertificatePath: absent}), "client_certificate_path", "absent"},
		"certificate, empty file":      {full(settings{ClientCertificatePath: nothing}), "client_certificate_path", "is empty"},
		"certificate, two that differ": {full(settings{ClientCertificate: base64Of(pfx), ClientCertificatePath: file(t, []byte("x"))}), "client_certificate_path", "differ"},
		"OIDC, no source":              {full(settings{UseOIDC: true}), "use_oidc", "id-token: write"},
		"OIDC, no tenant":              {settings{ClientID: clientID, UseOIDC: true, OIDCToken: credentialtest.Assertion(t, nil, nil)}, "tenant_id", "use_oidc is set and tenant_id is not"},
		"OIDC, no client":              {settings{TenantID: tenantID, UseOIDC: true, OIDCToken: credentialtest.Assertion(t, nil, nil)}, "client_id", "use_oidc is set and client_id is not"},
		"OIDC, expired token":          {full(settings{UseOIDC: true, OIDCToken: expired}), "oidc_token", "The token has expired: it was good until"},
		"OIDC, expired token file":     {full(settings{UseOIDC: true, OIDCTokenFilePath: file(t, []byte(expired))}), "oidc_token_file_path", "The token has expired: it was good until"},
		"OIDC, unreadable file":        {full(settings{UseOIDC: true, OIDCTokenFilePath: absent}), "oidc_token_file_path", "absent"},
		"OIDC, empty file":             {full(settings{UseOIDC: true, OIDCTokenFilePath: empty}), "oidc_token_file_path", "is empty"},
		"OIDC, two that differ":        {full(settings{UseOIDC: true, OIDCToken: "a", OIDCTokenFilePath: file(t, []byte("b"))}), "oidc_token_file_path", "differ"},
		"OIDC, request URL alone":      {full(settings{UseOIDC: true, OIDCRequestURL: "https://vstoken.example"}), "oidc_request_token", "oidc_request_url is set and oidc_request_token is not"},
		"OIDC, request token alone":    {full(settings{UseOIDC: true, OIDCRequestToken: requestToken}), "oidc_request_url", "oidc_request_token is set and oidc_request_url is not"},
		"OIDC, http":                   {full(settings{UseOIDC: true, OIDCRequestURL: "http://vstoken.example", OIDCRequestToken: requestToken}), "oidc_request_url", "is not https"},
		"OIDC, not a URL":              {full(settings{UseOIDC: true, OIDCRequestURL: "vstoken", OIDCRequestToken: requestToken}), "oidc_request_url", "is not a URL"},
		"GitHub, no tenant":            {settings{ClientID: clientID, UseOIDC: true, OIDCRequestURL: "https://vstoken.example", OIDCRequestToken: requestToken}, "tenant_id", "use_oidc is set"},
		"Azure DevOps, not a GUID":     {full(settings{UseOIDC: true, ADOPipelineServiceConnectionID: "my connection"}), "ado_pipeline_service_connection_id", "GUID"},
		"Azure DevOps, no URL":         {full(settings{UseOIDC: true, ADOPipelineServiceConnectionID: connectionID, OIDCRequestToken: requestToken}), "oidc_request_url", "ARM_OIDC_REQUEST_URL"},
		"Azure DevOps, no token":       {full(settings{UseOIDC: true, ADOPipelineServiceConnectionID: connectionID, OIDCRequestURL: "https://dev.azure.example"}), "oidc_request_token", "ARM_OIDC_REQUEST_TOKEN"},
		"AKS, not in a pod":            {full(settings{UseAKSWorkloadIdentity: true}), "oidc_token_file_path", "AZURE_FEDERATED_TOKEN_FILE"},
		"AKS, no tenant":               {settings{ClientID: clientID, UseAKSWorkloadIdentity: true, OIDCToken: "a"}, "tenant_id", "use_aks_workload_identity is set"},
		"identity, endpoint":           {settings{UseMSI: true, MSIEndpoint: "metadata"}, "use_msi", `ARM_MSI_ENDPOINT is "metadata" and not a URL`},
		"identity, not a GUID":         {settings{UseMSI: true, ClientID: "x"}, "client_id", "GUID"},
		"access token, expired":        {settings{AccessToken: expired}, "access_token", "The token has expired: it was good until"},
		"nothing":                      {full(settings{}), "use_cli", "No way to sign in is configured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := credential.New(test.settings)
			var wrong *credential.SettingError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, want a SettingError", err)
			}
			if wrong.Setting != test.setting || !strings.Contains(wrong.Detail, test.detail) {
				t.Errorf("got %q about %s, want %q about %s", wrong.Detail, wrong.Setting, test.detail, test.setting)
			}
			for _, hidden := range []string{secret, password, requestToken, expired, test.settings.OIDCToken + ".", test.settings.ClientCertificate + "."} {
				if hidden != "." && strings.Contains(err.Error(), hidden) {
					t.Errorf("the error holds a secret: %v", err)
				}
			}
		})
	}
}

func full(s credential.Settings) credential.Settings {
	s.TenantID = tenantID
	if s.ClientID == "" {
		s.ClientID = clientID
	}
	return s
}

// azuread's order: what comes first is used, and a mistake in it is not hidden
// by what comes after it.
func TestNew_keepsTheOrder(t *testing.T) {
	t.Parallel()
	pfx := base64Of(bundle(t, pkcs12.Modern2023, credentialtest.Keys().Key, credentialtest.Keys().Certificate))
	all := credential.Settings{
		TenantID: tenantID, ClientID: clientID, AccessToken: "opaque", ClientCertificate: pfx, ClientCertificatePassword: password, ClientSecret: secret,
		UseOIDC: true, OIDCToken: "token", ADOPipelineServiceConnectionID: connectionID, OIDCRequestURL: "https://vstoken.example", OIDCRequestToken: requestToken,
		UseMSI: true, UseCLI: true,
	}
	for _, step := range []struct {
		want   string
		remove func(*credential.Settings)
	}{
		{"an access token", func(s *credential.Settings) { s.AccessToken = "" }},
		{"a client certificate", func(s *credential.Settings) { s.ClientCertificate, s.ClientCertificatePassword = "", "" }},
		{"a client secret", func(s *credential.Settings) { s.ClientSecret = "" }},
		{"an OIDC token", func(s *credential.Settings) { s.OIDCToken = "" }},
		{"an Azure DevOps service connection", func(s *credential.Settings) { s.ADOPipelineServiceConnectionID = "" }},
		{"an OIDC token request", func(s *credential.Settings) { s.UseOIDC = false }},
		{"a managed identity", func(s *credential.Settings) { s.UseMSI = false }},
		{"the Azure CLI", func(s *credential.Settings) { s.UseCLI = false }},
	} {
		c, err := credential.New(all)
		if err != nil || c.Name != step.want {
			t.Fatalf("got %+v and %v, want %s", c, err, step.want)
		}
		step.remove(&all)
	}
	if _, err := credential.New(all); err == nil {
		t.Error("something is left to sign in with")
	}
}
