package graph

import (
	"context"
	"fmt"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-beta-sdk-go/models"
)

// HardwareOathMethod is a hardwareOathAuthenticationMethod: a token that a user
// holds, as the user's authentication methods show it.
type HardwareOathMethod struct {
	// ID is the method's id; it is the token's too.
	ID string
	// CreatedDateTime is when the token was assigned; nil when Graph does not tell.
	CreatedDateTime  *time.Time
	LastUsedDateTime *time.Time
	// Token is the token itself. One that was uploaded as CSV in the portal is
	// among a user's methods too and not in the inventory: nothing here tells it
	// from the others, [Client.ListUserHardwareOathMethods] does.
	Token HardwareOathToken
}

// ListHardwareOathMethods lists the hardware OATH tokens that a user holds, those
// that were uploaded as CSV in the portal too: one GET per page. The user is
// named by object id or user principal name; an unknown one is an [Error] with
// [IsNotFound].
func (c *Client) ListHardwareOathMethods(ctx context.Context, userID string) ([]HardwareOathMethod, error) {
	var methods []HardwareOathMethod
	page, err := c.methods(userID).Get(ctx, nil)
	seen := map[string]bool{}
	for {
		if err != nil {
			return nil, plain(err)
		}
		if page == nil {
			return methods, nil
		}
		for _, method := range page.GetValue() {
			methods = append(methods, methodFromSDK(method))
		}
		next := value(page.GetOdataNextLink())
		if next == "" {
			return methods, nil
		}
		if seen[next] {
			return nil, fmt.Errorf("the list of the user's methods leads back to a page that was read already, after %d methods", len(methods))
		}
		seen[next] = true
		page, err = c.methods(userID).WithUrl(c.here(next)).Get(ctx, nil)
	}
}

// GetHardwareOathMethod reads one of the user's methods: one GET. A token that
// this user does not hold is an [Error] with [IsNotFound].
func (c *Client) GetHardwareOathMethod(ctx context.Context, userID, tokenID string) (HardwareOathMethod, error) {
	method, err := c.methods(userID).ByHardwareOathAuthenticationMethodId(tokenID).Get(ctx, nil)
	if err != nil {
		return HardwareOathMethod{}, plain(err)
	}
	if method == nil || value(method.GetId()) == "" {
		return HardwareOathMethod{}, fmt.Errorf("the answer to the read of method %s held no method", tokenID)
	}
	return methodFromSDK(method), nil
}

// HoldsHardwareOathToken reports whether the user holds the token. It is how two
// spellings of a user, object id and user principal name, are known to be one,
// without a permission to read users.
func (c *Client) HoldsHardwareOathToken(ctx context.Context, userID, tokenID string) (bool, error) {
	_, err := c.GetHardwareOathMethod(ctx, userID, tokenID)
	if IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func methodFromSDK(method models.HardwareOathAuthenticationMethodable) HardwareOathMethod {
	result := HardwareOathMethod{
		ID: value(method.GetId()), CreatedDateTime: method.GetCreatedDateTime(), LastUsedDateTime: method.GetLastUsedDateTime(),
	}
	if device := method.GetDevice(); device != nil {
		result.Token = tokenFromSDK(device)
	}
	return result
}

// methodIsDisabled asks whether the tenant's policy has the hardware OATH method
// disabled. It only serves to explain a refusal, so a failure is "not known to be".
// Source: "Manage OATH tokens"; the SDK's package of it is not worth compiling.
func (c *Client) methodIsDisabled(ctx context.Context) bool {
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(abstractions.GET,
		"{+baseurl}/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/hardwareOath", map[string]string{})
	info.Headers.TryAdd("Accept", "application/json")
	answer, err := c.adapter.Send(ctx, info, models.CreateAuthenticationMethodConfigurationFromDiscriminatorValue, nil)
	policy, ok := answer.(models.AuthenticationMethodConfigurationable)
	if err != nil || !ok || policy.GetState() == nil {
		return false
	}
	return *policy.GetState() == models.DISABLED_AUTHENTICATIONMETHODSTATE
}
