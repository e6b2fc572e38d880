package credential_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	tenantID = "22222222-0000-4000-8000-000000000001"
	clientID = "33333333-0000-4000-8000-000000000001"
	secret   = "Correct~Horse8Battery.Staple"
)

func TestNew_takesTheFirstMethod(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings credential.Settings
		want     string
	}{
		"access token": {credential.Settings{AccessToken: "t"}, "an access token"},
		"access token before all": {
			credential.Settings{AccessToken: "t", TenantID: tenantID, ClientID: clientID, ClientSecret: secret, UseCLI: true}, "an access token",
		},
		"client secret":                     {credential.Settings{TenantID: tenantID, ClientID: clientID, ClientSecret: secret}, "a client secret"},
		"client secret before the CLI":      {credential.Settings{TenantID: tenantID, ClientID: clientID, ClientSecret: secret, UseCLI: true}, "a client secret"},
		"CLI":                               {credential.Settings{UseCLI: true}, "the Azure CLI"},
		"CLI of a tenant":                   {credential.Settings{TenantID: tenantID, UseCLI: true}, "the Azure CLI"},
		"client without a secret, then CLI": {credential.Settings{TenantID: tenantID, ClientID: clientID, UseCLI: true}, "the Azure CLI"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.settings.Authority = "https://login.microsoftonline.com/"
			got, err := credential.New(test.settings)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != test.want {
				t.Errorf("got %q, want %q", got.Name, test.want)
			}
		})
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings credential.Settings
		setting  string
		detail   string
	}{
		"nothing":                 {credential.Settings{}, "use_cli", "No way to sign in is configured"},
		"client without a secret": {credential.Settings{TenantID: tenantID, ClientID: clientID}, "use_cli", "no client secret"},
		"no tenant":               {credential.Settings{ClientID: clientID, ClientSecret: secret}, "tenant_id", "client_secret is set and tenant_id is not. Set tenant_id, or the environment variable ARM_TENANT_ID."},
		"no client":               {credential.Settings{TenantID: tenantID, ClientSecret: secret}, "client_id", "client_secret is set and client_id is not. Set client_id, or the environment variable ARM_CLIENT_ID."},
		"no falling through":      {credential.Settings{ClientSecret: secret, UseCLI: true}, "tenant_id", "client_secret is set"},
		"tenant of no shape":      {credential.Settings{TenantID: "con toso", ClientID: clientID, ClientSecret: secret}, "tenant_id", ""},
		"CLI, tenant of no shape": {credential.Settings{TenantID: "con toso", UseCLI: true}, "tenant_id", ""},
	}
	for name, test := range tests {
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
			if !strings.HasPrefix(err.Error(), test.setting+": ") || strings.Contains(err.Error(), secret) {
				t.Errorf("the error does not begin with its setting, or holds the secret: %v", err)
			}
		})
	}
}

func TestAccessToken(t *testing.T) {
	t.Parallel()
	signedIn, err := credential.New(credential.Settings{AccessToken: "a token"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := signedIn.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"s"}})
	if err != nil || token.Token != "a token" || token.ExpiresOn.IsZero() {
		t.Errorf("got %v and %v, want the token as it is", token.ExpiresOn, err)
	}
}

func TestClientSecret_signsIn(t *testing.T) {
	t.Parallel()
	srv := graphtest.NewServer(t, graphtest.WithTLS())
	srv.PutApplication(graphtest.Application{ClientID: clientID, Secret: secret, Roles: []string{"Policy.Read.All"}})
	settings := credential.Settings{
		TenantID: tenantID, ClientID: clientID, ClientSecret: secret, Authority: srv.URL() + "/", HTTPClient: srv.Client(),
	}
	signedIn, err := credential.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(srv.TokenRequests()); n != 0 {
		t.Errorf("%d requests before a token is needed, want none", n)
	}
	options := policy.TokenRequestOptions{Scopes: []string{srv.URL() + "/.default"}}
	first, err := signedIn.GetToken(t.Context(), options)
	if err != nil || first.Token == "" {
		t.Fatalf("got no token: %v", err)
	}
	sent := len(srv.TokenRequests())
	second, err := signedIn.GetToken(t.Context(), options)
	if err != nil || second.Token != first.Token || len(srv.TokenRequests()) != sent {
		t.Errorf("the token is not kept: %v, %d more requests", err, len(srv.TokenRequests())-sent)
	}
}

func TestClientSecret_refusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ client, secret, want string }{
		"wrong secret":   {clientID, "Wrong~" + secret, "AADSTS7000215"},
		"unknown client": {"44444444-0000-4000-8000-000000000001", secret, "AADSTS700016"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := graphtest.NewServer(t, graphtest.WithTLS())
			srv.PutApplication(graphtest.Application{ClientID: clientID, Secret: secret})
			signedIn, err := credential.New(credential.Settings{
				TenantID: tenantID, ClientID: test.client, ClientSecret: test.secret, Authority: srv.URL() + "/", HTTPClient: srv.Client(),
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = signedIn.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{srv.URL() + "/.default"}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

func TestClouds(t *testing.T) {
	t.Parallel()
	want := map[string][3]string{
		"global":         {"global", "https://graph.microsoft.com/.default", "https://login.microsoftonline.com/"},
		"public":         {"global", "https://graph.microsoft.com/.default", "https://login.microsoftonline.com/"},
		"usgovernmentl4": {"usgovernmentl4", "https://graph.microsoft.us/.default", "https://login.microsoftonline.us/"},
		"usgovernment":   {"usgovernmentl4", "https://graph.microsoft.us/.default", "https://login.microsoftonline.us/"},
		"usgovernmentl5": {"usgovernmentl5", "https://dod-graph.microsoft.us/.default", "https://login.microsoftonline.us/"},
		"dod":            {"usgovernmentl5", "https://dod-graph.microsoft.us/.default", "https://login.microsoftonline.us/"},
		"china":          {"china", "https://microsoftgraph.chinacloudapi.cn/.default", "https://login.chinacloudapi.cn/"},
	}
	got := map[string][3]string{}
	for _, name := range credential.CloudNames() {
		cloud, ok := credential.FindCloud(name)
		if !ok {
			t.Errorf("%q is listed and not found", name)
		}
		got[name] = [3]string{cloud.Name, cloud.Scope(), cloud.Authority}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("clouds (-want +got):\n%s", diff)
	}
	if first := credential.Clouds()[0].Name; first != "global" {
		t.Errorf("the default is %q, want global", first)
	}
	for _, name := range []string{"", "Global", "germany"} {
		if cloud, ok := credential.FindCloud(name); ok {
			t.Errorf("%q is %q, want no cloud", name, cloud.Name)
		}
	}
}
