package protocol

import (
	"context"

	"claimcheck/internal/job"
)

// Peers is how servers that share a store know of each other. What is told is
// a hint: whoever depends on it looks for himself as well, once a second.
type Peers interface {
	// Leads reports whether this process is the one that is to do what one does
	// for all. Rarely two may believe it for a moment: all that a leader does
	// must be right nevertheless.
	Leads() bool
	// Follow calls tell, from one goroutine, with what they have committed,
	// until ctx is done. It begins by telling that something was missed, and does
	// so again after it could not hear.
	Follow(ctx context.Context, tell func(News))
}

// A Notice tells of a job that was changed. Version 0 means that it was
// removed, Unchanged that nothing is told of its version.
type Notice struct {
	ID      job.ID
	Version int64
	Said    bool // it has said something
}

// Unchanged is a Notice's Version that tells nothing.
const Unchanged = -1

// A Line is an owner's jobs of one tool that wait.
type Line struct {
	Owner string
	Tool  string
}

// News is what other servers on the same store have done.
type News struct {
	Jobs   []Notice
	Lines  []Line // with jobs that may not be known here
	Missed bool   // there was more, which is not known: everything may have changed
}
