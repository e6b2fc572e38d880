package credential

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/golang-jwt/jwt/v5"
)

// staticToken is an access token that was obtained elsewhere, for example by
// az account get-access-token --resource-type ms-graph. It can't be renewed.
type staticToken string

// GetToken implements [azcore.TokenCredential].
func (t staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (s Settings) hasAccessToken() bool { return s.AccessToken != "" }

func accessToken(s Settings) (azcore.TokenCredential, error) {
	if err := checkExpiry(s.AccessToken, SettingAccessToken); err != nil {
		return nil, err
	}
	return staticToken(s.AccessToken), nil
}

// checkExpiry refuses a token that says of itself that it has expired. What is
// no JSON Web Token can't be looked into and is left to the service.
func checkExpiry(token, setting string) error {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.ExpiresAt == nil {
		return nil //nolint:nilerr // an opaque token is not wrong
	}
	if expired := time.Since(claims.ExpiresAt.Time); expired > 0 {
		return wrong(setting, "The token has expired: it was good until %s, %s ago. Get a new one.",
			claims.ExpiresAt.UTC().Format(time.RFC3339), expired.Round(time.Second))
	}
	return nil
}
