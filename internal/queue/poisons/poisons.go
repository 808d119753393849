// Package poisons remembers inputs that took their workers with them, so that equal ones are
// run with care for a day, by all servers that share a store.
package poisons

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// life is how long an input that was given up stays suspected.
const life = 24 * time.Hour

// Notes is where they are noted.
type Notes interface {
	// Notes returns the notes of a kind, SaveNotes writes some.
	Notes(ctx context.Context, kind string) ([]protocol.Note, error)
	SaveNotes(ctx context.Context, kind string, notes []protocol.Note) error
}

// Marks is who lets their jobs begin; *sched.Scheduler is one.
type Marks interface {
	// Mark suspects an input until a time of the steady clock.
	Mark(m job.InputMark, until time.Time)
	// Absolve takes that back; it reports whether the input was suspected.
	Absolve(m job.InputMark) bool
}

// A Book is all of them. It is safe for concurrent use.
type Book struct {
	Notes Notes
	Marks Marks
	Clock *clock.Clock
	Now   func() time.Time // the store's clock
	Log   *slog.Logger
}

// Load reads the inputs that were given up, here or by other servers.
func (b *Book) Load(ctx context.Context) error {
	list, err := b.Notes.Notes(ctx, protocol.PoisonNotes)
	if err != nil {
		return fmt.Errorf("read poisonous inputs: %w", err)
	}
	now, steady := b.Now(), b.Clock.Steady()
	for _, p := range list {
		m, ok := job.ParseInputMark(p.Name)
		if left := p.Until.Sub(now); ok && left <= life+clock.Slack { // a longer one was given by a clock that was set back
			b.Marks.Mark(m, steady.Add(left))
		}
	}
	return nil
}

// Condemn remembers that a job's input was given up.
func (b *Book) Condemn(ctx context.Context, m job.InputMark) {
	if m.Sum == 0 {
		return
	}
	b.Marks.Mark(m, b.Clock.Steady().Add(life))
	if err := b.note(ctx, m, b.Now().Add(life)); err != nil {
		b.Log.WarnContext(ctx, "poisonous input not remembered", "owner", m.Owner, "tool", m.Tool, "err", err)
	}
}

// Survived tells that this process lived through an attempt at a job's input.
func (b *Book) Survived(ctx context.Context, j *job.Job) {
	m := job.MarkOf(j)
	if m.Sum == 0 || !b.Marks.Absolve(m) {
		return
	}
	if err := b.note(ctx, m, b.Now()); err != nil {
		b.Log.WarnContext(ctx, "poisonous input not forgotten", "owner", m.Owner, "tool", m.Tool, "err", err)
	}
}

// note notes until when an input is poison.
func (b *Book) note(ctx context.Context, m job.InputMark, until time.Time) error {
	return b.Notes.SaveNotes(ctx, protocol.PoisonNotes, []protocol.Note{{Name: m.Name(), Until: until}})
}
