package graph

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Caller is who an access token says it is. Graph's tokens are not meant to be
// read by clients, so every field may be empty.
type Caller struct {
	// Application is the id of the application that signed in.
	Application string
	// User is the name of the signed-in user; "" for an application by itself.
	User string
	// Tenant is the id of the tenant.
	Tenant string
	// Permissions are the application permissions, or for a user the delegated
	// ones, that the token carries.
	Permissions []string
}

// callerOf reads a token's claims. The signature is Graph's business.
// Source: "Access token claims reference".
func callerOf(token string) Caller {
	var claims struct {
		jwt.RegisteredClaims
		AppID             string   `json:"appid"`
		AuthorizedParty   string   `json:"azp"`
		UPN               string   `json:"upn"`
		UniqueName        string   `json:"unique_name"`
		PreferredUsername string   `json:"preferred_username"`
		TenantID          string   `json:"tid"`
		Roles             []string `json:"roles"`
		Scopes            string   `json:"scp"`
	}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		return Caller{}
	}
	caller := Caller{Application: claims.AppID, Tenant: claims.TenantID, Permissions: claims.Roles}
	if caller.Application == "" {
		caller.Application = claims.AuthorizedParty
	}
	for _, name := range []string{claims.PreferredUsername, claims.UniqueName, claims.UPN} {
		if name != "" {
			caller.User = name
		}
	}
	if claims.Scopes != "" {
		caller.Permissions = strings.Fields(claims.Scopes)
	}
	return caller
}

var challengedClaims = regexp.MustCompile(`claims="([^"]+)"`)

// claimsChallenge gives the claims that a 401 wants in a new token, when access
// was revoked before the token's time; "" when there is none.
// Source: "Claims challenges, claims requests and client capabilities".
func claimsChallenge(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	match := challengedClaims.FindStringSubmatch(e.challenge)
	if match == nil {
		return ""
	}
	claims, decodeErr := base64.StdEncoding.DecodeString(match[1])
	if decodeErr != nil {
		return ""
	}
	return string(claims)
}
