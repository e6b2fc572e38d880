package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/microsoftgraph/msgraph-beta-sdk-go/models"
)

// HardwareOathTokenChange is one token of many and what is to change of it.
type HardwareOathTokenChange struct {
	Ref          HardwareOathTokenRef
	SerialNumber string
	Update       HardwareOathTokenUpdate
}

func devicePath(id string) string {
	return collectionPath + "/" + url.PathEscape(id)
}

func methodPath(userID, id string) string {
	return "/users/" + url.PathEscape(userID) + "/authentication/hardwareOathMethods/" + url.PathEscape(id)
}

// getBatch reads many tokens by id, one GET each, 20 in a batch. Those that are
// not there are missing; err is the first of anything else.
func (c *Client) getBatch(ctx context.Context, refs []HardwareOathTokenRef) (found map[string]HardwareOathToken, missing []HardwareOathTokenRef, err error) {
	found = map[string]HardwareOathToken{}
	if len(refs) == 1 {
		var token HardwareOathToken
		err := plain(c.untilVisible(ctx, refs[0], func() (err error) {
			token, err = c.freshToken(ctx, refs[0].ID)
			return err
		}))
		switch {
		case IsNotFound(err):
			return found, refs, nil
		case err != nil:
			return found, nil, err
		}
		found[refs[0].ID] = token
		return found, nil, nil
	}
	items := make([]batchItem, len(refs))
	for i, ref := range refs {
		items[i] = batchItem{method: http.MethodGet, path: devicePath(ref.ID)}
	}
	for i, answer := range c.batchUntilVisible(ctx, reads, refs, items) {
		var token HardwareOathToken
		if answer.err == nil {
			token, answer.err = readToken(refs[i].ID, answer.body)
		}
		switch {
		case answer.err == nil:
			found[refs[i].ID] = token
		case IsNotFound(answer.err):
			missing = append(missing, refs[i])
		case err == nil:
			err = answer.err
		}
	}
	return found, missing, err
}

func readToken(id string, body json.RawMessage) (HardwareOathToken, error) {
	if body != nil {
		object, err := fromJSON(body, models.CreateHardwareOathTokenAuthenticationMethodDeviceFromDiscriminatorValue)
		if err != nil {
			return HardwareOathToken{}, err
		}
		if device, ok := object.(models.HardwareOathTokenAuthenticationMethodDeviceable); ok && value(device.GetId()) != "" {
			return tokenFromSDK(device), nil
		}
	}
	return HardwareOathToken{}, fmt.Errorf("the answer to the read of token %s held no token", id)
}

// UpdateHardwareOathTokens sends what changed of many tokens, one PATCH each,
// 20 in a batch. Graph refuses those that are assigned.
func (c *Client) UpdateHardwareOathTokens(ctx context.Context, changes []HardwareOathTokenChange) (failures []TokenFailure) {
	if len(changes) == 1 {
		if err := c.UpdateHardwareOathToken(ctx, changes[0].Ref, changes[0].Update); err != nil {
			failures = append(failures, TokenFailure{changes[0].SerialNumber, err})
		}
		return failures
	}
	ids, refs, items := make([]string, len(changes)), make([]HardwareOathTokenRef, len(changes)), make([]batchItem, len(changes))
	for i, change := range changes {
		body, err := toJSON(change.Update.toSDK())
		if err != nil {
			return []TokenFailure{{change.SerialNumber, err}}
		}
		ids[i], refs[i] = change.Ref.ID, change.Ref
		items[i] = batchItem{method: http.MethodPatch, path: devicePath(change.Ref.ID), body: body}
	}
	defer c.writing(ids...)()
	for i, answer := range c.batchUntilVisible(ctx, writes, refs, items) {
		if answer.err != nil {
			failures = append(failures, TokenFailure{changes[i].SerialNumber, answer.err})
		}
	}
	return failures
}

