package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-beta-sdk-go/directory"
)

// GetHardwareOathToken reads one token: one GET. A token that is not there is
// an [Error] with [IsNotFound].
func (c *Client) GetHardwareOathToken(ctx context.Context, ref HardwareOathTokenRef) (HardwareOathToken, error) {
	var token HardwareOathToken
	err := c.untilVisible(ctx, ref, func() (err error) {
		token, err = c.freshToken(ctx, ref.ID)
		return err
	})
	return token, plain(err)
}

// freshToken reads one token as Graph shows it now: one GET, and no waiting.
func (c *Client) freshToken(ctx context.Context, id string) (HardwareOathToken, error) {
	device, err := c.devices().ByHardwareOathTokenAuthenticationMethodDeviceId(id).Get(ctx, nil)
	if err != nil {
		return HardwareOathToken{}, plain(err)
	}
	if device == nil || value(device.GetId()) == "" {
		return HardwareOathToken{}, fmt.Errorf("the answer to the read of token %s held no token", id)
	}
	return tokenFromSDK(device), nil
}

// FindHardwareOathTokens lists the tokens with this serial number, or where
// there is none those that differ in case only: one GET with $filter. A token
// that this client made a short while ago is waited for. Tokens uploaded by CSV
// in the portal are not among them.
func (c *Client) FindHardwareOathTokens(ctx context.Context, serialNumber string) ([]HardwareOathToken, error) {
	var tokens []HardwareOathToken
	for attempt := 0; ; attempt++ {
		var err error
		tokens, err = c.ListHardwareOathTokens(ctx, fmt.Sprintf("serialNumber eq '%s'", strings.ReplaceAll(serialNumber, "'", "''")))
		if err != nil {
			return nil, err
		}
		if len(tokens) > 0 || !c.madeLately(serialNumber) {
			break
		}
		pause := backoffFirst << min(attempt, 2)
		if err := sleep(ctx, pause); err != nil {
			return nil, &WaitError{Wait: pause, Last: fmt.Errorf("the token with serial number %q was made a moment ago and is not listed yet", serialNumber), Err: err}
		}
	}
	// A service that passes over the filter must not hand us a stranger's token.
	var exact, folded []HardwareOathToken
	for _, token := range tokens {
		switch {
		case token.SerialNumber == serialNumber:
			exact = append(exact, token)
		case strings.EqualFold(token.SerialNumber, serialNumber):
			folded = append(folded, token)
		}
	}
	if len(exact) == 0 {
		return folded, nil
	}
	return exact, nil
}

// ListHardwareOathTokens lists the tokens that match an OData filter, all of
// them for "": one GET per page.
func (c *Client) ListHardwareOathTokens(ctx context.Context, filter string) ([]HardwareOathToken, error) {
	type configuration = directory.AuthenticationMethodDevicesHardwareOathDevicesRequestBuilderGetRequestConfiguration
	query := &directory.AuthenticationMethodDevicesHardwareOathDevicesRequestBuilderGetQueryParameters{}
	if filter != "" {
		query.Filter = &filter
	}
	var tokens []HardwareOathToken
	page, err := c.devices().Get(ctx, &configuration{QueryParameters: query})
	seen := map[string]bool{}
	for {
		if err != nil {
			return nil, plain(err)
		}
		if page == nil {
			return tokens, nil
		}
		for _, device := range page.GetValue() {
			tokens = append(tokens, tokenFromSDK(device))
		}
		next := value(page.GetOdataNextLink())
		if next == "" {
			return tokens, nil
		}
		if seen[next] {
			return nil, fmt.Errorf("the list of tokens leads back to a page that was read already, after %d tokens", len(tokens))
		}
		seen[next] = true
		page, err = c.devices().WithUrl(c.here(next)).Get(ctx, nil)
	}
}

// here is a next link on our own endpoint: behind a proxy Graph's links name
// Graph's host, and the access token must not follow a link to any other.
func (c *Client) here(link string) string {
	target, err := url.Parse(link)
	if err != nil {
		return link // for the transport to refuse
	}
	target.Scheme, target.Host = c.transport.root.Scheme, c.transport.root.Host
	return target.String()
}

// untilVisible calls until the answer is not 404, or the token is old enough
// for 404 to be believed.
func (c *Client) untilVisible(ctx context.Context, ref HardwareOathTokenRef, call func() error) error {
	if ref.CreatedAt.IsZero() {
		ref.CreatedAt = c.madeAt(ref.ID)
	}
	var last error // the 404 that is being waited out
	for attempt := 0; ; attempt++ {
		err := call()
		var wait *WaitError
		if errors.As(err, &wait) && wait.Last == nil {
			wait.Last = last
		}
		if !IsNotFound(err) || ref.CreatedAt.IsZero() {
			return err
		}
		last = err
		// A creation in the future is another machine's clock: as good as just now,
		// but only for as long as a window from here.
		if age := time.Since(ref.CreatedAt); age > c.visibilityWindow || age < -c.visibilityWindow {
			return err
		}
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return waitErr
		}
	}
}
