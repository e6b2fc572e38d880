package credential

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// staticToken is an access token that was obtained elsewhere, for example by
// az account get-access-token --resource-type ms-graph. It can't be renewed.
type staticToken string

// GetToken implements [azcore.TokenCredential].
func (t staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func accessToken(s Settings) (azcore.TokenCredential, error) {
	return staticToken(s.AccessToken), nil
}
