package credential_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential/credentialtest"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	password     = "Pfx~Of4Test"
	requestToken = "request-token-of-a-job"
	connectionID = "55555555-0000-4000-8000-000000000001"
	graphScope   = "https://graph.microsoft.com/.default"
)

// tenant is an emulated tenant over TLS, with one application that has every
// kind of credential.
type tenant struct {
	*graphtest.Server
}

func newTenant(t *testing.T, options ...graphtest.Option) tenant {
	t.Helper()
	srv := graphtest.NewServer(t, append(options, graphtest.WithTLS())...)
	srv.PutApplication(graphtest.Application{
		ClientID: clientID, Secret: secret, Roles: []string{"Policy.Read.All"},
		Certificates: []*x509.Certificate{credentialtest.Keys().Certificate},
		Federated:    []graphtest.FederatedCredential{{Issuer: credentialtest.Issuer, Subject: credentialtest.Subject, Key: &credentialtest.Keys().Issuer.PublicKey}},
	})
	return tenant{srv}
}

// settings completes settings with what every method needs here.
func (n tenant) settings(s credential.Settings) credential.Settings {
	s.Authority, s.HTTPClient = n.URL()+"/", n.Client()
	if s.TenantID == "" {
		s.TenantID = tenantID
	}
	if s.ClientID == "" {
		s.ClientID = clientID
	}
	return s
}

// use signs in and asks Graph with the token.
func (n tenant) use(t *testing.T, c *credential.Credential) (token string, status int, err error) {
	t.Helper()
	got, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{graphScope}, EnableCAE: true})
	if err != nil {
		return "", 0, err
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL()+"/beta/directory/authenticationMethodDevices/hardwareOathDevices", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+got.Token)
	resp, err := n.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return got.Token, resp.StatusCode, nil
}

// tokens counts the tokens that were asked for, right or wrong.
func (n tenant) tokens() int {
	count := 0
	for _, request := range n.TokenRequests() {
		if request.Method == http.MethodPost {
			count++
		}
	}
	return count
}

func bundle(t *testing.T, encoder *pkcs12.Encoder, key crypto.PrivateKey, certificate *x509.Certificate) []byte {
	t.Helper()
	file, err := encoder.Encode(key, certificate, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func file(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	write(t, name, content)
	return name
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func base64Of(content []byte) string { return base64.StdEncoding.EncodeToString(content) }

// metadataService is that of a machine whose identity is the application.
func (n tenant) metadataService(t *testing.T, userAssigned string) string {
	t.Helper()
	return credentialtest.MetadataService(t, userAssigned, func() (string, error) {
		resp, err := n.Client().PostForm(n.URL()+"/"+tenantID+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {graphScope},
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
