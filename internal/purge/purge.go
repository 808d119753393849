// Package purge ends what waits of a tool, in an operator's name. It finds the jobs;
// what ends one of them is package queue's to say.
package purge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

const (
	// batchJobs is how many jobs a purge ends at once: few enough that others who
	// write wait for a moment only.
	batchJobs = 100
	// runTime is how long one run of a purge takes at most.
	runTime = 20 * time.Second
	// maxSuspects is how many jobs on probation are read at once, of all tools: more
	// than there ever are.
	maxSuspects = 100_000
)

var errTime = errors.New("the time of this run is over")

// Store is what a purge needs of a store to find what waits.
type Store interface {
	protocol.Lines
	protocol.Timers
	List(ctx context.Context, f protocol.Filter) ([]job.Job, protocol.Cursor, error)
}

// A Purge ends what waits. It works on a store alone, so that a command can do it
// without a server.
type Purge struct {
	Store Store
	// Change makes one decision about each of some jobs, as protocol.Core does.
	Change func(ctx context.Context, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error)
	Keep   func(ctx context.Context, owner string) time.Duration // for how long finished jobs of an owner are kept
}

// Of is a purge of a queue's jobs, of which its clients are told, on its store.
func Of(q *queue.Queue, s Store) *Purge {
	return &Purge{Store: s, Change: q.ChangeAll, Keep: q.KeptFor}
}

// ChangeOn makes changes on a store alone, for a Purge without a server.
func ChangeOn(s protocol.Core) func(context.Context, []job.ID, func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error) {
	return func(ctx context.Context, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error) {
		changes := make([]*protocol.Change, len(ids))
		for i, id := range ids {
			changes[i] = &protocol.Change{ID: id, Decide: decide}
		}
		return changes, s.Change(ctx, changes)
	}
}

// Count returns how many jobs of a tool wait, of all owners or of one.
func (p *Purge) Count(ctx context.Context, tool, owner string) (n int64, err error) {
	lines, err := p.lines(ctx, tool, owner)
	for _, l := range lines {
		n += l.Queued
	}
	return n, err
}

// Run ends the waiting jobs of a tool, of all owners or of one, as CANCELED, and
// gives their charges back. Those that wait for their start or their next attempt are
// among them, those that run are not, nor need those be that come meanwhile. A run
// takes runTime at most, and returns how many it ended and how many wait still:
// another one goes on. With an error, what was ended before is ended all the same.
func (p *Purge) Run(ctx context.Context, tool, owner string) (ended, left int64, err error) {
	lines, err := p.lines(ctx, tool, owner)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	for _, l := range lines {
		n, err := p.line(ctx, l, began.Add(runTime))
		ended += n
		if errors.Is(err, errTime) {
			break
		}
		if err != nil {
			return ended, 0, err
		}
	}
	left, err = p.Count(ctx, tool, owner)
	return ended, left, err
}

// lines are the owners of whom something waits, with how much.
func (p *Purge) lines(ctx context.Context, tool, owner string) ([]account.ToolCount, error) {
	b, err := p.Store.Backlog(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("count what waits for %s: %w", tool, err)
	}
	return slices.DeleteFunc(slices.Clone(b.Counts), func(c account.ToolCount) bool {
		return c.Tool != tool || owner != "" && c.Owner != owner || c.Queued <= 0
	}), nil
}

// line ends what waits of an owner and tool: what may run, what is on probation,
// and, found by the list of all that waits, what is delayed.
func (p *Purge) line(ctx context.Context, l account.ToolCount, until time.Time) (ended int64, err error) {
	for _, part := range []func(context.Context, account.ToolCount, func([]job.ID) error) error{p.claimable, p.suspects, p.delayed} {
		err = part(ctx, l, func(ids []job.ID) error {
			n, err := p.end(ctx, l, ids)
			if ended += n; err == nil && time.Now().After(until) {
				err = errTime
			}
			return err
		})
		if err != nil || ended >= l.Queued {
			return ended, err
		}
	}
	return ended, nil
}

func (p *Purge) claimable(ctx context.Context, l account.ToolCount, end func([]job.ID) error) error {
	for after := (job.Candidate{}); ; {
		page, err := p.Store.Ready(ctx, l.Owner, l.Tool, after, batchJobs)
		if err != nil {
			return fmt.Errorf("read waiting jobs of %s: %w", l.Owner, err)
		}
		if err := end(idsOf(page)); err != nil || len(page) < batchJobs {
			return err
		}
		after = page[len(page)-1]
	}
}

func (p *Purge) suspects(ctx context.Context, l account.ToolCount, end func([]job.ID) error) error {
	all, err := protocol.Suspects(ctx, p.Store, maxSuspects)
	if err != nil {
		return fmt.Errorf("read jobs on probation: %w", err)
	}
	all = slices.DeleteFunc(all, func(c job.Candidate) bool { return c.Owner != l.Owner || c.Tool != l.Tool })
	for page := range slices.Chunk(all, batchJobs) {
		if err := end(idsOf(page)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Purge) delayed(ctx context.Context, l account.ToolCount, end func([]job.ID) error) error {
	for at := (protocol.Cursor{}); ; {
		page, next, err := p.Store.List(ctx, protocol.Filter{
			Owner: l.Owner, Tools: []string{l.Tool}, Status: []job.Status{job.Queued}, Before: at, Limit: batchJobs,
		})
		if err != nil {
			return fmt.Errorf("list waiting jobs of %s: %w", l.Owner, err)
		}
		ids := make([]job.ID, len(page))
		for i := range page {
			ids[i] = page[i].ID
		}
		if err := end(ids); err != nil || next == (protocol.Cursor{}) {
			return err
		}
		at = next
	}
}

func idsOf(page []job.Candidate) []job.ID {
	ids := make([]job.ID, len(page))
	for i := range page {
		ids[i] = page[i].ID
	}
	return ids
}

// end ends those of some jobs of an owner that wait.
func (p *Purge) end(ctx context.Context, of account.ToolCount, ids []job.ID) (ended int64, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	keep := p.Keep(ctx, of.Owner)
	made, err := p.Change(ctx, ids, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Owner != of.Owner || j.Tool != of.Tool {
			return queue.ErrNotWaiting
		}
		return queue.EndWaiting(j, keep, l)
	})
	if err != nil {
		return 0, fmt.Errorf("end waiting jobs of %s: %w", of.Owner, err)
	}
	for _, c := range made {
		switch {
		case c.Err == nil:
			ended++
		case !errors.Is(c.Err, queue.ErrNotWaiting) && !fault.Is(c.Err, fault.NotFound):
			err = c.Err
		}
	}
	return ended, err
}
