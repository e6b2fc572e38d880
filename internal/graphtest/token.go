package graphtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// graphResource is the app id of Microsoft Graph, as it stands in the challenges of a real tenant.
const graphResource = "00000003-0000-0000-c000-000000000000"

// defaultTenant stands in tid when the authority was addressed by a domain name.
const defaultTenant = "22222222-0000-4000-8000-000000000001"

const keyID = "graphtest"

// signingKey is one for the process: tests start many servers, and an RSA key takes long to make.
// A token of another server is still refused, by its issuer.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// tokenBook knows which tokens were revoked; its fields are guarded by the server's mutex.
type tokenBook struct {
	minted       int
	revokedUntil int
}

func newTokenBook() tokenBook { return tokenBook{} }

type accessClaims struct {
	jwt.RegisteredClaims

	AppID    string   `json:"appid"`
	TenantID string   `json:"tid"`
	ObjectID string   `json:"oid"`
	Roles    []string `json:"roles,omitempty"`
	Version  string   `json:"ver"`
	IDType   string   `json:"idtyp"`
	Minted   int      `json:"graphtest_seq"`
}

func (s *Server) issuer(tenant string) string { return s.url + "/" + tenant + "/v2.0" }

// mint makes an app-only token.
func (s *Server) mint(tenant, audience string, app Application) (string, error) {
	private, err := signingKey()
	if err != nil {
		return "", fmt.Errorf("making the signing key: %w", err)
	}
	tid := tenant
	if len(tenant) != len(defaultTenant) || strings.Count(tenant, "-") != 4 {
		tid = defaultTenant
	}
	s.mu.Lock()
	s.tokens.minted++
	n, now := s.tokens.minted, s.now()
	s.mu.Unlock()
	claims := accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    s.issuer(tenant),
			Subject:   app.ClientID,
			Audience:  jwt.ClaimStrings{audience},
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(s.cfg.tokenLifetime)),
		},
		AppID: app.ClientID, TenantID: tid, ObjectID: app.ClientID, Roles: app.Roles,
		Version: "1.0", IDType: "app", Minted: n,
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = keyID
	return token.SignedString(private)
}

// RevokeTokens makes every token that the login authority minted so far answer 401; the static one stays good.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.revokedUntil = s.tokens.minted
}

func (s *Server) authenticate(r *http.Request) (principal, *graphError) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return principal{}, s.unauthenticated("Access token is empty.")
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.accessToken)) == 1 {
		return principal{everything: true}, nil
	}
	private, err := signingKey()
	if err != nil {
		return principal{}, refuse(http.StatusInternalServerError, "generalException", "The signing key could not be made.")
	}
	var claims accessClaims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return &private.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.tokenTime))
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return principal{}, s.unauthenticated("IDX14100: JWT is not well formed.")
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet):
		return principal{}, s.unauthenticated("Lifetime validation failed, the token is expired.")
	case err != nil:
		return principal{}, s.unauthenticated("Access token validation failure.")
	case !strings.HasPrefix(claims.Issuer, s.url+"/"):
		return principal{}, s.unauthenticated("Access token validation failure. Invalid issuer.")
	case !s.isGraph(claims.Audience):
		return principal{}, s.unauthenticated("Access token validation failure. Invalid audience.")
	}
	s.mu.Lock()
	revoked := claims.Minted <= s.tokens.revokedUntil
	s.mu.Unlock()
	if revoked {
		return principal{}, s.revoked()
	}
	return principal{roles: claims.Roles}, nil
}

func (s *Server) tokenTime() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Server) isGraph(audience []string) bool {
	for _, a := range audience {
		if s.audienceOf(a) {
			return true
		}
	}
	return false
}

// audienceOf knows the roots of all clouds (G-dep), this server, and Graph's app id.
func (s *Server) audienceOf(resource string) bool {
	switch strings.TrimRight(resource, "/") {
	case s.url, graphResource, "https://graph.microsoft.com", "https://graph.microsoft.us",
		"https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn":
		return true
	default:
		return false
	}
}

func (s *Server) unauthenticated(message string) *graphError {
	err := refuse(http.StatusUnauthorized, "InvalidAuthenticationToken", "%s", message)
	err.header = http.Header{"Www-Authenticate": {s.challenge("")}}
	return err
}

func (s *Server) revoked() *graphError {
	err := s.unauthenticated("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
	if s.has(QuirkClaimsChallenge) {
		claims := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, s.tokenTime().Unix()))
		err.header.Set("Www-Authenticate", s.challenge(fmt.Sprintf(`, error="insufficient_claims", claims="%s"`, claims)))
	}
	return err
}

func (s *Server) challenge(more string) string {
	return fmt.Sprintf(`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="%s"%s`, s.url, graphResource, more)
}
