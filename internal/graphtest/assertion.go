package graphtest

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// checkAssertion verifies a client assertion: one that the client issued to itself is signed by a certificate,
// any other comes from a federated issuer.
func (s *Server) checkAssertion(c *call, tenant string, app Application, assertion string) *loginError {
	var claims jwt.RegisteredClaims
	unverified, _, err := jwt.NewParser().ParseUnverified(assertion, &claims)
	if err != nil {
		return &loginError{401, invalidClient, 50027, "JWT token is invalid or malformed."}
	}
	if strings.EqualFold(claims.Issuer, app.ClientID) {
		return s.checkCertificateAssertion(c, tenant, app, unverified, assertion)
	}
	return s.checkFederatedAssertion(c, app, claims, assertion)
}

func (s *Server) checkCertificateAssertion(c *call, tenant string, app Application, unverified *jwt.Token, assertion string) *loginError {
	cert := findCertificate(app.Certificates, unverified.Header)
	if cert == nil {
		return &loginError{401, invalidClient, 700027, "The certificate with identifier used to sign the client assertion is not registered on application."}
	}
	claims, refusal := s.verify(c, assertion, cert.PublicKey)
	if refusal != nil {
		return refusal
	}
	if claims.Subject != claims.Issuer {
		return &loginError{401, invalidClient, 700021, "Client assertion application identifier doesn't match 'client_id' parameter."}
	}
	accepted := []string{s.tokenEndpoint(tenant), s.issuer(tenant)}
	if !slices.ContainsFunc(claims.Audience, func(a string) bool { return slices.Contains(accepted, a) }) {
		return &loginError{401, invalidClient, 700023, fmt.Sprintf("Client assertion audience claim does not match Realm issuer. Review the documentation for the expected audience '%s'.", accepted[0])}
	}
	return nil
}

// findCertificate matches x5t or x5t#S256 (RFC 7515 sections 4.1.7 and 4.1.8).
// The RFC wants base64url; MSAL for Go sends plain base64, which the real authority takes too.
func findCertificate(certs []*x509.Certificate, header map[string]any) *x509.Certificate {
	matches := func(name string, sum []byte) bool {
		v, isText := header[name].(string)
		if !isText {
			return false
		}
		got, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(v))
		return err == nil && subtle.ConstantTimeCompare(got, sum) == 1
	}
	for _, cert := range certs {
		one, two := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
		if matches("x5t", one[:]) || matches("x5t#S256", two[:]) {
			return cert
		}
	}
	return nil
}

// checkFederatedAssertion tells how far the best match came: issuer, subject or audience.
func (s *Server) checkFederatedAssertion(c *call, app Application, claims jwt.RegisteredClaims, assertion string) *loginError {
	codes := []int{700211, 700213, 700212}
	names := []string{"issuer '" + claims.Issuer + "'", "subject '" + claims.Subject + "'", "audience '" + strings.Join(claims.Audience, " ") + "'"}
	best := 0
	for _, f := range app.Federated {
		audience := f.Audience
		if audience == "" {
			audience = federationAudience
		}
		switch {
		case f.Issuer != claims.Issuer:
		case f.Subject != claims.Subject:
			best = max(best, 1)
		case !slices.Contains(claims.Audience, audience):
			best = 2
		default:
			_, err := s.verify(c, assertion, f.Key)
			return err
		}
	}
	return &loginError{401, invalidClient, codes[best], "No matching federated identity record found for presented assertion " + names[best] + "."}
}

// verify checks signature and validity by the clock of the tenant.
func (s *Server) verify(c *call, assertion string, public crypto.PublicKey) (jwt.RegisteredClaims, *loginError) {
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(assertion, &claims, func(*jwt.Token) (any, error) { return public, nil },
		jwt.WithValidMethods([]string{"RS256", "PS256", "ES256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.tokenTime))
	switch {
	case err == nil:
		return claims, nil
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return claims, &loginError{401, invalidClient, 700024, fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s.", formatTime(c.time))}
	default:
		return claims, &loginError{401, invalidClient, 700027, "Client assertion failed signature validation."}
	}
}
