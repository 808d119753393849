package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/store/protocol"
)

// How often maintenance looks, beside being told.
const (
	lookEvery = 5 * time.Second
	saveEvery = 20 * time.Second
)

// Run renews leases, takes back lost ones and lets delayed jobs run, until ctx is
// done; then it waits for what it was doing.
func (q *Queue) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { q.renewing(ctx) })
	all.Go(func() { q.every(ctx, q.lookTime(), "backlog", q.look) })
	all.Go(func() { q.every(ctx, lookEvery, "leases elsewhere", q.forgetEnded) })
	all.Go(func() { q.every(ctx, lookEvery, "clock", q.lookAtClock) })
	if q.shared() {
		all.Go(func() { q.config.Store.Peers().Follow(ctx, q.heard) })
		all.Go(func() { q.watch(ctx) })
	}
	all.Go(func() { q.every(ctx, saveEvery, "run times", q.saveRuntimes) })
	all.Go(func() { q.promoteWhenDue(ctx) })
	all.Wait()
}

// saveRuntimes keeps what was learned of run times since the last time.
func (q *Queue) saveRuntimes(ctx context.Context) error {
	all, err := q.sched.SaveRuns()
	if err != nil {
		return err
	}
	if len(all) > 0 {
		notes := make([]protocol.Note, 0, len(all))
		for tool, data := range all {
			notes = append(notes, protocol.Note{Name: tool, Data: data})
		}
		err = q.config.Store.SaveNotes(ctx, protocol.RuntimeNotes, notes)
	}
	if err != nil || !q.shared() {
		return err
	}
	return q.loadRuntimes(ctx) // of tools that run on other servers
}

// loadRuntimes reads what is noted of how long tools run.
func (q *Queue) loadRuntimes(ctx context.Context) error {
	list, err := q.config.Store.Notes(ctx, protocol.RuntimeNotes)
	if err != nil {
		return fmt.Errorf("read run times: %w", err)
	}
	known := make(map[string][]byte, len(list))
	for _, n := range list {
		known[n.Name] = n.Data
	}
	q.sched.LoadRuns(known)
	return nil
}

// leading is a step for the one server that does it for all.
func (q *Queue) leading(step func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !q.leads() {
			return nil
		}
		return step(ctx)
	}
}

// lookTime is how often the backlog is looked at.
func (q *Queue) lookTime() time.Duration {
	if q.shared() {
		return shareEvery
	}
	return lookEvery
}

// every does a step again and again; trouble is logged and tried again at the
// next turn.
func (q *Queue) every(ctx context.Context, d time.Duration, what string, step func(context.Context) error) {
	clock.Every(ctx, d, func(ctx context.Context) { q.step(ctx, what, step) })
}

func (q *Queue) promoteWhenDue(ctx context.Context) {
	for {
		next, err := q.promote(ctx)
		wait := q.lookTime()
		switch {
		case err != nil && ctx.Err() == nil:
			q.config.Log.ErrorContext(ctx, "maintenance failed", "what", "delayed jobs", "err", err)
		case !next.IsZero():
			wait = min(max(next.Sub(q.config.Now()), time.Millisecond), wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-q.sched.Delayed():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// step does one step and reports whether it went well; trouble is logged.
func (q *Queue) step(ctx context.Context, what string, do func(context.Context) error) bool {
	err := do(ctx)
	if err != nil && ctx.Err() == nil {
		q.config.Log.ErrorContext(ctx, "maintenance failed", "what", what, "err", err)
	}
	return err == nil
}
