package provider_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential/credentialtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

const (
	testConnection   = "55555555-6c1f-4f6e-9b0a-2f1d3c4b5a69"
	testPassword     = "Pfx~Of4Test"
	testRequestToken = "request-token-of-a-job"
)

// newTenant is a tenant over TLS with one token and one application that has
// every kind of credential.
func newTenant(t *testing.T, options ...graphtest.Option) *graphtest.Server {
	t.Helper()
	srv := graphtest.NewServer(t, append(options, graphtest.WithTLS())...)
	srv.PutDevice(deviceOf("1"))
	srv.PutApplication(graphtest.Application{
		ClientID: testClient, Secret: testSecret, Roles: []string{"Policy.ReadWrite.AuthenticationMethod"},
		Certificates: []*x509.Certificate{credentialtest.Keys().Certificate},
		Federated: []graphtest.FederatedCredential{
			{Issuer: credentialtest.Issuer, Subject: credentialtest.Subject, Key: &credentialtest.Keys().Issuer.PublicKey},
		},
	})
	return srv
}

// signInEnvironment is the environment of an identity repo, with what the tests need.
func signInEnvironment(srv *graphtest.Server, more map[string]string) map[string]string {
	environment := map[string]string{
		"ARM_TENANT_ID": testTenant, "ARM_CLIENT_ID": testClient, "ARM_USE_CLI": "false",
		"ARM_MSGRAPH_ENDPOINT": srv.URL(), "AZURE_AUTHORITY_HOST": srv.URL(),
	}
	for name, value := range more {
		environment[name] = value
	}
	return environment
}

func pfx(t *testing.T) []byte {
	t.Helper()
	file, err := pkcs12.Modern2023.Encode(credentialtest.Keys().Key, credentialtest.Keys().Certificate, nil, testPassword)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func fileOf(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// signInMethods are the ways to sign in, by the environment that each of them
// comes with. Wrong makes an environment that the other side refuses.
var signInMethods = map[string]struct {
	name        string // as errors call it
	environment func(t *testing.T, srv *graphtest.Server, wrong bool) map[string]string
	refusal     string
}{
	"client secret": {
		"a client secret", func(_ *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			return map[string]string{"ARM_CLIENT_SECRET": wrongIf(wrong, testSecret)}
		}, "AADSTS7000215",
	},
	"client secret in a file": {
		"a client secret", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{"ARM_CLIENT_SECRET_FILE_PATH": fileOf(t, []byte(wrongIf(wrong, testSecret)))}
		}, "AADSTS7000215",
	},
	"client certificate": {
		"a client certificate", func(t *testing.T, srv *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			if wrong {
				srv.PutApplication(graphtest.Application{ClientID: testClient})
			}
			return map[string]string{"ARM_CLIENT_CERTIFICATE": base64.StdEncoding.EncodeToString(pfx(t)), "ARM_CLIENT_CERTIFICATE_PASSWORD": testPassword}
		}, "AADSTS700027",
	},
	"client certificate in a file": {
		"a client certificate", func(t *testing.T, srv *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			if wrong {
				srv.PutApplication(graphtest.Application{ClientID: testClient})
			}
			return map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": fileOf(t, pfx(t)), "ARM_CLIENT_CERTIFICATE_PASSWORD": testPassword}
		}, "AADSTS700027",
	},
	"OIDC token": {
		"an OIDC token", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": assertionOf(t, wrong)}
		}, "AADSTS700213",
	},
	"OIDC token in a file": {
		"an OIDC token", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": fileOf(t, []byte(assertionOf(t, wrong)))}
		}, "AADSTS700213",
	},
	"HCP Terraform": {
		"an OIDC token", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{"ARM_USE_OIDC": "true", "TFC_WORKLOAD_IDENTITY_TOKEN": assertionOf(t, wrong)}
		}, "AADSTS700213",
	},
	"GitHub Actions": {
		"an OIDC token request", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{
				"ARM_USE_OIDC": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": credentialtest.GitHubActions(t, testRequestToken),
				"ACTIONS_ID_TOKEN_REQUEST_TOKEN": wrongIf(wrong, testRequestToken),
			}
		}, "the OIDC token was refused by 127.0.0.1:",
	},
	"Azure DevOps": {
		"an Azure DevOps service connection", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{
				"ARM_USE_OIDC": "true", "SYSTEM_OIDCREQUESTURI": credentialtest.AzureDevOps(t, testRequestToken, testConnection),
				"SYSTEM_ACCESSTOKEN": wrongIf(wrong, testRequestToken), "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": testConnection,
			}
		}, "the OIDC token was refused by 127.0.0.1:",
	},
	"AKS workload identity": {
		"AKS workload identity", func(t *testing.T, _ *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			return map[string]string{
				"ARM_USE_AKS_WORKLOAD_IDENTITY": "true", "ARM_TENANT_ID": "", "ARM_CLIENT_ID": "", "AZURE_TENANT_ID": testTenant,
				"AZURE_CLIENT_ID": testClient, "AZURE_FEDERATED_TOKEN_FILE": fileOf(t, []byte(assertionOf(t, wrong))),
			}
		}, "AADSTS700213",
	},
	"managed identity": {
		"a managed identity", func(t *testing.T, srv *graphtest.Server, wrong bool) map[string]string {
			t.Helper()
			identity := map[bool]string{false: testClient, true: testConnection}[wrong]
			return map[string]string{"ARM_USE_MSI": "true", "ARM_MSI_ENDPOINT": metadataService(t, srv, identity)}
		}, "the requested identity isn't assigned to this resource",
	},
	"access token": {
		"an access token", func(_ *testing.T, srv *graphtest.Server, wrong bool) map[string]string {
			return map[string]string{"ARM_MSGRAPH_ACCESS_TOKEN": wrongIf(wrong, srv.AccessToken())}
		}, "InvalidAuthenticationToken, status 401",
	},
}

