// Package pauses is how operators stop tools and owners, let them go on, and end
// what waits of a tool: routes below /admin.
package pauses

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/listing"
	"claimcheck/internal/pause"
)

// Config is what the routes work with.
type Config struct {
	Board *pause.Board
	// CheckTool fails with NotFound for a tool of which nobody has heard.
	CheckTool func(ctx context.Context, name string) error
	Purge     Purge
}

// Purge ends what waits of a tool, of one owner or, with an empty name, of all;
// *purge.Purge is one.
type Purge interface {
	Count(ctx context.Context, tool, owner string) (int64, error)
	Run(ctx context.Context, tool, owner string) (ended, left int64, err error)
}

// Routes are the routes of pauses.
func Routes(c Config) []httpapi.Route {
	return []httpapi.Route{
		{Method: "GET", Path: "/admin/pauses", Access: httpapi.Admin, Handler: c.list},
		{Method: "POST", Path: "/admin/tools/{name}/pause", Access: httpapi.Admin, Handler: c.setting(pause.Tool, true)},
		{Method: "POST", Path: "/admin/tools/{name}/resume", Access: httpapi.Admin, Handler: c.setting(pause.Tool, false)},
		{Method: "POST", Path: "/admin/tools/{name}/purge", Access: httpapi.Admin, Handler: c.purge},
		{Method: "POST", Path: "/admin/owners/{name}/pause", Access: httpapi.Admin, Handler: c.setting(pause.Owner, true)},
		{Method: "POST", Path: "/admin/owners/{name}/resume", Access: httpapi.Admin, Handler: c.setting(pause.Owner, false)},
	}
}

// list answers GET /admin/pauses.
func (c Config) list(call *httpapi.Call) error {
	if err := c.Board.Fresh(call.Request().Context()); err != nil {
		return err
	}
	body := api.Pauses{Tools: []api.Pause{}, Owners: []api.Pause{}}
	for _, p := range c.Board.All() {
		wire := api.Pause{Name: p.Name, PausedAt: p.Since.Unix(), By: p.By}
		if p.Kind == pause.Tool {
			body.Tools = append(body.Tools, wire)
		} else {
			body.Owners = append(body.Owners, wire)
		}
	}
	return call.AnswerJSON(http.StatusOK, body)
}

// setting answers POST /admin/tools/{name}/pause and its companions.
func (c Config) setting(kind pause.Kind, paused bool) func(*httpapi.Call) error {
	return func(call *httpapi.Call) (err error) {
		ctx, name := call.Request().Context(), call.Request().PathValue("name")
		if err := listing.Nothing(call.Request().URL.Query()); err != nil {
			return err
		}
		if kind == pause.Tool {
			err = c.CheckTool(ctx, name)
		} else {
			err = checkOwner(name)
		}
		if err != nil {
			return err
		}
		if err := call.Audit(pause.Action(kind, paused), name); err != nil {
			return err
		}
		body := api.PauseSet{Name: name, Paused: paused}
		if paused {
			body.Changed, err = c.Board.Pause(ctx, kind, name, call.Owner())
		} else {
			body.Changed, err = c.Board.Resume(ctx, kind, name)
		}
		if err != nil {
			return err
		}
		return call.AnswerJSON(http.StatusOK, body)
	}
}

const maxPurgeBytes = 4 << 10 // of the body of POST /admin/tools/{name}/purge

// purge answers POST /admin/tools/{name}/purge.
func (c Config) purge(call *httpapi.Call) error {
	ctx, name := call.Request().Context(), call.Request().PathValue("name")
	if err := listing.Nothing(call.Request().URL.Query()); err != nil {
		return err
	}
	owner, dry, err := readPurge(call)
	if err != nil {
		return err
	}
	if err := c.CheckTool(ctx, name); err != nil {
		return err
	}
	target := name
	if owner != "" {
		target = name + " of " + owner
	}
	matched, err := c.Purge.Count(ctx, name, owner)
	if err != nil {
		return err
	}
	if dry {
		return call.AnswerJSON(http.StatusOK, api.Purged{Matched: matched})
	}
	if err := call.Audit(pause.Purged, target); err != nil {
		return err
	}
	ended, left, err := c.Purge.Run(ctx, name, owner)
	if err != nil { // what was ended is ended: another purge goes on
		return err
	}
	return call.AnswerJSON(http.StatusOK, api.Purged{Matched: matched, Ended: &ended, Left: &left})
}

// readPurge reads whose waiting jobs are to be ended, an empty name being all
// owners', and whether they are only to be counted. An owner that is null is
// refused: a script that does not know it does not mean everybody.
func readPurge(call *httpapi.Call) (owner string, dry bool, err error) {
	var wish struct {
		Owner  json.RawMessage `json:"owner"`
		DryRun bool            `json:"dry_run"`
	}
	if err := call.ReadJSON(&wish, maxPurgeBytes); err != nil || wish.Owner == nil {
		return "", wish.DryRun, err
	}
	if wish.Owner[0] != '"' || json.Unmarshal(wish.Owner, &owner) != nil {
		return "", false, fault.New(fault.Invalid, "INVALID_REQUEST", "owner must be text.").With("member", "owner")
	}
	return owner, wish.DryRun, checkOwner(owner)
}

func checkOwner(name string) error {
	e := fault.Of(account.CheckOwner(name))
	if e == nil {
		return nil
	}
	return fault.New(e.Kind, e.Code, "%s%s.", strings.ToUpper(e.Message[:1]), e.Message[1:]).With("member", "owner")
}
