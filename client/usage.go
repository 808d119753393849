package client

import (
	"context"
	"fmt"

	"claimcheck/api"
)

// Usage returns who the key belongs to and what of the plan's allowances is used.
func (c *Client) Usage(ctx context.Context) (api.Usage, error) {
	var u api.Usage
	if err := c.get(ctx, "/usage", &u); err != nil {
		return u, fmt.Errorf("ask for the usage: %w", err)
	}
	return u, nil
}
