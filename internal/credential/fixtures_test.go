package credential_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/golang-jwt/jwt/v5"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/credential"
	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const (
	issuer       = "https://token.actions.githubusercontent.com"
	subject      = "repo:contoso/identity:ref:refs/heads/main"
	audience     = "api://AzureADTokenExchange"
	password     = "Pfx~Of4Test"
	requestToken = "request-token-of-a-job"
	connectionID = "55555555-0000-4000-8000-000000000001"
	graphScope   = "https://graph.microsoft.com/.default"
)

// keys are made once, because that takes long: the application's certificate,
// one that no application knows, and the key of the other issuer.
var keys = sync.OnceValue(func() keyRing {
	ring := keyRing{}
	ring.key, ring.certificate = newCertificate()
	ring.otherKey, ring.otherCertificate = newCertificate()
	var err error
	if ring.issuer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic(err)
	}
	return ring
})

type keyRing struct {
	key, otherKey                 *rsa.PrivateKey
	certificate, otherCertificate *x509.Certificate
	issuer                        *ecdsa.PrivateKey
}

func newCertificate() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "identity repo"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return key, certificate
}

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
		Certificates: []*x509.Certificate{keys().certificate},
		Federated:    []graphtest.FederatedCredential{{Issuer: issuer, Subject: subject, Key: &keys().issuer.PublicKey}},
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

// assertion is a token of the other issuer, with changes.
func assertion(t *testing.T, changes jwt.MapClaims, key *ecdsa.PrivateKey) string {
	t.Helper()
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": issuer, "sub": subject, "aud": audience, "jti": fmt.Sprint(now.UnixNano()),
		"iat": now.Unix(), "nbf": now.Add(-time.Second).Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for name, value := range changes {
		claims[name] = value
	}
	if key == nil {
		key = keys().issuer
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodES256, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func bundle(t *testing.T, encoder *pkcs12.Encoder, key crypto.PrivateKey, certificate *x509.Certificate) []byte {
	t.Helper()
	file, err := encoder.Encode(key, certificate, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func pemFile(t *testing.T, key crypto.PrivateKey, certificate *x509.Certificate) []byte {
	t.Helper()
	var file []byte
	if key != nil {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		file = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	if certificate != nil {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
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

// newEndpoint is a small server that some method asks.
func newEndpoint(t *testing.T, answer func(*http.Request) (status int, body any)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body := answer(r)
		if text, ok := body.(string); ok {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(server.Close)
	return server
}

// githubActions answers as GitHub Actions does to a job with id-token: write.
// Source: "OpenID Connect reference" of GitHub Actions.
func githubActions(t *testing.T) *httptest.Server {
	t.Helper()
	return newEndpoint(t, func(r *http.Request) (int, any) {
		if r.Method != http.MethodGet || r.URL.Path != "/idtoken" || r.URL.Query().Get("job") != "7" || r.Header.Get("Authorization") != "Bearer "+requestToken {
			return http.StatusUnauthorized, map[string]string{"message": "no"}
		}
		return http.StatusOK, map[string]any{"count": 1, "value": assertion(t, jwt.MapClaims{"aud": r.URL.Query().Get("audience")}, nil)}
	})
}

// azureDevOps answers as Azure DevOps does.
// Source: "Oidctoken - Create" of the Azure DevOps REST API.
func azureDevOps(t *testing.T) *httptest.Server {
	t.Helper()
	return newEndpoint(t, func(r *http.Request) (int, any) {
		query := r.URL.Query()
		if r.Method != http.MethodPost || query.Get("api-version") == "" || query.Get("serviceConnectionId") != connectionID ||
			query.Has("audience") || r.Header.Get("Authorization") != "Bearer "+requestToken {
			return http.StatusUnauthorized, map[string]string{"message": "no"}
		}
		return http.StatusOK, map[string]any{"oidcToken": assertion(t, nil, nil)}
	})
}

// metadataService is a machine whose identities are the tenant's application.
// Source: "Use managed identities on a virtual machine to acquire access token".
func metadataService(t *testing.T, n tenant, userAssigned string) *httptest.Server {
	t.Helper()
	return newEndpoint(t, func(r *http.Request) (int, any) {
		query := r.URL.Query()
		switch {
		case r.Method != http.MethodGet, r.URL.Path != "/metadata/identity/oauth2/token", r.Header.Get("Metadata") != "true",
			query.Get("api-version") == "", query.Get("resource") != strings.TrimSuffix(graphScope, "/.default"):
			return http.StatusTeapot, map[string]string{"error": "unexpected_request", "error_description": r.URL.String()}
		case query.Get("client_id") != userAssigned:
			return http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "Identity not found"}
		}
		resp, err := n.Client().PostForm(n.URL()+"/"+tenantID+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {graphScope},
		})
		if err != nil {
			return http.StatusInternalServerError, err.Error()
		}
		defer func() { _ = resp.Body.Close() }()
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return http.StatusInternalServerError, err.Error()
		}
		return http.StatusOK, map[string]string{
			"access_token": answer.AccessToken, "expires_in": "3599", "expires_on": fmt.Sprint(time.Now().Add(time.Hour).Unix()),
			"resource": query.Get("resource"), "token_type": "Bearer",
		}
	})
}
