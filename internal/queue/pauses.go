package queue

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/clock"
	"claimcheck/internal/pause"
	"claimcheck/internal/sched"
)

var errPaused = errors.New("the tool or the owner is paused")

// Pauses is what is paused. A pause that was answered holds on this server at once:
// nothing begins that MayBegin was not asked about before.
func (q *Queue) Pauses() *pause.Board { return q.pauses }

// paused takes what is paused now.
func (q *Queue) paused(tools, owners map[string]bool) {
	q.sched.Pause(sched.Pauses{Tools: tools, Owners: owners})
	q.mu.Lock() // whoever saw what was before has begun by now
	defer q.mu.Unlock()
}

// MayBegin reports whether an attempt at a job of an owner and tool may begin, in
// this moment: neither is paused, and that is known for certain.
func (q *Queue) MayBegin(ctx context.Context, owner, tool string) bool {
	if q.pauses.Fresh(ctx) != nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sched.PauseOf(owner, tool) == ""
}

// PauseOf is why jobs of an owner and tool do not begin, as clients read it; empty if
// neither is paused.
func (q *Queue) PauseOf(owner, tool string) string { return q.sched.PauseOf(owner, tool) }

// followPauses looks for what other servers have paused and resumed, until ctx is
// done. Trouble shows where something is to begin.
func (q *Queue) followPauses(ctx context.Context) {
	clock.Every(ctx, pause.Every, func(ctx context.Context) { _ = q.pauses.Load(ctx) })
}

func (q *Queue) loadPauses(ctx context.Context) error {
	if err := q.pauses.Load(ctx); err != nil {
		return fmt.Errorf("begin with what is paused: %w", err)
	}
	return nil
}
