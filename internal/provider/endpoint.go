package provider

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
)

// resolveCloud finds Graph's root, the login authority and the scope.
func (s *providerSettings) resolveCloud(name, endpoint, authority string, diags *diag.Diagnostics) {
	global := credential.Clouds()[0]
	cloud, ok := credential.FindCloud(firstOf(name, global.Name))
	if !ok {
		diags.AddAttributeError(path.Root(attributeEnvironment), configureSummary,
			fmt.Sprintf("The environment variable %s is %q, and it must be one of %s.", environmentVariables(attributeEnvironment)[0], name, strings.Join(credential.CloudNames(), ", ")))
		return
	}
	s.endpoint, s.scope, s.credential.Authority = cloud.Graph, cloud.Scope(), cloud.Authority
	if endpoint != "" {
		if err := checkEndpoint(endpoint); err != nil {
			diags.AddAttributeError(path.Root(attributeMSGraphEndpoint), configureSummary,
				fmt.Sprintf("The Microsoft Graph endpoint %q (from %s or %s) can't be used: %v.", endpoint, attributeMSGraphEndpoint, environmentVariables(attributeMSGraphEndpoint)[0], err))
			return
		}
		s.endpoint = strings.TrimRight(endpoint, "/")
		for _, known := range credential.Clouds() {
			if !strings.EqualFold(known.Graph, s.endpoint) {
				continue
			}
			if name != "" && known.Name != cloud.Name {
				diags.AddAttributeError(path.Root(attributeMSGraphEndpoint), configureSummary,
					fmt.Sprintf("The Microsoft Graph endpoint %q is that of %s, and the environment is %s. Leave one of the two out.", endpoint, known.Name, cloud.Name))
				return
			}
			cloud, s.scope, s.credential.Authority = known, known.Scope(), known.Authority
		}
	}
	if cloud.Name != global.Name {
		diags.AddAttributeWarning(path.Root(attributeEnvironment), "Cloud without documented support",
			fmt.Sprintf("Microsoft documents the Microsoft Graph API for hardware OATH tokens for the %s cloud only, and says that it is not available in %s. The provider asks all the same.", global.Name, cloud.Name))
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
	if !credential.IsLoopback(root) {
		return fmt.Errorf("http would show the access token to the network on the way to %s; use https (http is for loopback addresses only)", root.Hostname())
	}
	return nil
}
