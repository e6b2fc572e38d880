package credential

import (
	"context"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func managedIdentity(s Settings) (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.clientOptions()}
	if s.ClientID != "" {
		options.ID = azidentity.ClientID(s.ClientID)
	}
	if s.MSIEndpoint != "" {
		endpoint, err := url.Parse(s.MSIEndpoint)
		if err != nil || endpoint.Host == "" {
			return nil, wrong(SettingUseMSI, "The environment variable ARM_MSI_ENDPOINT is %q and not a URL such as http://169.254.169.254/metadata/identity/oauth2/token.", s.MSIEndpoint)
		}
		options.Transport = redirected{endpoint: endpoint, next: options.Transport}
	}
	built, err := azidentity.NewManagedIdentityCredential(options)
	return orWrong(uncached{built}, err, SettingUseMSI)
}

// uncached keeps the library's cache of managed identities out, which is one for
// the whole process: a token that Graph has refused would come back from it.
type uncached struct {
	azcore.TokenCredential
}

// GetToken implements [azcore.TokenCredential]. Any claims pass by the cache;
// they are not sent.
func (u uncached) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	options.Claims = "{}"
	return u.TokenCredential.GetToken(ctx, options)
}

// redirected sends what is meant for the machine's metadata service to another
// endpoint, which azidentity has no option for.
type redirected struct {
	endpoint *url.URL
	next     policy.Transporter
}

// Do implements [policy.Transporter].
func (r redirected) Do(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host, req.URL.Path, req.Host = r.endpoint.Scheme, r.endpoint.Host, r.endpoint.Path, ""
	if r.next == nil {
		return http.DefaultClient.Do(req)
	}
	return r.next.Do(req)
}
