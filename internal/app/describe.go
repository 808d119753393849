package app

import (
	"fmt"
	"sync"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/routes/tools"
	"claimcheck/internal/tool"
)

// A description is the API's, made when it is first asked for: it takes as long as all else
// of a start.
type description func() ([]byte, error)

// described is the description of what describe is given.
func described(set *tool.Set, timeout time.Duration, url, version string) description {
	return sync.OnceValues(func() ([]byte, error) { return describe(set, timeout, url, version) })
}

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