func wrongIf(wrong bool, text string) string {
	if wrong {
		return "Wrong~" + text
	}
	return text
}

func assertionOf(t *testing.T, wrong bool) string {
	t.Helper()
	if wrong {
		return credentialtest.Assertion(t, jwt.MapClaims{"sub": "repo:contoso/another"}, nil)
	}
	return credentialtest.Assertion(t, nil, nil)
}

// metadataService is that of a machine with one identity, which is the application.
func metadataService(t *testing.T, srv *graphtest.Server, identity string) string {
	t.Helper()
	return credentialtest.MetadataService(t, identity, func() (string, error) {
		resp, err := srv.Client().PostForm(srv.URL()+"/"+testTenant+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {testClient}, "client_secret": {testSecret}, "scope": {"https://graph.microsoft.com/.default"},
		})
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		return answer.AccessToken, err
	})
}

// Every method, right: through the real CLI, the real sign-in library and a
// token endpoint that verifies what it is given.
func TestProvider_signIn(t *testing.T) {
	t.Parallel()
	for name, method := range signInMethods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			environment := signInEnvironment(srv, method.environment(t, srv, false))
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client())),
				Steps:                    []resource.TestStep{{Config: lookUp(`serial_number = "1"`)}},
			})
			for _, request := range srv.TokenRequests() {
				if strings.Contains(request.Path, "/discovery/instance") {
					t.Error("instance discovery was asked about an authority that is not Microsoft's")
				}
			}
		})
	}
}

// Every method, wrong: the refusal is the answer, though another method, the
// Azure CLI, is configured too.
func TestProvider_signInRefused(t *testing.T) {
	t.Parallel()
	for name, method := range signInMethods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			environment := signInEnvironment(srv, method.environment(t, srv, true))
			environment["ARM_USE_CLI"] = "true"
			factories := newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client()))
			for _, want := range []string{method.name, method.refusal} {
				resource.UnitTest(t, resource.TestCase{
					ProtoV6ProviderFactories: factories,
					Steps:                    []resource.TestStep{{Config: lookUp(`serial_number = "1"`), ExpectError: says(want)}},
				})
			}
		})
	}
}

