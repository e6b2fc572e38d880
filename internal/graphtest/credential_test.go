package graphtest_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/terraform-provider-entra/terraform-provider-entra/internal/graphtest"
)

const clientID = "44444444-0000-4000-8000-000000000001"

// rsaKey is made once, because that takes long.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

type credentials struct {
	*graphtest.Server
	rsa  *rsa.PrivateKey
	cert *x509.Certificate
	ec   *ecdsa.PrivateKey
}

func newCredentials(t *testing.T, opts ...graphtest.Option) credentials {
	t.Helper()
	private, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := graphtest.NewServer(t, opts...)
	s.PutApplication(graphtest.Application{
		ClientID: clientID, Secret: "app-secret", Roles: []string{readPolicy}, Certificates: []*x509.Certificate{cert},
		Federated: []graphtest.FederatedCredential{
			{Issuer: "https://issuer.example", Subject: "repo:contoso/infra", Key: &ec.PublicKey},
			{Issuer: "https://issuer.example", Subject: "custom", Audience: "my-audience", Key: &private.PublicKey},
		},
	})
	return credentials{s, private, cert, ec}
}

// claims of a federated assertion that is good.
func federated() jwt.MapClaims {
	now := time.Now()
	return jwt.MapClaims{
		"iss": "https://issuer.example", "sub": "repo:contoso/infra", "aud": "api://AzureADTokenExchange",
		"iat": now.Unix(), "nbf": now.Unix() - 1, "exp": now.Add(time.Minute).Unix(),
	}
}

// own are the claims of an assertion that the client issues itself.
func (c credentials) own() jwt.MapClaims {
	claims := federated()
	claims["iss"], claims["sub"], claims["aud"] = clientID, clientID, c.URL()+"/"+tenant+"/oauth2/v2.0/token"
	return claims
}

func (c credentials) thumbprints() map[string]any {
	one, two := sha1.Sum(c.cert.Raw), sha256.Sum256(c.cert.Raw)
	return map[string]any{
		"x5t":      base64.RawURLEncoding.EncodeToString(one[:]),
		"x5t#S256": base64.RawURLEncoding.EncodeToString(two[:]),
	}
}

func sign(t *testing.T, method jwt.SigningMethod, private crypto.PrivateKey, claims jwt.MapClaims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, v := range header {
		token.Header[name] = v
	}
	signed, err := token.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func form(changes map[string]string) url.Values {
	values := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {"https://graph.microsoft.com/.default"},
	}
	for name, v := range changes {
		values.Set(name, v)
		if v == "" {
			values.Del(name)
		}
	}
	return values
}

func assertionForm(assertion string) url.Values {
	return form(map[string]string{
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": assertion,
	})
}

func with(claims jwt.MapClaims, name string, v any) jwt.MapClaims {
	claims[name] = v
	return claims
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	c := newCredentials(t)
	thumbs := c.thumbprints()
	sha1Only := map[string]any{"x5t": thumbs["x5t"]}
	sha256Only := map[string]any{"x5t#S256": thumbs["x5t#S256"]}
	custom := with(with(federated(), "sub", "custom"), "aud", []string{"my-audience"})
	for name, values := range map[string]url.Values{
		"secret":              form(map[string]string{"client_secret": "app-secret"}),
		"scope of the server": form(map[string]string{"client_secret": "app-secret", "scope": c.URL() + "/.default"}),
		"RS256 and x5t":       assertionForm(sign(t, jwt.SigningMethodRS256, c.rsa, c.own(), sha1Only)),
		"PS256 and x5t#S256":  assertionForm(sign(t, jwt.SigningMethodPS256, c.rsa, c.own(), sha256Only)),
		"aud is the issuer":   assertionForm(sign(t, jwt.SigningMethodPS256, c.rsa, with(c.own(), "aud", c.URL()+"/"+tenant+"/v2.0"), thumbs)),
		"federated":           assertionForm(sign(t, jwt.SigningMethodES256, c.ec, federated(), nil)),
		"federated custom":    assertionForm(sign(t, jwt.SigningMethodRS256, c.rsa, custom, nil)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := postToken(t, c.Server, values).want(t, 200)
			if got.body["token_type"] != "Bearer" || got.body["expires_in"] != float64(3600) {
				t.Errorf("got %v", got.body)
			}
			doAs(t, c.Server, fmt.Sprint(got.body["access_token"]), "GET", devices, "").want(t, 200)
		})
	}
}

