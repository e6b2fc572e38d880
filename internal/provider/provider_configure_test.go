package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/provider"
)

const (
	testTenant = "8f2b0d2e-6c1f-4f6e-9b0a-2f1d3c4b5a69"
	testClient = "0cadbf92-6c1f-4f6e-9b0a-2f1d3c4b5a69"
	testSecret = "client-secret-of-our-own-making"
)

func providerBlock(arguments string) string {
	return fmt.Sprintf("provider \"entra\" {\n  %s\n}\n", arguments)
}

func TestProvider_configurationErrors(t *testing.T) {
	t.Parallel()
	cli := map[string]string{}
	for name, test := range map[string]struct {
		arguments, want string
		environment     map[string]string
	}{
		"empty access token":  {`access_token = ""`, `The argument access_token is an empty string. Leave it out (or set it to null) to use the environment variable ARM_MSGRAPH_ACCESS_TOKEN.`, cli},
		"empty tenant":        {`tenant_id = ""`, `The argument tenant_id is an empty string.`, cli},
		"empty endpoint":      {`msgraph_endpoint = ""`, `The argument msgraph_endpoint is an empty string.`, cli},
		"http on a far host":  {`msgraph_endpoint = "http://graph.example.com"`, `http would show the access token to the network on the way to graph.example.com; use https`, cli},
		"far host by env":     {``, `The Microsoft Graph endpoint "http://10.0.0.1" (from msgraph_endpoint or ARM_MSGRAPH_ENDPOINT) can't be used`, map[string]string{"ARM_MSGRAPH_ENDPOINT": "http://10.0.0.1"}},
		"endpoint with path":  {`msgraph_endpoint = "https://graph.microsoft.com/v1.0"`, `it must be a root without the path "/v1.0"; the provider adds the API version itself`, cli},
		"endpoint not a URL":  {`msgraph_endpoint = "graph.microsoft.com"`, `it is not a URL such as https://graph.microsoft.com`, cli},
		"endpoint with ftp":   {`msgraph_endpoint = "ftp://graph.microsoft.com"`, `its scheme is "ftp" and must be https`, cli},
		"unknown environment": {`environment = "moon"`, `Attribute environment value must be one of:`, cli},
		"environment by env":  {``, `The environment variable ARM_ENVIRONMENT is "moon", and it must be one of global,`, map[string]string{"ARM_ENVIRONMENT": "moon"}},
		"use_cli by env":      {``, `The environment variable ARM_USE_CLI is "maybe", and it must be true or false.`, map[string]string{"ARM_USE_CLI": "maybe"}},
		"secret, no tenant":   {fmt.Sprintf(`client_secret = %q`, testSecret), `client_secret is set and tenant_id is not. Set tenant_id, or the environment variable ARM_TENANT_ID.`, cli},
		"secret, no client":   {fmt.Sprintf("client_secret = %q\ntenant_id = %q", testSecret, testTenant), `client_secret is set and client_id is not. Set client_id, or the environment variable ARM_CLIENT_ID.`, cli},
		"two ways":            {fmt.Sprintf("client_secret = %q\naccess_token = \"a\"", testSecret), `access_token is set beside client_secret, and only one way to sign in can be used.`, cli},
		"OIDC not asked for":  {`oidc_token_file_path = "token"`, `oidc_token_file_path is set and use_oidc is not true, so it would not be used.`, cli},
		"no way":              {`use_cli = false`, `No way to sign in is configured`, cli},
		"half a credential":   {fmt.Sprintf(`client_id = %q`, testClient), `client_id is set, and there is nothing to sign in with as that application`, cli},
		"two clouds":          {"msgraph_endpoint = \"https://graph.microsoft.us\"\nenvironment = \"china\"", `The Microsoft Graph endpoint "https://graph.microsoft.us" is that of usgovernmentl4, and the environment is china. Leave one of the two out.`, cli},
		"retries":             {`max_retries = -1`, `Attribute max_retries value must be at least 0, got: -1`, cli},
		"rate":                {`requests_per_second = -0.5`, `Attribute requests_per_second value must be at least 0`, cli},
		"authority":           {`access_token = "a"`, `The environment variable AZURE_AUTHORITY_HOST is "http://login.example.com", and it must be an https URL.`, map[string]string{"AZURE_AUTHORITY_HOST": "http://login.example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(test.environment)),
				Steps: []resource.TestStep{{
					Config: providerBlock(test.arguments) + lookUp(`serial_number = "1"`), PlanOnly: true, ExpectError: says(test.want),
				}},
			})
		})
	}
}

