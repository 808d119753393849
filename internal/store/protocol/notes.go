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
	// AddNote keeps a note, without an end, unless there is one of its name; added is
	// whether it did. Of several that add one at once one does.
	AddNote(ctx context.Context, kind string, n Note) (added bool, err error)
	// DropNote forgets a note; dropped is whether there was one. Of several that drop
	// one at once one does.
	DropNote(ctx context.Context, kind, name string) (dropped bool, err error)
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
	PauseNotes   = "pauses"   // tools and owners whose jobs are not begun, by what an operator has paused
)
