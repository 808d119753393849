package app

import (
	"context"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/fault"
	"claimcheck/internal/pause"
	"claimcheck/internal/purge"
	"claimcheck/internal/routes/pauses"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/tool"
)

// stops is what operators stop tools and owners with, by a command or by a route.
type stops struct {
	store  aStore
	board  *pause.Board
	purge  *purge.Purge
	offers func(tool string) bool // whether a configuration has the tool
}

// stopsOf are the server's.
func (s *Server) stopsOf() *stops {
	offers := func(name string) bool {
		_, ok := s.tools.Get(name)
		return ok
	}
	return &stops{store: s.store.aStore, board: s.queue.Pauses(), purge: purge.Of(s.queue, s.store), offers: offers}
}

// stopsOn are a command's, on the store itself: the servers that share it learn of
// what it changes.
func stopsOn(st *store, cfg *config.Config) *stops {
	keep := func(ctx context.Context, owner string) time.Duration {
		plan := cfg.Plans[config.DefaultPlan]
		if o, err := st.Owner(ctx, owner, account.MonthOf(st.now())); err == nil && cfg.Plans[o.Plan].Name != "" {
			plan = cfg.Plans[o.Plan]
		}
		if plan.Retention > 0 {
			return plan.Retention
		}
		return cfg.Retention
	}
	offers := func(name string) bool {
		return slices.ContainsFunc(builtIn(), func(t tool.Tool) bool { return t.Spec().Name == name }) ||
			slices.ContainsFunc(cfg.Tools, func(t config.Tool) bool { return t.Name == name })
	}
	return &stops{
		store: st.aStore, board: pause.New(pause.Config{Store: st, Now: st.now, Shared: true}),
		purge: &purge.Purge{Store: st, Change: purge.ChangeOn(st), Keep: keep}, offers: offers,
	}
}

// routes are what the routes of pauses work with.
func (s *stops) routes() pauses.Config {
	return pauses.Config{Board: s.board, CheckTool: s.checkTool, Purge: s.purge}
}

// pausedNow is what is paused, for metrics: the names of tools, and how many owners.
func (s *Server) pausedNow() (tools []string, owners int) {
	for _, p := range s.queue.Pauses().All() {
		if p.Kind == pause.Tool {
			tools = append(tools, p.Name)
		} else {
			owners++
		}
	}
	return tools, owners
}

// checkTool refuses a tool of which nobody has heard: no configuration has it, it is
// not paused, it has no job, and none of it ever ran.
func (s *stops) checkTool(ctx context.Context, name string) error {
	if s.offers(name) || s.board.Paused(pause.Tool, name) {
		return nil
	}
	backlog, err := s.store.Backlog(ctx, "")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(backlog.Counts, func(c account.ToolCount) bool { return c.Tool == name }) {
		return nil
	}
	ran, err := s.store.Notes(ctx, protocol.RuntimeNotes)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(ran, func(n protocol.Note) bool { return n.Name == name }) {
		return nil
	}
	return fault.New(fault.NotFound, "NOT_FOUND", "There is no tool %q: no configuration names it, and no job of it waits or ever ran.", name)
}

// SetPaused pauses a tool or an owner, or lets it go on.
func (o *Operator) SetPaused(ctx context.Context, kind pause.Kind, name string, paused bool) (changed bool, err error) {
	s := o.stops
	if err := s.board.Fresh(ctx); err != nil {
		return false, err
	}
	if kind == pause.Tool {
		err = s.checkTool(ctx, name)
	} else {
		err = account.CheckOwner(name)
	}
	if err != nil {
		return false, err
	}
	if err := o.tell(ctx, pause.Action(kind, paused), name); err != nil {
		return false, err
	}
	if paused {
		return s.board.Pause(ctx, kind, name, account.ByCommand)
	}
	return s.board.Resume(ctx, kind, name)
}

// Pauses lists what is paused, tools before owners.
func (o *Operator) Pauses(ctx context.Context) ([]pause.Pause, error) {
	err := o.stops.board.Fresh(ctx)
	return o.stops.board.All(), err
}

// PurgeTool ends what waits of a tool, or counts it.
func (o *Operator) PurgeTool(ctx context.Context, name, owner string, dry bool) (is control.Purged, err error) {
	s, target := o.stops, name
	if owner != "" {
		if err := account.CheckOwner(owner); err != nil {
			return is, err
		}
		target += " of " + owner
	}
	if err := s.board.Fresh(ctx); err != nil {
		return is, err
	}
	if err := s.checkTool(ctx, name); err != nil {
		return is, err
	}
	if is.Matched, err = s.purge.Count(ctx, name, owner); err != nil || dry {
		return is, err
	}
	if err := o.tell(ctx, pause.Purged, target); err != nil {
		return is, err
	}
	is.Ended, is.Left, err = s.purge.Run(ctx, name, owner)
	return is, err
}
