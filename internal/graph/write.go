package graph

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// UpdateHardwareOathToken sends what changed: one PATCH. Graph refuses it while
// the token is assigned.
func (c *Client) UpdateHardwareOathToken(ctx context.Context, ref HardwareOathTokenRef, update HardwareOathTokenUpdate) error {
	defer c.writing(ref.ID)()
	return plain(c.untilVisible(ctx, ref, func() error {
		_, err := c.devices().ByHardwareOathTokenAuthenticationMethodDeviceId(ref.ID).Patch(ctx, update.toSDK(), nil)
		return err
	}))
}

// holderAge is how old the list may be from which a deletion learns who holds a
// token. Graph refuses to delete what somebody holds; this is for the day on
// which it does not.
const holderAge = 2 * time.Minute

// DeleteHardwareOathToken deletes a token: one GET, or where many are deleted one
// list for all of them, to see whether somebody holds it, and one DELETE. An assigned token is an [AssignedError], or with
// unassign taken back from its user first. A token that is gone is no error.
func (c *Client) DeleteHardwareOathToken(ctx context.Context, ref HardwareOathTokenRef, unassign bool) error {
	token, err := c.getToken(ctx, ref, holderAge)
	if IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer c.writing(ref.ID)()
	for attempt := 0; c.isStale(token); attempt++ {
		if err := waitToRetry(ctx, min(attempt, 2), &AssignedError{Token: token}); err != nil {
			return err
		}
		if token, err = c.freshToken(ctx, ref.ID); err != nil {
			return ignoreNotFound(err)
		}
	}
	if token.AssignedTo != nil {
		if !unassign {
			return &AssignedError{Token: token}
		}
		if err := c.UnassignHardwareOathToken(ctx, token.ID, token.AssignedTo.ID); err != nil {
			return err
		}
	}
	err = c.deleteToken(ctx, ref)
	if err == nil {
		c.noteDeletion(token)
	}
	return err
}

// deleteToken sends the DELETE. After an unassignment of ours a refusal may
// mean that Graph has not noticed yet, and is waited out for a while.
func (c *Client) deleteToken(ctx context.Context, ref HardwareOathTokenRef) error {
	unassigned := c.takenBack(ref.ID)
	end := time.Now().Add(c.visibilityWindow)
	for attempt := 0; ; attempt++ {
		err := c.devices().ByHardwareOathTokenAuthenticationMethodDeviceId(ref.ID).Delete(ctx, nil)
		switch {
		case err == nil, IsNotFound(err):
			return nil
		case !unassigned || !isRefusal(err) || time.Now().After(end):
			return plain(err)
		}
		if err := waitToRetry(ctx, min(attempt, 2), err); err != nil {
			return err
		}
	}
}

func ignoreNotFound(err error) error {
	if IsNotFound(err) {
		return nil
	}
	return err
}

// plain takes the error out of what net/http and the SDK wrap around it: a
// url.Error would repeat the whole query.
func plain(err error) error {
	var (
		wait       *WaitError
		credential *CredentialError
		none       *NoAnswerError
		answered   *Error
		sent       *url.Error
	)
	switch {
	case errors.As(err, &wait):
		return wait
	case errors.As(err, &credential):
		return credential
	case errors.As(err, &none):
		return none
	case errors.As(err, &answered):
		return answered
	case errors.As(err, &sent):
		return sent.Err
	default:
		return err
	}
}