// configure configures the provider as a CLI does, and gives its diagnostics.
func configure(t *testing.T, environment map[string]string, arguments map[string]any) []*tfprotov6.Diagnostic {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test", provider.WithEnvironment(environment))())()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	object, ok := schema.Provider.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("the provider's configuration is a %T", schema.Provider.ValueType())
	}
	values := map[string]tftypes.Value{}
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, arguments[name])
	}
	config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.ConfigureProvider(context.WithoutCancel(t.Context()), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.99.0", Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// Every mistake is named at its attribute. A secret's attribute is named in the
// text only: for a path the CLI quotes the line with the secret.
func TestProvider_mistakes(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	expired := credentialtest.Assertion(t, jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()}, nil)
	type arguments = map[string]any
	for name, test := range map[string]struct {
		arguments       arguments
		environment     map[string]string
		attribute, want string
	}{
		"client secret, no tenant":      {arguments{"client_secret": testSecret, "client_id": testClient}, nil, "tenant_id", "client_secret is set and tenant_id is not"},
		"client secret, no client":      {arguments{"client_secret": testSecret, "tenant_id": testTenant}, nil, "client_id", "client_secret is set and client_id is not"},
		"client secret, no file":        {arguments{"client_secret_file_path": absent}, nil, "client_secret_file_path", "can't be read"},
		"client secret, mixed":          {arguments{"client_secret": testSecret}, map[string]string{"ARM_CLIENT_SECRET_FILE_PATH": fileOf(t, []byte("x"))}, "client_secret_file_path", "differ"},
		"client, mixed":                 {arguments{"client_id": testClient}, map[string]string{"ARM_CLIENT_ID_FILE_PATH": fileOf(t, []byte("x"))}, "client_id_file_path", "differ"},
		"client, malformed":             {arguments{"client_id": "identity-repo"}, nil, "client_id", "is not the id of an application"},
		"tenant, malformed":             {nil, map[string]string{"ARM_TENANT_ID": "contoso"}, "tenant_id", "neither a tenant's id"},
		"certificate, no tenant":        {arguments{"client_certificate_path": fileOf(t, pfx(t)), "client_id": testClient}, nil, "tenant_id", "client_certificate is set and tenant_id is not"},
		"certificate, no file":          {arguments{"client_certificate_path": absent}, nil, "client_certificate_path", "can't be read"},
		"certificate, no certificate":   {arguments{"client_certificate_password": testPassword}, nil, "client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH"},
		"certificate, wrong password":   {full(arguments{"client_certificate_path": fileOf(t, pfx(t)), "client_certificate_password": "no"}), nil, "", "Attribute client_certificate_password: The password does not open the client certificate."},
		"certificate, not Base64":       {full(arguments{"client_certificate": "%" + testSecret}), nil, "", "Attribute client_certificate: The client certificate is not Base64."},
		"certificate, not a PFX":        {full(arguments{"client_certificate": "AAAA"}), nil, "", "Attribute client_certificate: The client certificate can't be read"},
		"OIDC, no source":               {full(arguments{"use_oidc": true}), nil, "use_oidc", "there is no OIDC token"},
		"OIDC, no source, by env":       {full(nil), map[string]string{"ARM_USE_OIDC": "true"}, "use_oidc", "there is no OIDC token"},
		"OIDC, no client":               {arguments{"use_oidc": true, "oidc_token": "x", "tenant_id": testTenant}, nil, "client_id", "use_oidc is set and client_id is not"},
		"OIDC, no file":                 {full(arguments{"use_oidc": true, "oidc_token_file_path": absent}), nil, "oidc_token_file_path", "can't be read"},
		"OIDC, expired":                 {full(arguments{"use_oidc": true, "oidc_token": expired}), nil, "", "Attribute oidc_token: The token has expired"},
		"OIDC, mixed":                   {full(arguments{"use_oidc": true, "oidc_token_file_path": fileOf(t, []byte("x"))}), map[string]string{"ARM_OIDC_TOKEN": "y"}, "oidc_token_file_path", "differ"},
		"GitHub Actions, no token":      {full(arguments{"use_oidc": true, "oidc_request_url": "https://vstoken.example"}), nil, "", "Attribute oidc_request_token: oidc_request_url is set and oidc_request_token is not."},
		"GitHub Actions, no URL":        {full(arguments{"use_oidc": true, "oidc_request_token": testRequestToken}), nil, "oidc_request_url", "ARM_OIDC_REQUEST_URL"},
		"GitHub Actions, http":          {full(arguments{"use_oidc": true, "oidc_request_url": "http://vstoken.example", "oidc_request_token": testRequestToken}), nil, "oidc_request_url", "is not https"},
		"Azure DevOps, malformed":       {full(arguments{"use_oidc": true, "ado_pipeline_service_connection_id": "mine"}), nil, "ado_pipeline_service_connection_id", "is not the id of a service connection"},
		"Azure DevOps, no token":        {full(arguments{"use_oidc": true, "oidc_request_url": "https://dev.azure.example"}), map[string]string{"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID": testConnection}, "", "Attribute oidc_request_token: "},
		"AKS workload identity, no pod": {full(arguments{"use_aks_workload_identity": true}), nil, "oidc_token_file_path", "AZURE_FEDERATED_TOKEN_FILE"},
		"managed identity, endpoint":    {arguments{"use_msi": true}, map[string]string{"ARM_MSI_ENDPOINT": "x"}, "use_msi", "ARM_MSI_ENDPOINT"},
		"access token, expired":         {arguments{"access_token": expired}, nil, "", "Attribute access_token: The token has expired"},
		"toggle":                        {nil, map[string]string{"ARM_USE_OIDC": "yes"}, "use_oidc", `The environment variable ARM_USE_OIDC is "yes", and it must be true or false.`},
		"nothing":                       {arguments{"use_cli": false}, nil, "use_cli", "No way to sign in is configured"},
		"endpoint, http":                {arguments{"msgraph_endpoint": "http://graph.example"}, nil, "msgraph_endpoint", "use https"},
		"authority, http":               {nil, map[string]string{"AZURE_AUTHORITY_HOST": "http://127.0.0.1:1"}, "", "AZURE_AUTHORITY_HOST"},
		"authority, no URL":             {nil, map[string]string{"AZURE_AUTHORITY_HOST": "login.example"}, "", "must be an https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags := configure(t, test.environment, test.arguments)
			if len(diags) != 1 || diags[0].Severity != tfprotov6.DiagnosticSeverityError {
				t.Fatalf("got %d diagnostics, want one error: %+v", len(diags), diags)
			}
			if diags[0].Summary != "Failed to configure provider" || !strings.Contains(diags[0].Detail, test.want) {
				t.Errorf("got %q: %q, want %q", diags[0].Summary, diags[0].Detail, test.want)
			}
			attribute := ""
			if diags[0].Attribute != nil {
				attribute = fmt.Sprint(diags[0].Attribute.Steps()[0])
			}
			if attribute != test.attribute {
				t.Errorf("the error points at %q, want %q", attribute, test.attribute)
			}
			for _, hidden := range []string{testSecret, testPassword, testRequestToken, expired} {
				if strings.Contains(diags[0].Detail, hidden) {
					t.Errorf("the error holds a secret: %q", diags[0].Detail)
				}
			}
		})
	}
}

