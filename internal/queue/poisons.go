package queue

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// poisonLife is how long an input that was given up stays suspected.
const poisonLife = 24 * time.Hour

// loadPoisons reads the inputs that were given up, here or by other servers.
func (q *Queue) loadPoisons(ctx context.Context) error {
	list, err := q.config.Store.Notes(ctx, protocol.PoisonNotes)
	if err != nil {
		return fmt.Errorf("read poisonous inputs: %w", err)
	}
	now, steady := q.config.Now(), q.clock.Steady()
	for _, p := range list {
		m, ok := job.ParseInputMark(p.Name)
		if left := p.Until.Sub(now); ok && left <= poisonLife+clock.Slack { // a longer one was given by a clock that was set back
			q.sched.Mark(m, steady.Add(left))
		}
	}
	return nil
}

// condemn remembers that a job's input was given up.
func (q *Queue) condemn(ctx context.Context, m job.InputMark) {
	if m.Sum == 0 {
		return
	}
	q.sched.Mark(m, q.clock.Steady().Add(poisonLife))
	if err := q.notePoison(ctx, m, q.config.Now().Add(poisonLife)); err != nil {
		q.config.Log.WarnContext(ctx, "poisonous input not remembered", "owner", m.Owner, "tool", m.Tool, "err", err)
	}
}

// notePoison notes until when an input is poison.
func (q *Queue) notePoison(ctx context.Context, m job.InputMark, until time.Time) error {
	return q.config.Store.SaveNotes(ctx, protocol.PoisonNotes, []protocol.Note{{Name: m.Name(), Until: until}})
}

// survived tells that this process lived through an attempt at an input.
func (q *Queue) survived(ctx context.Context, c Claimed) {
	m := job.MarkOf(&c.Job)
	if m.Sum == 0 || !q.sched.Absolve(m) {
		return
	}
	if err := q.notePoison(ctx, m, q.config.Now()); err != nil {
		q.config.Log.WarnContext(ctx, "poisonous input not forgotten", "owner", m.Owner, "tool", m.Tool, "err", err)
	}
}
