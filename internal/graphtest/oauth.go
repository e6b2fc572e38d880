package graphtest

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

// Application is an app registration with its credentials and its granted Graph app roles.
type Application struct {
	ClientID, Secret string
	Roles            []string
	Certificates     []*x509.Certificate
	Federated        []FederatedCredential
}

// FederatedCredential trusts the assertions of an issuer; an empty Audience is api://AzureADTokenExchange.
type FederatedCredential struct {
	Issuer, Subject, Audience string
	Key                       crypto.PublicKey
}

// PutApplication registers an application, or overwrites the one with the same client id.
func (s *Server) PutApplication(app Application) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.apps[key(app.ClientID)] = app
}

func (s *Server) loginRoutes() {
	s.login.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.loginHandler(s.openIDConfiguration))
	s.login.HandleFunc("GET /common/discovery/instance", s.loginHandler(s.instanceDiscovery))
	s.login.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.loginHandler(s.signingKeys))
	s.login.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.loginHandler(s.token))
	s.login.HandleFunc("/", s.loginHandler(s.unknownLogin))
}

func (s *Server) loginHandler(h func(*call) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, found := r.Context().Value(callKey{}).(*call)
		if !found {
			panic("graphtest: a request without its call")
		}
		c.r = r
		status, body := h(c)
		s.writeJSON(w, c, status, body)
	}
}

func (s *Server) unknownLogin(c *call) (int, any) {
	s.complain("%s %s: the emulator has no such route", c.r.Method, c.r.URL.Path)
	return http.StatusNotImplemented, s.envelope(c, "notImplemented", "The emulator has no such route.")
}

func (s *Server) openIDConfiguration(c *call) (int, any) {
	tenant := c.r.PathValue("tenant")
	root := s.url + "/" + tenant
	return http.StatusOK, map[string]any{
		"issuer":                                s.issuer(tenant),
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"token_endpoint":                        s.tokenEndpoint(tenant),
		"device_authorization_endpoint":         root + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_types_supported":              []string{"code", "id_token", "token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid"},
		"tenant_region_scope":                   nil,
		"cloud_instance_name":                   strings.TrimPrefix(strings.TrimPrefix(s.url, "https://"), "http://"),
	}
}

func (s *Server) tokenEndpoint(tenant string) string {
	return s.url + "/" + tenant + "/oauth2/v2.0/token"
}

func (s *Server) instanceDiscovery(c *call) (int, any) {
	host := strings.TrimPrefix(strings.TrimPrefix(s.url, "https://"), "http://")
	tenant := "common"
	if u, err := url.Parse(c.r.URL.Query().Get("authorization_endpoint")); err == nil {
		if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); first != "" {
			tenant = first
		}
	}
	return http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.issuer(tenant) + "/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{
			{"preferred_network": host, "preferred_cache": host, "aliases": []string{host}},
		},
	}
}

func (s *Server) signingKeys(*call) (int, any) {
	private, err := signingKey()
	if err != nil {
		return http.StatusInternalServerError, map[string]any{"error": "server_error"}
	}
	return http.StatusOK, map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": base64.RawURLEncoding.EncodeToString(private.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(private.E)).Bytes()),
	}}}
}

// loginError is a refusal of the login authority, in its AADSTS form.
type loginError struct {
	status  int
	kind    string
	code    int
	message string
}