// DeleteHardwareOathTokens deletes many tokens, described as they were read just
// now: one DELETE each, 20 in a batch. An assigned token is an [AssignedError],
// or with unassign taken back from its user in a batch before. A token that is
// gone is no error. Both deleted and failures are in the order of tokens.
func (c *Client) DeleteHardwareOathTokens(ctx context.Context, tokens []HardwareOathToken, unassign bool) (deleted []string, failures []TokenFailure) {
	ids := make([]string, len(tokens))
	for i, token := range tokens {
		ids[i] = token.ID
	}
	defer c.writing(ids...)()
	errs := make([]error, len(tokens))
	var held, ready []int
	for i, token := range tokens {
		switch {
		case c.isStale(token): // taken back a moment ago; a refusal is waited out
		case token.AssignedTo != nil && !unassign:
			errs[i] = &AssignedError{Token: token}
			continue
		case token.AssignedTo != nil:
			held = append(held, i)
		}
		ready = append(ready, i)
	}
	c.unassignAll(ctx, tokens, held, errs)
	ready = slices.DeleteFunc(ready, func(i int) bool { return errs[i] != nil })
	c.deleteAll(ctx, tokens, ready, errs)
	for i, token := range tokens {
		if errs[i] != nil {
			failures = append(failures, TokenFailure{token.SerialNumber, errs[i]})
			continue
		}
		c.noteDeletion(token)
		deleted = append(deleted, token.ID)
	}
	return deleted, failures
}

// unassignAll takes tokens back from their users. It is a batch of its own and
// not a dependsOn: an item that depends on another is not sent again with it
// when the first was throttled, and Graph takes only batches that are "either
// fully sequential or fully parallel" [G-batch].
func (c *Client) unassignAll(ctx context.Context, tokens []HardwareOathToken, held []int, errs []error) {
	if len(held) == 1 {
		token := tokens[held[0]]
		errs[held[0]] = c.UnassignHardwareOathToken(ctx, token.ID, token.AssignedTo.ID)
		return
	}
	items := make([]batchItem, len(held))
	for at, i := range held {
		items[at] = batchItem{method: http.MethodDelete, path: methodPath(tokens[i].AssignedTo.ID, tokens[i].ID)}
	}
	for at, answer := range c.batch(ctx, writes, items) {
		if !IsNotFound(answer.err) {
			errs[held[at]] = answer.err
		}
		if token := tokens[held[at]]; errs[held[at]] == nil {
			c.noteUnassignment(token.ID, token.AssignedTo.ID)
		}
	}
}

// deleteAll sends the DELETEs. What is refused after an unassignment of ours may
// be that Graph has not noticed yet, and is waited out for a while, together.
func (c *Client) deleteAll(ctx context.Context, tokens []HardwareOathToken, ready []int, errs []error) {
	if len(ready) == 1 {
		errs[ready[0]] = c.deleteToken(ctx, HardwareOathTokenRef{ID: tokens[ready[0]].ID})
		return
	}
	end := time.Now().Add(c.visibilityWindow)
	for attempt := 0; len(ready) > 0; attempt++ {
		items := make([]batchItem, len(ready))
		for at, i := range ready {
			items[at] = batchItem{method: http.MethodDelete, path: devicePath(tokens[i].ID)}
		}
		var refused []int
		for at, answer := range c.batch(ctx, writes, items) {
			i := ready[at]
			errs[i] = answer.err
			if IsNotFound(answer.err) {
				errs[i] = nil
			}
			if isRefusal(answer.err) && c.takenBack(tokens[i].ID) {
				refused = append(refused, i)
			}
		}
		if ready = refused; len(ready) == 0 || time.Now().After(end) {
			return
		}
		if err := waitToRetry(ctx, min(attempt, 2), errs[ready[0]]); err != nil {
			for _, i := range ready {
				errs[i] = err
			}
			return
		}
	}
}

// batchUntilVisible sends items about known tokens. 404 for a token that was
// made a short while ago is waited out, for all such tokens together.
func (c *Client) batchUntilVisible(ctx context.Context, does intent, refs []HardwareOathTokenRef, items []batchItem) []batchAnswer {
	answers := c.batch(ctx, does, items)
	for attempt := 0; ; attempt++ {
		var young []int
		var again []batchItem
		for i, answer := range answers {
			if IsNotFound(answer.err) && c.isYoung(refs[i]) {
				young, again = append(young, i), append(again, items[i])
			}
		}
		if len(young) == 0 {
			return answers
		}
		if err := waitToRetry(ctx, min(attempt, 2), answers[young[0]].err); err != nil {
			for _, i := range young {
				answers[i].err = err
			}
			return answers
		}
		for at, answer := range c.batch(ctx, does, again) {
			answers[young[at]] = answer
		}
	}
}