func full(arguments map[string]any) map[string]any {
	all := map[string]any{"tenant_id": testTenant, "client_id": testClient}
	for name, value := range arguments {
		all[name] = value
	}
	return all
}

// Every argument, unknown: one error, at the argument, that says what to do.
func TestProvider_everyArgumentUnknown(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New("test")())()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, attribute := range schema.Provider.Block.Attributes {
		t.Run(attribute.Name, func(t *testing.T) {
			t.Parallel()
			environment := map[string]string{"ARM_TENANT_ID": testTenant, "ARM_CLIENT_ID": testClient, "ARM_CLIENT_SECRET": testSecret}
			diags := configure(t, environment, map[string]any{attribute.Name: tftypes.UnknownValue})
			if len(diags) != 1 || !strings.Contains(diags[0].Detail, "The value of "+attribute.Name+" is known only after apply") {
				t.Fatalf("got %+v, want one error about %s", diags, attribute.Name)
			}
			if got := fmt.Sprint(diags[0].Attribute.Steps()[0]); got != attribute.Name {
				t.Errorf("the error points at %q", got)
			}
			if sensitive := credential.IsSecret(attribute.Name); attribute.Sensitive != sensitive {
				t.Errorf("sensitive is %t, want %t", attribute.Sensitive, sensitive)
			}
		})
	}
}

// Clouds that Microsoft does not document the API for are warned of, once.
func TestProvider_cloudWarning(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments map[string]any
		cloud     string
	}{
		"default":                      {map[string]any{}, ""},
		"global":                       {map[string]any{"environment": "global"}, ""},
		"public":                       {map[string]any{"environment": "public"}, ""},
		"usgovernment":                 {map[string]any{"environment": "usgovernment"}, "usgovernmentl4"},
		"dod":                          {map[string]any{"environment": "dod"}, "usgovernmentl5"},
		"china":                        {map[string]any{"environment": "china"}, "china"},
		"national root":                {map[string]any{"msgraph_endpoint": "https://graph.microsoft.us/"}, "usgovernmentl4"},
		"national root in its cloud":   {map[string]any{"environment": "china", "msgraph_endpoint": "https://microsoftgraph.chinacloudapi.cn"}, "china"},
		"another root in another land": {map[string]any{"environment": "china", "msgraph_endpoint": "https://graph.example"}, "china"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var warned []string
			for _, diagnostic := range configure(t, nil, test.arguments) {
				if diagnostic.Severity != tfprotov6.DiagnosticSeverityWarning {
					t.Errorf("unexpected: %s", diagnostic.Detail)
				}
				warned = append(warned, diagnostic.Detail)
			}
			switch {
			case test.cloud == "" && len(warned) != 0:
				t.Errorf("warned of %q", warned)
			case test.cloud != "" && (len(warned) != 1 || !strings.Contains(warned[0], "not available in "+test.cloud)):
				t.Errorf("warned of %q, want once of %s", warned, test.cloud)
			}
		})
	}
}

