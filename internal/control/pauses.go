package control

import (
	"context"

	"claimcheck/internal/pause"
)

// A Pauser is what operator commands do with tools and owners.
type Pauser interface {
	// SetPaused pauses a tool or an owner, or lets it go on; changed is false if it
	// was so already. Failures: NotFound for a tool of which nobody has heard.
	SetPaused(ctx context.Context, kind pause.Kind, name string, paused bool) (changed bool, err error)
	// Pauses lists what is paused, tools before owners.
	Pauses(ctx context.Context) ([]pause.Pause, error)
	// PurgeTool ends what waits of a tool, of an owner or, without one, of all; with
	// dry it only counts.
	PurgeTool(ctx context.Context, tool, owner string, dry bool) (Purged, error)
}

// Purged says how many jobs waited and, unless they were only counted, how many of
// them were ended and how many wait still.
type Purged struct {
	Matched, Ended, Left int64
}

// A stop is what a command about tools and owners says on the socket.
type stop struct {
	Kind   pause.Kind
	Name   string
	Owner  string
	Paused bool
	Dry    bool
}

// A stopped is the answer.
type stopped struct {
	Changed bool
	Pauses  []pause.Pause
	Purged  Purged
}

// runStop runs a command about tools and owners; known is false for any other.
func runStop(ctx context.Context, op Pauser, command string, s stop) (is stopped, known bool, err error) {
	switch command {
	case "set-paused":
		is.Changed, err = op.SetPaused(ctx, s.Kind, s.Name, s.Paused)
	case "pauses":
		is.Pauses, err = op.Pauses(ctx)
	case "purge-tool":
		is.Purged, err = op.PurgeTool(ctx, s.Name, s.Owner, s.Dry)
	default:
		return is, false, nil
	}
	return is, true, err
}

// SetPaused pauses a tool or an owner, or lets it go on.
func (c *Client) SetPaused(ctx context.Context, kind pause.Kind, name string, paused bool) (bool, error) {
	res, err := c.call(ctx, request{Command: "set-paused", Stop: stop{Kind: kind, Name: name, Paused: paused}})
	return res.Stopped.Changed, err
}

// Pauses lists what is paused, tools before owners.
func (c *Client) Pauses(ctx context.Context) ([]pause.Pause, error) {
	res, err := c.call(ctx, request{Command: "pauses"})
	return res.Stopped.Pauses, err
}

// PurgeTool ends what waits of a tool, or counts it.
func (c *Client) PurgeTool(ctx context.Context, tool, owner string, dry bool) (Purged, error) {
	res, err := c.callPatiently(ctx, request{Command: "purge-tool", Stop: stop{Name: tool, Owner: owner, Dry: dry}})
	return res.Stopped.Purged, err
}
