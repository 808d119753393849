package client

import (
	"context"
	"fmt"
	"net/url"

	"claimcheck/api"
)

// Tools returns the tools that the key may call, sorted by name.
func (c *Client) Tools(ctx context.Context) ([]api.Tool, error) {
	var all api.Tools
	if err := c.get(ctx, "/tools", &all); err != nil {
		return nil, fmt.Errorf("ask for the tools: %w", err)
	}
	return all.Tools, nil
}

// Tool returns what there is to know of one tool, for instance json-formatter. An
// *[Error] with the code NOT_FOUND says that the key may call none of this name.
func (c *Client) Tool(ctx context.Context, name string) (api.Tool, error) {
	var t api.Tool
	if err := c.get(ctx, "/tools/"+url.PathEscape(name), &t); err != nil {
		return t, fmt.Errorf("ask for tool %s: %w", name, err)
	}
	return t, nil
}