func TestProvider_partnerWarning(t *testing.T) {
	t.Parallel()
	diags := configure(t, map[string]string{"ARM_PARTNER_ID": "contoso"}, nil)
	if len(diags) != 1 || diags[0].Severity != tfprotov6.DiagnosticSeverityWarning || !strings.Contains(diags[0].Detail, `ARM_PARTNER_ID is "contoso", and it must be a GUID.`) {
		t.Errorf("got %+v, want one warning", diags)
	}
}

// masquerade plays every host of Microsoft's from one emulator, and writes down
// who was asked and for which scope.
type masquerade struct {
	srv    *graphtest.Server
	asked  chan string
	scopes chan string
}

// RoundTrip implements [http.RoundTripper].
func (m masquerade) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Host
	m.asked <- host + req.URL.Path
	if req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/token") {
		form, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		values, err := url.ParseQuery(string(form))
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(form))
		m.scopes <- values.Get("scope")
	}
	target, err := url.Parse(m.srv.URL())
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host, req.Host = target.Scheme, target.Host, ""
	resp, err := m.srv.Client().Transport.RoundTrip(req)
	if err != nil || strings.HasPrefix(req.URL.Path, "/beta") {
		return resp, err
	}
	return replaceInBody(resp, m.srv.URL(), "https://"+host)
}

// Each cloud has its own Graph, login authority and scope; an authority or a
// Graph root of one's own takes their place.
func TestProvider_clouds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment            map[string]string
		graph, authority, want string
		discovery              bool
	}{
		"global":         {nil, "graph.microsoft.com", "login.microsoftonline.com", "https://graph.microsoft.com/.default", true},
		"usgovernmentl4": {map[string]string{"ARM_ENVIRONMENT": "usgovernmentl4"}, "graph.microsoft.us", "login.microsoftonline.us", "https://graph.microsoft.us/.default", true},
		"usgovernmentl5": {map[string]string{"ARM_ENVIRONMENT": "usgovernmentl5"}, "dod-graph.microsoft.us", "login.microsoftonline.us", "https://dod-graph.microsoft.us/.default", true},
		"china":          {map[string]string{"ARM_ENVIRONMENT": "china"}, "microsoftgraph.chinacloudapi.cn", "login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default", true},
		"own authority":  {map[string]string{"AZURE_AUTHORITY_HOST": "https://login.contoso.example/"}, "graph.microsoft.com", "login.contoso.example", "https://graph.microsoft.com/.default", false},
		"own Graph":      {map[string]string{"ARM_ENVIRONMENT": "china", "ARM_MSGRAPH_ENDPOINT": "https://graph.contoso.example/"}, "graph.contoso.example", "login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default", true},
		"national Graph": {map[string]string{"ARM_MSGRAPH_ENDPOINT": "https://graph.microsoft.us", "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us"}, "graph.microsoft.us", "login.microsoftonline.us", "https://graph.microsoft.us/.default", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			masked := masquerade{srv, make(chan string, 1000), make(chan string, 1000)}
			environment := map[string]string{"ARM_TENANT_ID": testTenant, "ARM_CLIENT_ID": testClient, "ARM_CLIENT_SECRET": testSecret}
			for variable, value := range test.environment {
				environment[variable] = value
			}
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(&http.Client{Transport: masked})),
				Steps:                    []resource.TestStep{{Config: lookUp(`serial_number = "1"`)}},
			})
			close(masked.asked)
			close(masked.scopes)
			discovered, graphAsked := false, false
			for asked := range masked.asked {
				host, path, _ := strings.Cut(asked, "/")
				switch {
				case strings.HasPrefix(path, "beta/"):
					graphAsked = true
					if host != test.graph {
						t.Errorf("Graph was asked at %s, want %s", host, test.graph)
					}
				case strings.Contains(path, "discovery/instance"):
					discovered = true
				case host != test.authority:
					t.Errorf("%s was asked for %s, want %s", host, path, test.authority)
				}
			}
			if discovered != test.discovery || !graphAsked {
				t.Errorf("instance discovery %t, want %t; Graph asked %t", discovered, test.discovery, graphAsked)
			}
			for scope := range masked.scopes {
				if strings.Fields(scope)[0] != test.want {
					t.Errorf("scope %q, want %q", scope, test.want)
				}
			}
		})
	}
}

