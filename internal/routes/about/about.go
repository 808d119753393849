// Package about is what the server tells of itself and of who asks: its description,
// a page for people, whose tokens it takes, and an owner's usage.
package about

import (
	"context"
	"net/http"
	"slices"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
)

// Usage is what owners have used and have now; *queue.Queue is one.
type Usage interface {
	// UsageOf returns what an owner used in the current month, and has now.
	UsageOf(ctx context.Context, owner string) (month int, used account.Usage, has account.Counts, err error)
}

// Config is what the routes work with.
type Config struct {
	OpenAPI   func() ([]byte, error) // what /openapi.json answers now
	Usage     Usage
	Paused    func(owner string) bool // whether an operator lets the owner's jobs wait
	Console   bool                    // there is one, which the page for people names
	PublicURL string
	Issuer    string   // of tokens that are taken beside keys; empty: none are
	Prefixes  []string // of the dialects
}

// Routes are these routes.
func Routes(c Config) []httpapi.Route {
	return []httpapi.Route{
		{Method: "GET", Path: "/openapi.json", Access: httpapi.Open, Handler: openapi(&c)},
		{Method: "GET", Path: "/docs", Access: httpapi.Open, Handler: docs(&c)},
		{Method: "GET", Path: httpapi.ResourcePath, Access: httpapi.Open, Handler: c.resource},
		{Method: "GET", Path: httpapi.ResourcePath + "/{prefix}", Access: httpapi.Open, Handler: c.resource},
		{Method: "GET", Path: "/usage", Handler: c.usage},
	}
}

// resource answers who gives tokens for the API, or for one dialect of it.
func (c Config) resource(call *httpapi.Call) error {
	of := ""
	if prefix := call.Request().PathValue("prefix"); prefix != "" {
		of = "/" + prefix
	}
	if c.Issuer == "" || of != "" && !slices.Contains(c.Prefixes, of) {
		return fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this path.")
	}
	return call.AnswerJSON(http.StatusOK, api.ProtectedResource{
		Resource: c.PublicURL + of, AuthorizationServers: []string{c.Issuer}, BearerMethodsSupported: []string{"header"},
		ScopesSupported: []string{account.ScopeRead, account.ScopeSubmit}, ResourceName: "claimcheck",
	})
}

// usage answers GET /usage.
func (c Config) usage(call *httpapi.Call) error {
	owner, plan := call.Owner(), call.Plan()
	month, used, has, err := c.Usage.UsageOf(call.Request().Context(), owner)
	if err != nil {
		return err
	}
	return call.AnswerJSON(http.StatusOK, api.Usage{
		Owner: owner, Subject: call.Subject(), Plan: plan.Name,
		Period: api.Period{
			Start: account.MonthStart(month).Unix(),
			End:   account.MonthStart(month + 1).Unix(),
		},
		Jobs:        api.Allowance{Used: used.Jobs, Limit: plan.JobsPerMonth},
		StoredBytes: api.Allowance{Used: has.StoredBytes, Limit: plan.MaxStoredBytes},
		Running:     has.Running,
		Queued:      has.Queued,
		Paused:      c.Paused(owner),
	})
}
