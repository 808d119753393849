// Package pauses is how operators stop tools and owners, let them go on, and end
// what waits of a tool: routes below /admin.
package pauses

import (
	"context"
	"net/http"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/httpapi"
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
// *queue.Purge is one.
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
		if kind == pause.Tool {
			err = c.CheckTool(ctx, name)
		} else {
			err = account.CheckOwner(name)
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
	var wish api.Purge
	if err := call.ReadJSON(&wish, maxPurgeBytes); err != nil {
		return err
	}
	if wish.Owner != nil {
		if err := account.CheckOwner(*wish.Owner); err != nil {
			return err
		}
	}
	if err := c.CheckTool(ctx, name); err != nil {
		return err
	}
	owner, target := "", name
	if wish.Owner != nil {
		owner, target = *wish.Owner, name+" of "+*wish.Owner
	}
	matched, err := c.Purge.Count(ctx, name, owner)
	if err != nil {
		return err
	}
	if wish.DryRun {
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