func replaceInBody(resp *http.Response, from, to string) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	body = bytes.ReplaceAll(body, []byte(from), []byte(to))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, err
}

// userToken is an access token as the Azure CLI gets it for a user.
func userToken(t *testing.T, application string) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"appid": application, "upn": "amy@contoso.com", "unique_name": "amy@contoso.com", "tid": testTenant,
		"scp": "AuditLog.Read.All User.Read", "exp": time.Now().Add(time.Hour).Unix(),
	}).SignedString([]byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Who was refused says which credential, who it is, and what this operation needs.
func TestProvider_refusalTexts(t *testing.T) {
	t.Parallel()
	const (
		azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
		write    = "An application needs the Microsoft Graph permission Policy.ReadWrite.AuthenticationMethod, with admin consent; a signed-in user needs it too, and the role Authentication Policy Administrator."
		read     = "An application needs the Microsoft Graph permission Policy.Read.All, with admin consent; a signed-in user needs it too, and the role Authentication Policy Administrator."
		hint     = "The Azure CLI's own application can't be granted this permission, so a user signed in with az login is refused whatever the user's roles are: use a service principal or a managed identity."
	)
	user := fmt.Sprintf("The request was signed with an access token, as user amy@contoso.com through application %%s in tenant %s; the token carries AuditLog.Read.All, User.Read. ", testTenant)
	secret := fmt.Sprintf("The request was signed with a client secret, as application %s in tenant %s; the token carries Policy.ReadWrite.AuthenticationMethod. ", testClient, testTenant)
	const old = " The token may have expired, or be meant for another service or tenant."
	for name, test := range map[string]struct {
		token, config string
		fault         graphtest.Fault
		want          string
	}{
		"403, user of the Azure CLI": {userToken(t, azureCLI), tokenConfig("2", withSeed(1)), graphtest.Fault{Method: "POST", Status: 403}, fmt.Sprintf(user, azureCLI) + write + " " + hint},
		"403, user of another":       {userToken(t, testClient), tokenConfig("2", withSeed(1)), graphtest.Fault{Method: "POST", Status: 403}, fmt.Sprintf(user, testClient) + write},
		"403, reading":               {userToken(t, testClient), lookUp(`serial_number = "1"`), graphtest.Fault{Status: 403}, fmt.Sprintf(user, testClient) + read},
		"401, user of the Azure CLI": {userToken(t, azureCLI), tokenConfig("2", withSeed(1)), graphtest.Fault{Method: "POST", Status: 401}, "Microsoft Graph did not accept the token. " + fmt.Sprintf(user, azureCLI) + write + " " + hint + old},
		"401, opaque":                {"opaque", lookUp(`serial_number = "1"`), graphtest.Fault{Status: 401}, "The request was signed with an access token. " + read + old},
		"401, application":           {"", lookUp(`serial_number = "1"`), graphtest.Fault{Status: 401}, secret + read + old},
		"403, application":           {"", tokenConfig("2", withSeed(1)), graphtest.Fault{Method: "POST", Status: 403}, secret + write},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []graphtest.Option{}
			environment := map[string]string{"ARM_CLIENT_SECRET": testSecret}
			if test.token != "" {
				options = append(options, graphtest.WithAccessToken(test.token))
				environment = map[string]string{"ARM_MSGRAPH_ACCESS_TOKEN": test.token}
			}
			srv := newTenant(t, options...)
			srv.AddFault(test.fault)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(signInEnvironment(srv, environment)), provider.WithHTTPClient(srv.Client())),
				Steps:                    []resource.TestStep{{Config: test.config, ExpectError: says(test.want)}},
			})
		})
	}
}

