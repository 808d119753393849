package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"claimcheck/internal/clock"
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
	all.Go(func() { q.every(ctx, lookEvery, "ended leases", q.forgetEnded) })
	all.Go(func() { q.every(ctx, lookEvery, "clock", q.lookAtClock) })
	if q.shared() {
		all.Go(func() { q.config.Store.Peers().Follow(ctx, q.heard) })
		all.Go(func() { q.watch(ctx) })
		all.Go(func() { q.followPauses(ctx) })
		all.Go(func() { q.every(ctx, shareEvery, "words", q.words.Look) })
	}
	all.Go(func() { q.every(ctx, saveEvery, "run times", q.saveRuntimes) })
	all.Go(func() { q.promoteWhenDue(ctx) })
	all.Go(func() { q.ends.Run(ctx) })
	all.Go(func() {
		q.strands.Run(ctx, func(look func(context.Context) error) { q.step(ctx, "strands", look) })
	})
	all.Wait()
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

// renewTrouble is after which part of a lease's time a renewal that failed is
// tried again.
const renewTrouble = 10

// renewing renews in time until ctx is done, and takes back what ended. After
// trouble it comes back soon; what has ended meanwhile it leaves alone for a
// turn, so that outcomes that are known can be recorded first.
func (q *Queue) renewing(ctx context.Context) {
	well := true
	for {
		before := well
		well = q.step(ctx, "leases", q.renew)
		if well && before {
			well = q.step(ctx, "leases", q.leading(q.reap))
		}
		wait := q.config.Lease / 3
		if !well {
			wait = q.config.Lease / renewTrouble
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// promoteBatch is how many delayed jobs are let run at once.
const promoteBatch = 256

// promote lets delayed jobs whose time has come run, and returns when the next
// one is due (zero if none is known).
func (q *Queue) promote(ctx context.Context) (time.Time, error) {
	for {
		due, next, err := q.config.Store.Promote(ctx, promoteBatch)
		if err != nil {
			return time.Time{}, fmt.Errorf("promote delayed jobs: %w", err)
		}
		for _, c := range due {
			q.push(ctx, c, false)
		}
		if len(due) < promoteBatch {
			return next, nil
		}
	}
}

// lookAtClock notices a step although nothing happens.
func (q *Queue) lookAtClock(context.Context) error {
	q.clock.Now()
	return nil
}
