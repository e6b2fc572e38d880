package graph

import "context"

// GetBatch is getBatch, for the tests outside.
func (c *Client) GetBatch(ctx context.Context, refs []HardwareOathTokenRef) (map[string]HardwareOathToken, []HardwareOathTokenRef, error) {
	return c.getBatch(ctx, refs)
}
