package protocol

import (
	"context"
	"time"
)

// Notes is what was learned, so that restarts and other servers know it too. What
// a note says is the affair of who made it.
type Notes interface {
	// Notes returns the notes of a kind, in any order, except those whose Until has
	// passed by the store's clock.
	Notes(ctx context.Context, kind string) ([]Note, error)
	// SaveNotes keeps notes of a kind, each in place of an older one of its name,
	// and forgets those of that kind whose Until has passed. Others stay.
	SaveNotes(ctx context.Context, kind string, notes []Note) error
}

// A Note is something that was learned about what Name names.
type Note struct {
	Name  string
	Data  []byte
	Until time.Time // zero: it is kept until another takes its place
}

// The kinds that there are. Databases of earlier releases had a table for each of
// the first two.
const (
	RuntimeNotes = "runtimes" // how long tools run, by tool
	PoisonNotes  = "poisons"  // inputs that took their workers with them, by job.InputMark.Name
	BreakerNotes = "breakers" // breakers that are not closed, by server
)