// The permission that is named is that of the refused operation: to take a token
// back is another one than to delete it.
func TestProvider_refusalOfUnassigning(t *testing.T) {
	t.Parallel()
	srv := newTenant(t)
	user := srv.PutUser(graphtest.User{DisplayName: "Amy Masters"})
	environment := signInEnvironment(srv, map[string]string{"ARM_CLIENT_SECRET": testSecret})
	config := tokenConfig("2", withSeed(1)+"unassign_on_destroy = true")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client())),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:   func() { assign(t, srv, "2", user.ID) },
				Config:      config,
				Destroy:     true,
				ExpectError: says("An application needs the Microsoft Graph permission UserAuthenticationMethod.ReadWrite.All, with admin consent; a signed-in user needs it too, and the role Authentication Administrator"),
			},
			{PreConfig: func() { unassign(t, srv, "2") }, Config: config},
		},
	})
}

func assign(t *testing.T, srv *graphtest.Server, serialNumber, userID string) {
	t.Helper()
	device, ok := srv.DeviceBySerial(serialNumber)
	if !ok {
		t.Fatalf("there is no token %s", serialNumber)
	}
	srv.Assign(device.ID, userID)
}

func unassign(t *testing.T, srv *graphtest.Server, serialNumber string) {
	t.Helper()
	device, ok := srv.DeviceBySerial(serialNumber)
	if !ok {
		t.Fatalf("there is no token %s", serialNumber)
	}
	srv.Unassign(device.ID)
}

// A 401 that a new token does not cure fails after that one.
func TestProvider_oneRenewal(t *testing.T) {
	t.Parallel()
	srv := newTenant(t)
	srv.AddFault(graphtest.Fault{Status: 401})
	environment := signInEnvironment(srv, map[string]string{"ARM_CLIENT_SECRET": testSecret})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client())),
		Steps:                    []resource.TestStep{{Config: lookUp(`serial_number = "1"`), ExpectError: says("Microsoft Graph did not accept the token.")}},
	})
	tokens := 0
	for _, request := range srv.TokenRequests() {
		if request.Method == http.MethodPost {
			tokens++
		}
	}
	// One walk of the CLI: the CLI tries nothing twice.
	if requests := len(srv.Requests("", "")); tokens != requests || tokens%2 != 0 || tokens > 4 {
		t.Errorf("%d tokens for %d requests, want 2 for each reading", tokens, requests)
	}
}

func TestProvider_userAgent(t *testing.T) {
	t.Parallel()
	const partner = "8f2b0d2e-0000-4f6e-9b0a-2f1d3c4b5a69"
	for name, test := range map[string]struct {
		environment map[string]string
		want        bool
	}{
		"no partner":         {nil, false},
		"partner":            {map[string]string{"ARM_PARTNER_ID": partner}, true},
		"switched off":       {map[string]string{"ARM_PARTNER_ID": partner, "ARM_DISABLE_TERRAFORM_PARTNER_ID": "true"}, false},
		"switched off, by 1": {map[string]string{"ARM_PARTNER_ID": partner, "ARM_DISABLE_TERRAFORM_PARTNER_ID": "1"}, false},
		"of Partner Center":  {map[string]string{"ARM_PARTNER_ID": "pid-" + partner + "-partnercenter"}, true},
		"malformed":          {map[string]string{"ARM_PARTNER_ID": "contoso"}, false},
		"not switched off":   {map[string]string{"ARM_PARTNER_ID": partner, "ARM_DISABLE_TERRAFORM_PARTNER_ID": "false"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTenant(t)
			environment := signInEnvironment(srv, test.environment)
			environment["ARM_CLIENT_SECRET"] = testSecret
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client())),
				Steps:                    []resource.TestStep{{Config: lookUp(`serial_number = "1"`)}},
			})
			ours := regexp.MustCompile(`^terraform-provider-entra/test \(\+https://[^ )]+\) Terraform/\d+\.\d+\.\d+\S*( pid-` + partner + `(-partnercenter)?)?$`)
			for _, request := range srv.Requests("", "") {
				if !ours.MatchString(request.UserAgent) || strings.Contains(request.UserAgent, "pid-") != test.want {
					t.Errorf("User-Agent %q", request.UserAgent)
				}
			}
			for _, request := range srv.TokenRequests() {
				if !strings.HasPrefix(request.UserAgent, "terraform-provider-entra azsdk-go-azidentity/") {
					t.Errorf("User-Agent of a token request: %q", request.UserAgent)
				}
			}
		})
	}
}
