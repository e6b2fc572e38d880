package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// audience is what a federated credential of an application expects.
// Source: "Workload identity federation".
const audience = "api://AzureADTokenExchange"

func (s Settings) hasOIDCToken() bool {
	return s.UseOIDC && (s.OIDCToken != "" || s.OIDCTokenFilePath != "")
}

func (s Settings) hasADOServiceConnection() bool {
	return s.UseOIDC && s.ADOPipelineServiceConnectionID != ""
}

// oidcToken signs in with a token of another issuer that is there already:
// given as it is, or in a file that somebody keeps fresh.
func oidcToken(s Settings) (azcore.TokenCredential, error) {
	if s.OIDCTokenFilePath != "" {
		read := func(context.Context) (string, error) {
			token, err := inlineOrFile("", "", s.OIDCTokenFilePath, SettingOIDCTokenFilePath)
			if err != nil {
				return "", err
			}
			return token, checkExpiry(token, SettingOIDCTokenFilePath)
		}
		if _, err := read(context.Background()); err != nil {
			return nil, err
		}
		return s.assertion(read)
	}
	if s.OIDCToken == "" {
		return nil, missing(SettingOIDCTokenFilePath, SettingUseAKSWorkloadIdentity, "AZURE_FEDERATED_TOKEN_FILE")
	}
	if err := checkExpiry(s.OIDCToken, SettingOIDCToken); err != nil {
		return nil, err
	}
	return s.assertion(func(context.Context) (string, error) { return s.OIDCToken, nil })
}

// oidcRequest asks GitHub Actions, or what answers like it, for a token.
// Source: "OpenID Connect reference" of GitHub Actions.
func oidcRequest(s Settings) (azcore.TokenCredential, error) {
	if s.OIDCRequestURL == "" && s.OIDCRequestToken == "" {
		return nil, wrong(SettingUseOIDC, "use_oidc is true and there is no OIDC token: set oidc_token, oidc_token_file_path, or oidc_request_url with oidc_request_token. "+
			"In GitHub Actions the job needs the permission id-token: write, which sets the last two in the environment.")
	}
	return s.requestedAssertion(http.MethodGet, "value", url.Values{"audience": {audience}})
}

// azureDevOps asks Azure DevOps for the token of a service connection.
// Source: "Oidctoken - Create" of the Azure DevOps REST API.
func azureDevOps(s Settings) (azcore.TokenCredential, error) {
	return s.requestedAssertion(http.MethodPost, "oidcToken", url.Values{"api-version": {"7.1"}, "serviceConnectionId": {s.ADOPipelineServiceConnectionID}})
}

// requestedAssertion signs in with a token that is asked for at the request URL
// each time; the answer holds it under the given name.
func (s Settings) requestedAssertion(httpMethod, name string, query url.Values) (azcore.TokenCredential, error) {
	if s.OIDCRequestURL == "" {
		return nil, missing(SettingOIDCRequestURL, SettingOIDCRequestToken, "ARM_OIDC_REQUEST_URL")
	}
	if s.OIDCRequestToken == "" {
		return nil, missing(SettingOIDCRequestToken, SettingOIDCRequestURL, "ARM_OIDC_REQUEST_TOKEN")
	}
	address, err := url.Parse(s.OIDCRequestURL)
	if err != nil || address.Host == "" {
		return nil, wrong(SettingOIDCRequestURL, "%q is not a URL.", s.OIDCRequestURL)
	}
	if address.Scheme != "https" && !IsLoopback(address) {
		return nil, wrong(SettingOIDCRequestURL, "%q is not https, and would show the request token to the network.", s.OIDCRequestURL)
	}
	all := address.Query()
	for key, values := range query {
		all[key] = values
	}
	address.RawQuery = all.Encode()
	return s.assertion(func(ctx context.Context) (string, error) {
		return s.requestToken(ctx, httpMethod, address.String(), name)
	})
}

func (s Settings) requestToken(ctx context.Context, httpMethod, address, name string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, httpMethod, address, http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+s.OIDCRequestToken)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-TFS-FedAuthRedirect", "Suppress") // Azure DevOps answers 401 instead of a sign-in page
	client := s.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("the OIDC token could not be asked for: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", fmt.Errorf("the OIDC token could not be asked for: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the OIDC token was refused by %s with status %d", req.URL.Host, resp.StatusCode)
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("the answer of %s to the request for an OIDC token is not JSON", req.URL.Host)
	}
	token, ok := answer[name].(string)
	if !ok || token == "" {
		return "", errors.New("the answer to the request for an OIDC token holds none")
	}
	return token, nil
}

// assertion signs the application in with a token of another issuer.
func (s Settings) assertion(token func(context.Context) (string, error)) (azcore.TokenCredential, error) {
	because := SettingUseOIDC
	if s.UseAKSWorkloadIdentity {
		because = SettingUseAKSWorkloadIdentity
	}
	if err := s.application(because); err != nil {
		return nil, err
	}
	built, err := azidentity.NewClientAssertionCredential(s.TenantID, s.ClientID, token, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions:            s.clientOptions(),
		DisableInstanceDiscovery: s.privateAuthority(),
	})
	return orWrong(built, err, SettingTenantID)
}
