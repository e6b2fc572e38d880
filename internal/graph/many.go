package graph

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// GetHardwareOathTokens reads many tokens, by id: one GET of a single token, one
// $batch of up to 20, else one list of the tenant; where many are read one list
// for all of them. A token that is missing from a list is asked for by id before
// it is called gone. What is gone is not in the answer.
func (c *Client) GetHardwareOathTokens(ctx context.Context, refs []HardwareOathTokenRef) (map[string]HardwareOathToken, error) {
	return c.getTokens(ctx, refs, 0)
}

// GetRecentHardwareOathTokens is GetHardwareOathTokens from a list that is at most
// two minutes old: for tokens that are to be deleted if nobody holds them.
func (c *Client) GetRecentHardwareOathTokens(ctx context.Context, refs []HardwareOathTokenRef) (map[string]HardwareOathToken, error) {
	return c.getTokens(ctx, refs, holderAge)
}

// getTokens takes a list that was begun at most age ago; 0 takes any of this run.
func (c *Client) getTokens(ctx context.Context, refs []HardwareOathTokenRef, age time.Duration) (found map[string]HardwareOathToken, err error) {
	if len(refs) == 0 {
		return map[string]HardwareOathToken{}, nil
	}
	byID := make(map[string]HardwareOathTokenRef, len(refs))
	for _, ref := range refs {
		byID[ref.ID] = ref
	}
	var rest []string
	if len(refs) <= itemsPerBatch {
		found, rest, err = c.inventory.Several(ctx, slices.Sorted(maps.Keys(byID)), age)
	} else {
		found, rest, err = c.listOf(ctx, byID, age)
	}
	if err != nil || len(rest) == 0 {
		return found, err
	}
	missing := make([]HardwareOathTokenRef, len(rest))
	for i, id := range rest {
		missing[i] = byID[id]
	}
	asked, _, err := c.getBatch(ctx, missing)
	maps.Copy(found, asked)
	return found, err
}

// listOf finds tokens in the list of the tenant; rest are the ids that it lacks.
func (c *Client) listOf(ctx context.Context, refs map[string]HardwareOathTokenRef, age time.Duration) (found map[string]HardwareOathToken, rest []string, err error) {
	listed, err := c.listAll(ctx, age)
	if err != nil {
		return nil, nil, err
	}
	found = make(map[string]HardwareOathToken, len(refs))
	for _, token := range listed {
		if _, ours := refs[token.ID]; ours {
			found[token.ID] = token
		}
	}
	for _, id := range slices.Sorted(maps.Keys(refs)) {
		if _, ok := found[id]; !ok {
			rest = append(rest, id)
		}
	}
	return found, rest, nil
}

// FindHardwareOathTokensBySerialNumber finds the tokens that have one of the
// serial numbers, or where there is none those that differ in case only: one
// list of the tenant. The answer is by the serial numbers that were asked for. Of
// these, a token that this client made a short while ago is waited for.
func (c *Client) FindHardwareOathTokensBySerialNumber(ctx context.Context, serialNumbers []string) (map[string][]HardwareOathToken, error) {
	found := make(map[string][]HardwareOathToken, len(serialNumbers))
	if len(serialNumbers) == 0 {
		return found, nil
	}
	wanted := make(map[string]bool, len(serialNumbers))
	for _, serialNumber := range serialNumbers {
		wanted[serialNumber] = true
	}
	listed, err := c.listWithOurs(ctx, HardwareOathTokenFilter{}, func(name string) bool { return wanted[name] })
	if err != nil {
		return nil, err
	}
	exact, folded := map[string][]HardwareOathToken{}, map[string][]HardwareOathToken{}
	for _, token := range listed {
		if c.wasDeleted(token.ID) {
			continue
		}
		key := strings.ToLower(token.SerialNumber)
		exact[token.SerialNumber] = append(exact[token.SerialNumber], token)
		folded[key] = append(folded[key], token)
	}
	for _, serialNumber := range serialNumbers {
		if tokens := exact[serialNumber]; len(tokens) > 0 {
			found[serialNumber] = tokens
		} else if tokens := folded[strings.ToLower(serialNumber)]; len(tokens) > 0 {
			found[serialNumber] = tokens
		}
	}
	return found, nil
}
