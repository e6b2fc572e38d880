package graph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// UserHardwareOathMethod is one of a user's methods, with what only the
// inventory tells of it.
type UserHardwareOathMethod struct {
	HardwareOathMethod
	// Legacy is true for a token that was uploaded as CSV in the portal: it is in
	// another store, which Graph shows nowhere but among its holder's methods.
	Legacy bool
	// InBothStores is true when the serial number stands in the inventory and in
	// the store of the portal's CSV. Of the latter only this user's tokens are known.
	InBothStores bool
}

// ListUserHardwareOathMethods lists the tokens that a user holds, by serial
// number, and tells those of the portal's CSV from the others: one GET for the
// methods, and one with $filter for a serial number among them; from the second
// serial number on, one list of the inventory for all, however many users.
//
// It is the list that tells the two stores apart, as "Manage OATH tokens" shows
// it. A GET by id may not: Graph takes the id of a legacy token for DELETE.
//
// A token that this client gave to the user a short while ago is waited for; one
// that it took back is not among them.
func (c *Client) ListUserHardwareOathMethods(ctx context.Context, userID string) ([]UserHardwareOathMethod, error) {
	listed, err := c.listSettledMethods(ctx, userID)
	if err != nil {
		return nil, err
	}
	inventory := map[string][]HardwareOathToken{} // by serial number
	methods := make([]UserHardwareOathMethod, 0, len(listed))
	for _, method := range listed {
		found, err := c.withItsSerialNumber(ctx, &method, inventory)
		if err != nil {
			return nil, err
		}
		legacy := !slices.ContainsFunc(found, func(t HardwareOathToken) bool { return strings.EqualFold(t.ID, method.ID) })
		methods = append(methods, UserHardwareOathMethod{HardwareOathMethod: method, Legacy: legacy, InBothStores: legacy && len(found) > 0})
	}
	for i, method := range methods {
		methods[i].InBothStores = method.InBothStores || slices.ContainsFunc(methods, func(other UserHardwareOathMethod) bool {
			return other.Legacy != method.Legacy && strings.EqualFold(other.Token.SerialNumber, method.Token.SerialNumber)
		})
	}
	slices.SortFunc(methods, func(a, b UserHardwareOathMethod) int {
		return cmp.Or(cmp.Compare(a.Token.SerialNumber, b.Token.SerialNumber), cmp.Compare(a.ID, b.ID))
	})
	return methods, nil
}

// withItsSerialNumber gives the tokens of the inventory with the method's serial number,
// asking for each serial number once. Where the method came without its token,
// which the pages show inline, the token is read by id.
func (c *Client) withItsSerialNumber(ctx context.Context, method *HardwareOathMethod, inventory map[string][]HardwareOathToken) ([]HardwareOathToken, error) {
	serialNumber := method.Token.SerialNumber
	if serialNumber == "" {
		token, err := c.freshToken(ctx, method.ID)
		if err != nil {
			return nil, ignoreNotFound(err)
		}
		method.Token = token
		return []HardwareOathToken{token}, nil
	}
	if found, ok := inventory[serialNumber]; ok {
		return found, nil
	}
	found, err := c.FindHardwareOathTokens(ctx, serialNumber)
	inventory[serialNumber] = found
	return found, err
}

// listSettledMethods lists a user's methods as this client has left them.
func (c *Client) listSettledMethods(ctx context.Context, userID string) ([]HardwareOathMethod, error) {
	for attempt := 0; ; attempt++ {
		methods, err := c.ListHardwareOathMethods(ctx, userID)
		if err != nil {
			return nil, err
		}
		given := c.givenLately(userID)
		methods = slices.DeleteFunc(methods, func(m HardwareOathMethod) bool {
			return c.isStale(m.Token) && !slices.Contains(given, strings.ToLower(m.ID))
		})
		missing := slices.IndexFunc(given, func(id string) bool {
			return !slices.ContainsFunc(methods, func(m HardwareOathMethod) bool { return strings.EqualFold(m.ID, id) })
		})
		if missing < 0 {
			return methods, nil
		}
		last := fmt.Errorf("the token %s was assigned to the user a moment ago and is not listed yet", given[missing])
		if waitErr := waitToRetry(ctx, min(attempt, 2), last); waitErr != nil {
			return nil, waitErr
		}
	}
}

// GetHeldHardwareOathToken reads a token by way of the user who should hold it:
// one GET, for which the permission to read methods will do. A token that this
// client gave to the user a short while ago is waited for.
//
// That the user does not hold it is a [NotHeldError], with what two more GETs
// could find out.
func (c *Client) GetHeldHardwareOathToken(ctx context.Context, userID, tokenID string) (HardwareOathToken, error) {
	for attempt := 0; ; attempt++ {
		method, err := c.GetHardwareOathMethod(ctx, userID, tokenID)
		if err == nil {
			method.Token.ID = method.ID
			return method.Token, nil
		}
		if !IsNotFound(err) {
			return HardwareOathToken{}, err
		}
		if !slices.Contains(c.givenLately(userID), strings.ToLower(tokenID)) {
			return HardwareOathToken{}, c.explainNotHeld(ctx, userID, tokenID, err)
		}
		if waitErr := waitToRetry(ctx, min(attempt, 2), err); waitErr != nil {
			return HardwareOathToken{}, waitErr
		}
	}
}

// explainNotHeld finds out who has the token and whether there is such a user.
// What can't be found out, for want of a permission say, is left open.
func (c *Client) explainNotHeld(ctx context.Context, userID, tokenID string, err error) error {
	e := &NotHeldError{UserID: userID, TokenID: tokenID, Err: err}
	token, lookErr := c.freshToken(ctx, tokenID)
	if lookErr == nil {
		e.Token = &token
	}
	e.TokenMissing = IsNotFound(lookErr)
	_, listErr := c.ListHardwareOathMethods(ctx, userID)
	e.UserMissing = IsNotFound(listErr)
	return e
}
