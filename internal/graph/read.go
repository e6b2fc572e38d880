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

// GetHardwareOathToken reads one token: one GET, or where many are read one list
// for all of them. A token that is not there is an [Error] with [IsNotFound].
func (c *Client) GetHardwareOathToken(ctx context.Context, ref HardwareOathTokenRef) (HardwareOathToken, error) {
	return c.getToken(ctx, ref, 0)
}

// getToken takes a list that was begun at most age ago; 0 takes any of this run.
func (c *Client) getToken(ctx context.Context, ref HardwareOathTokenRef, age time.Duration) (HardwareOathToken, error) {
	var token HardwareOathToken
	read := func(ctx context.Context, id string) (HardwareOathToken, error) {
		return c.inventory.GetRecent(ctx, id, age)
	}
	err := c.untilVisible(ctx, ref, func() (err error) {
		token, err = read(ctx, ref.ID)
		read = c.freshToken // the list was no help
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
// there is none those that differ in case only: one GET with $filter, or where
// many are read one list for all of them. A token that this client made a short
// while ago is waited for. Tokens uploaded by CSV in the portal are not among them.
func (c *Client) FindHardwareOathTokens(ctx context.Context, serialNumber string) ([]HardwareOathToken, error) {
	if tokens, ok := c.inventory.Find(ctx, foldSerialNumber(serialNumber)); ok && !c.madeLately(serialNumber) {
		return withSerialNumber(tokens, serialNumber), nil
	}
	return c.findFresh(ctx, serialNumber)
}

// findFresh is FindHardwareOathTokens without the list: what Graph shows now.
func (c *Client) findFresh(ctx context.Context, serialNumber string) ([]HardwareOathToken, error) {
	for attempt := 0; ; attempt++ {
		tokens, err := c.ListHardwareOathTokens(ctx, equals("serialNumber", serialNumber))
		if err != nil {
			return nil, err
		}
		if len(tokens) > 0 || !c.madeLately(serialNumber) {
			return withSerialNumber(tokens, serialNumber), nil
		}
		pause := backoffFirst << min(attempt, 2)
		if err := sleep(ctx, pause); err != nil {
			return nil, &WaitError{Wait: pause, Last: fmt.Errorf("the token with serial number %q was made a moment ago and is not listed yet", serialNumber), Err: err}
		}
	}
}

// withSerialNumber keeps the tokens that have the serial number, or where there
// is none those that differ in case only: a service that passes over the filter
// must not hand us a stranger's token.
func withSerialNumber(tokens []HardwareOathToken, serialNumber string) []HardwareOathToken {
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
		return folded
	}
	return exact
}

func foldSerialNumber(serialNumber string) string { return strings.ToLower(serialNumber) }

// ListHardwareOathTokens lists the tokens that match an OData filter, all of
// them for "", as Graph shows them now: one GET per page.
func (c *Client) ListHardwareOathTokens(ctx context.Context, filter string) ([]HardwareOathToken, error) {
	var tokens []HardwareOathToken
	seen := map[string]bool{}
	for link := ""; ; {
		page, next, err := c.listPage(ctx, filter, link)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, page...)
		if next == "" {
			return tokens, nil
		}
		if seen[next] {
			return nil, fmt.Errorf("the list of tokens leads back to a page that was read already, after %d tokens", len(tokens))
		}
		link, seen[next] = next, true
	}
}

// listPage reads one page: the first one that matches the filter for "", and
// what a link leads to for that. The last page has no next link.
func (c *Client) listPage(ctx context.Context, filter, link string) (tokens []HardwareOathToken, next string, err error) {
	type configuration = directory.AuthenticationMethodDevicesHardwareOathDevicesRequestBuilderGetRequestConfiguration
	query := &directory.AuthenticationMethodDevicesHardwareOathDevicesRequestBuilderGetQueryParameters{}
	if filter != "" {
		query.Filter = &filter
	}
	builder, options := c.devices(), &configuration{QueryParameters: query}
	if link != "" {
		builder, options = builder.WithUrl(c.here(link)), nil
	}
	page, err := builder.Get(ctx, options)
	if err != nil || page == nil {
		return nil, "", plain(err)
	}
	for _, device := range page.GetValue() {
		tokens = append(tokens, tokenFromSDK(device))
	}
	return tokens, value(page.GetOdataNextLink()), nil
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
	var last error // the 404 that is being waited out
	for attempt := 0; ; attempt++ {
		err := call()
		var wait *WaitError
		if errors.As(err, &wait) && wait.Last == nil {
			wait.Last = last
		}
		if !IsNotFound(err) || !c.isYoung(ref) {
			return err
		}
		last = err
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return waitErr
		}
	}
}

// isYoung reports whether the token was made so short a while ago that 404 is
// "not yet". A creation in the future is another machine's clock: as good as
// just now, but only for as long as a window from here.
func (c *Client) isYoung(ref HardwareOathTokenRef) bool {
	if ref.CreatedAt.IsZero() {
		ref.CreatedAt = c.madeAt(ref.ID)
	}
	return !ref.CreatedAt.IsZero() && time.Since(ref.CreatedAt).Abs() <= c.visibilityWindow
}
