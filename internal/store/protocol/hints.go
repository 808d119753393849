package protocol

import (
	"context"
	"time"
)

// Hints is what is good to know, and what nothing depends on. They are methods
// that every store has, and not found by asking what else a store is: what stands
// before a store would hide them.
type Hints interface {
	// LastSeq returns the greatest Seq of any job ever stored, 0 if none, or if
	// the store does not know.
	LastSeq(ctx context.Context) (int64, error)
	// OldestWaiting returns when the oldest claimable job was created, the
	// zero time if there is none, or if the store cannot tell by one read of an index.
	OldestWaiting(ctx context.Context) (time.Time, error)
}