func TestCredentials_refusals(t *testing.T) {
	t.Parallel()
	c := newCredentials(t)
	thumbs := c.thumbprints()
	own := func(claims jwt.MapClaims, header map[string]any) url.Values {
		return assertionForm(sign(t, jwt.SigningMethodPS256, c.rsa, claims, header))
	}
	fed := func(claims jwt.MapClaims) url.Values {
		return assertionForm(sign(t, jwt.SigningMethodES256, c.ec, claims, nil))
	}
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	past, future := time.Now().Add(-time.Minute).Unix(), time.Now().Add(time.Minute).Unix()
	good := map[string]string{"client_secret": "app-secret"}
	for name, tc := range map[string]struct {
		form url.Values
		code int
		kind string
	}{
		"wrong secret":        {form(map[string]string{"client_secret": "x"}), 7000215, "invalid_client"},
		"no credential":       {form(nil), 7000218, "invalid_client"},
		"unknown client":      {form(map[string]string{"client_id": "x", "client_secret": "app-secret"}), 700016, "unauthorized_client"},
		"no client":           {form(map[string]string{"client_id": "", "client_secret": "x"}), 900144, "invalid_request"},
		"no grant type":       {form(map[string]string{"grant_type": ""}), 900144, "invalid_request"},
		"other grant type":    {form(map[string]string{"grant_type": "password"}), 70003, "unsupported_grant_type"},
		"scope of one role":   {form(map[string]string{"scope": "https://graph.microsoft.com/User.Read", "client_secret": good["client_secret"]}), 1002012, "invalid_scope"},
		"scope of another":    {form(map[string]string{"scope": "https://vault.example/.default", "client_secret": good["client_secret"]}), 500011, "invalid_resource"},
		"no assertion type":   {form(map[string]string{"client_assertion": "x"}), 900144, "invalid_request"},
		"no JWT":              {assertionForm("x"), 50027, "invalid_client"},
		"no thumbprint":       {own(c.own(), nil), 700027, "invalid_client"},
		"unknown thumbprint":  {own(c.own(), map[string]any{"x5t": "AAAA"}), 700027, "invalid_client"},
		"other key":           {assertionForm(sign(t, jwt.SigningMethodES256, otherKey, c.own(), thumbs)), 700027, "invalid_client"},
		"expired":             {own(with(c.own(), "exp", past), thumbs), 700024, "invalid_client"},
		"not yet":             {own(with(c.own(), "nbf", future), thumbs), 700024, "invalid_client"},
		"wrong audience":      {own(with(c.own(), "aud", "x"), thumbs), 700023, "invalid_client"},
		"wrong subject":       {own(with(c.own(), "sub", "x"), thumbs), 700021, "invalid_client"},
		"federated issuer":    {fed(with(federated(), "iss", "x")), 700211, "invalid_client"},
		"federated subject":   {fed(with(federated(), "sub", "x")), 700213, "invalid_client"},
		"federated audience":  {fed(with(federated(), "aud", "x")), 700212, "invalid_client"},
		"federated expired":   {fed(with(federated(), "exp", past)), 700024, "invalid_client"},
		"federated signature": {assertionForm(sign(t, jwt.SigningMethodES256, otherKey, federated(), nil)), 700027, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := postToken(t, c.Server, tc.form)
			description := fmt.Sprint(got.body["error_description"])
			if got.status < 400 || got.body["error"] != tc.kind || fmt.Sprint(got.body["error_codes"]) != fmt.Sprint([]int{tc.code}) &&
				fmt.Sprint(got.body["error_codes"]) != fmt.Sprint([]float64{float64(tc.code)}) ||
				!strings.HasPrefix(description, fmt.Sprintf("AADSTS%d: ", tc.code)) || got.body["correlation_id"] == "" {
				t.Errorf("got %d %s", got.status, got.raw)
			}
			if strings.Contains(got.raw, "app-secret") {
				t.Errorf("the answer holds the secret: %s", got.raw)
			}
		})
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := graphtest.NewServer(t)
	got := do(t, s, "GET", s.URL()+"/"+tenant+"/v2.0/.well-known/openid-configuration", "").want(t, 200)
	if got.body["issuer"] != s.URL()+"/"+tenant+"/v2.0" || got.body["token_endpoint"] != s.URL()+"/"+tenant+"/oauth2/v2.0/token" {
		t.Errorf("got %s", got.raw)
	}
	instance := s.URL() + "/common/discovery/instance?api-version=1.1&authorization_endpoint=" +
		url.QueryEscape(s.URL()+"/"+tenant+"/oauth2/v2.0/authorize")
	discovered := do(t, s, "GET", instance, "").want(t, 200)
	if discovered.body["tenant_discovery_endpoint"] != s.URL()+"/"+tenant+"/v2.0/.well-known/openid-configuration" {
		t.Errorf("got %s", discovered.raw)
	}
	keys := do(t, s, "GET", fmt.Sprint(got.body["jwks_uri"]), "").want(t, 200)
	list, _ := keys.body["keys"].([]any)
	if len(list) != 1 {
		t.Fatalf("got %s", keys.raw)
	}
	jwk, _ := list[0].(map[string]any)
	n, err := base64.RawURLEncoding.DecodeString(fmt.Sprint(jwk["n"]))
	if err != nil {
		t.Fatal(err)
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
	var claims jwt.MapClaims
	_, err = jwt.ParseWithClaims(appToken(t, s, readPolicy), &claims, func(*jwt.Token) (any, error) { return public, nil })
	if err != nil {
		t.Fatal(err)
	}
	if claims["appid"] != "app" || claims["tid"] != tenant || claims["oid"] == "" || fmt.Sprint(claims["roles"]) != "["+readPolicy+"]" {
		t.Errorf("got %v", claims)
	}
	tb := &loud{T: t}
	do(t, s, "GET", graphtest.NewServer(tb).URL()+"/common/oauth2/authorize", "").want(t, 501)
	if len(tb.all()) != 1 {
		t.Errorf("got complaints %q", tb.all())
	}
}

func TestAzidentity(t *testing.T) {
	t.Parallel()
	c := newCredentials(t, graphtest.WithTLS())
	client := azcore.ClientOptions{
		Transport: c.Client(),
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: c.URL() + "/"},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
	secretCredential, err := azidentity.NewClientSecretCredential(tenant, clientID, "app-secret",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	certificateCredential, err := azidentity.NewClientCertificateCredential(tenant, clientID, []*x509.Certificate{c.cert}, c.rsa,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	assertion := sign(t, jwt.SigningMethodES256, c.ec, federated(), nil)
	assertionCredential, err := azidentity.NewClientAssertionCredential(tenant, clientID,
		func(context.Context) (string, error) { return assertion, nil },
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, credential := range map[string]azcore.TokenCredential{
		"secret": secretCredential, "certificate": certificateCredential, "assertion": assertionCredential,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{c.URL() + "/.default"}})
			if err != nil {
				t.Fatal(err)
			}
			doAs(t, c.Server, token.Token, "GET", devices, "").want(t, 200)
		})
	}
	wrong, err := azidentity.NewClientSecretCredential(tenant, clientID, "wrong",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{c.URL() + "/.default"}}); err == nil ||
		!strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("got %v", err)
	}
}
