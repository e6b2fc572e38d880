package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// A national root of Microsoft Graph is enough to sign in to its cloud, as with
// microsoft/msgraph.
func TestResolveCloud_byEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]struct{ authority, scope string }{
		"https://graph.microsoft.us":              {"https://login.microsoftonline.us/", "https://graph.microsoft.us/.default"},
		"https://dod-graph.microsoft.us/":         {"https://login.microsoftonline.us/", "https://dod-graph.microsoft.us/.default"},
		"https://microsoftgraph.chinacloudapi.cn": {"https://login.chinacloudapi.cn/", "https://microsoftgraph.chinacloudapi.cn/.default"},
		"https://graph.microsoft.com":             {"https://login.microsoftonline.com/", "https://graph.microsoft.com/.default"},
		"https://proxy.example.com":               {"https://login.microsoftonline.com/", "https://graph.microsoft.com/.default"},
		"":                                        {"https://login.microsoftonline.com/", "https://graph.microsoft.com/.default"},
	} {
		var settings providerSettings
		var diags diag.Diagnostics
		settings.resolveCloud("", endpoint, "", &diags)
		if diags.HasError() || settings.credential.Authority != want.authority || settings.scope != want.scope {
			t.Errorf("%q: got authority %q, scope %q and %v, want %q and %q", endpoint, settings.credential.Authority, settings.scope, diags, want.authority, want.scope)
		}
	}
}