func TestProvider_unknownValues(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{
		"access_token", "tenant_id", "client_id", "client_secret", "environment", "msgraph_endpoint",
		"use_cli", "max_retries", "requests_per_second",
	} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			value := "terraform_data.later.id"
			switch attribute {
			case "use_cli":
				value = `terraform_data.later.id == "x"`
			case "max_retries", "requests_per_second":
				value = "length(terraform_data.later.id)"
			}
			srv := graphtest.NewServer(t)
			expectError(t, srv, fmt.Sprintf("The value of %s is known only after apply, and the provider needs it to plan.", attribute), resource.TestStep{
				Config: `resource "terraform_data" "later" {}` + "\n" + providerBlock(attribute+" = "+value) + tokenConfig("1", withSeed(1)),
			})
		})
	}
}

// The whole way with the real sign-in library: client secret, token endpoint,
// Graph, over TLS.
func TestProvider_clientSecret(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithTLS())
	srv.PutApplication(graphtest.Application{ClientID: testClient, Secret: testSecret, Roles: []string{"Policy.ReadWrite.AuthenticationMethod"}})
	environment := map[string]string{
		"ARM_TENANT_ID": testTenant, "ARM_CLIENT_ID": testClient, "ARM_CLIENT_SECRET": testSecret,
		"ARM_MSGRAPH_ENDPOINT": srv.URL(), "AZURE_AUTHORITY_HOST": srv.URL(),
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client())),
		Steps:                    []resource.TestStep{{Config: tokenConfig("1", withSeed(1))}},
		CheckDestroy:             destroyed(srv),
	})
	if len(srv.TokenRequests()) == 0 {
		t.Error("nobody signed in")
	}
}

func TestProvider_signInErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		application graphtest.Application
		want        string
	}{
		"wrong secret":  {graphtest.Application{ClientID: testClient, Secret: "another"}, `signing in with a client secret failed:`},
		"no permission": {graphtest.Application{ClientID: testClient, Secret: testSecret, Roles: []string{"Policy.Read.All"}}, fmt.Sprintf(`The request was signed with a client secret, as application %s in tenant %s; the token carries Policy.Read.All. An application needs the Microsoft Graph permission Policy.ReadWrite.AuthenticationMethod, with admin consent`, testClient, testTenant)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithTLS())
			srv.PutApplication(test.application)
			environment := map[string]string{"ARM_MSGRAPH_ENDPOINT": srv.URL(), "AZURE_AUTHORITY_HOST": srv.URL()}
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: newProvider(t, srv, provider.WithEnvironment(environment), provider.WithHTTPClient(srv.Client())),
				Steps: []resource.TestStep{{
					Config:      providerBlock(fmt.Sprintf("tenant_id = %q\nclient_id = %q\nclient_secret = %q", testTenant, testClient, testSecret)) + tokenConfig("1", withSeed(1)),
					ExpectError: says(test.want),
				}},
			})
		})
	}
}

func TestProvider_userAgentAndPace(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: newProvider(t, srv),
		Steps:                    []resource.TestStep{{Config: providerBlock("requests_per_second = 50\nmax_retries = 0") + tokenConfig("1", withSeed(1))}},
	})
	for _, request := range srv.Requests("", "") {
		if !strings.HasPrefix(request.UserAgent, "terraform-provider-entra/test (+https://") || !strings.Contains(request.UserAgent, " Terraform/") {
			t.Errorf("User-Agent %q", request.UserAgent)
		}
		if request.ClientRequestID == "" || request.ContentEncoding != "" {
			t.Errorf("client-request-id %q, Content-Encoding %q", request.ClientRequestID, request.ContentEncoding)
		}
	}
}
