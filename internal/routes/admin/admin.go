// Package admin is how operators look after keys and plans, and read what they
// have changed: the routes /admin/keys, /admin/plans and /admin/audit.
package admin

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
)

// Rows is the audit as it is read; a store is one.
type Rows interface {
	// AuditRows returns up to limit rows, the newest first: those whose N is below
	// before (0: of any), written at since or later.
	AuditRows(ctx context.Context, before int64, since time.Time, limit int) ([]account.AuditRow, error)
}

// Config is what the routes work with.
type Config struct {
	Keys  *auth.Keys
	Audit Rows
	Plans func() map[string]account.Plan // that there are now
	Now   func() time.Time
}

type admin struct{ Config }

// Routes are the routes.
func Routes(c Config) []httpapi.Route {
	a := admin{c}
	return []httpapi.Route{
		{Method: "GET", Path: "/admin/keys", Access: httpapi.Admin, Handler: a.keys},
		{Method: "POST", Path: "/admin/keys", Access: httpapi.Admin, Handler: a.createKey},
		{Method: "POST", Path: "/admin/keys/{id}/rotate", Access: httpapi.Admin, Handler: a.rotateKey},
		{Method: "DELETE", Path: "/admin/keys/{id}", Access: httpapi.Admin, Handler: a.revokeKey},
		{Method: "GET", Path: "/admin/plans", Access: httpapi.Admin, Handler: a.plans},
		{Method: "GET", Path: "/admin/audit", Access: httpapi.Admin, Handler: a.audit},
	}
}

// bad refuses a parameter of the query.
func bad(name, what string) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", "%s %s.", intake.Printable(name), what).With("parameter", intake.Printable(name))
}

// unasked refuses a query where none is known.
func unasked(q url.Values) error {
	for name := range q {
		return bad(name, "is no parameter of this path")
	}
	return nil
}

// whole reads a whole number of a query.
func whole(name, text string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, bad(name, "must be a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10))
	}
	return n, nil
}

// sentence makes a sentence of what the commands say without a capital and a
// point.
func sentence(err error) error {
	e := fault.Of(err)
	if e == nil || e.Kind != fault.Invalid && e.Kind != fault.NotFound || e.Message == "" {
		return err
	}
	said := *e
	said.Message = strings.ToUpper(e.Message[:1]) + e.Message[1:] + "."
	if member := members[e.Code]; member != "" {
		return said.With("member", member)
	}
	return &said
}

// members of a body, by the code of what is wrong with them.
var members = map[string]string{
	"INVALID_OWNER": "owner", "INVALID_PLAN": "plan", "INVALID_NAME": "name", "INVALID_SCOPE": "scopes", "INVALID_TOOLS": "tools", "INVALID_NETWORKS": "from",
}
