package graph

import (
	"context"
	"strings"
)

// GetHardwareOathTokens reads many tokens, by id: one GET of a single token, else
// one list of the tenant. A token that is missing from the list is asked for by
// id before it is called gone. What is gone is not in the answer.
func (c *Client) GetHardwareOathTokens(ctx context.Context, refs []HardwareOathTokenRef) (map[string]HardwareOathToken, error) {
	found := make(map[string]HardwareOathToken, len(refs))
	missing := refs
	if len(refs) > 1 {
		listed, err := c.ListHardwareOathTokensBy(ctx, HardwareOathTokenFilter{})
		if err != nil {
			return nil, err
		}
		byID := make(map[string]HardwareOathToken, len(listed))
		for _, token := range listed {
			byID[token.ID] = token
		}
		missing = nil
		for _, ref := range refs {
			if token, ok := byID[ref.ID]; ok {
				found[ref.ID] = token
			} else {
				missing = append(missing, ref)
			}
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	asked, _, err := c.getBatch(ctx, missing)
	if err != nil {
		return nil, err
	}
	for id, token := range asked {
		found[id] = token
	}
	return found, nil
}

// FindHardwareOathTokensBySerialNumber finds the tokens that have one of the
// serial numbers, or where there is none those that differ in case only: one
// list of the tenant. The answer is by the serial numbers that were asked for.
func (c *Client) FindHardwareOathTokensBySerialNumber(ctx context.Context, serialNumbers []string) (map[string][]HardwareOathToken, error) {
	found := make(map[string][]HardwareOathToken, len(serialNumbers))
	if len(serialNumbers) == 0 {
		return found, nil
	}
	listed, err := c.ListHardwareOathTokensBy(ctx, HardwareOathTokenFilter{})
	if err != nil {
		return nil, err
	}
	exact, folded := map[string][]HardwareOathToken{}, map[string][]HardwareOathToken{}
	for _, token := range listed {
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
