package app

import (
	"fmt"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/routes/tools"
	"claimcheck/internal/tool"
)

// describe makes the OpenAPI document of the tools that this server offers, on
// no plan.
func describe(set *tool.Set, timeout time.Duration, url, version string) ([]byte, error) {
	var all []api.Tool
	for _, name := range set.Names() {
		t, _ := set.Get(name)
		spec := t.Spec()
		all = append(all, tools.Describe(&spec, timeout, account.Plan{}))
	}
	doc, err := api.OpenAPI(url, version, all)
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return doc, nil
}
