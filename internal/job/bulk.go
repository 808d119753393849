package job

import (
	"slices"
	"time"
)

// A Bulk is one action on many jobs, which were chosen when it began. They are
// dealt with in their order, some at a time, by whichever server has its lease.
type Bulk struct {
	ID        ID // in the form of a job's
	Owner     string
	Operator  bool // made with an operator's key, whose name Owner is; the jobs are of any owner
	Action    BulkAction
	State     BulkState
	Version   int64  // grows with each change a client may see; starts at 1
	RequestID string // the X-Request-Id of the call that made it

	Matched int64  // how many jobs were chosen
	Next    int64  // how many of them were dealt with: the position of the next
	Done    int64  // with how many that was done which was asked for
	Skipped int64  // with how many it could not be
	Skips   []byte // JSON array of the first that were skipped, [{"job_id","code"}], or nil

	Created time.Time
	Updated time.Time // with each change, also of the lease
	Expires time.Time // zero while it has not ended; it is gone after it

	Worker string    // who deals with it; empty for nobody, who left it in good order
	Until  time.Time // to when the worker is believed to do so
}

// Taken reports whether somebody deals with the bulk at a time, by the store's
// clock. A lease that seems to have been given in the future was given by a clock
// that was set back since, and is over.
func (b *Bulk) Taken(now time.Time) bool {
	const slack = time.Second
	return b.Worker != "" && now.Before(b.Until) && !b.Updated.After(now.Add(slack))
}

// A BulkAction is what is done with each job of a bulk.
type BulkAction uint8

// The actions.
const (
	BulkCancel BulkAction = iota
	BulkRetry
	BulkDelete
)

var bulkActions = [...]string{"cancel", "retry", "delete"}

// String returns the word of the HTTP contract.
func (a BulkAction) String() string { return bulkActions[a] }

// ParseBulkAction reads one of the three words.
func ParseBulkAction(word string) (BulkAction, bool) {
	i := slices.Index(bulkActions[:], word)
	return BulkAction(max(i, 0)), i >= 0 //nolint:gosec // three words
}

// A BulkState is where a bulk stands.
type BulkState uint8

// The states. Done and Ended are final. A bulk whose jobs are being chosen is
// shown to nobody; if its maker dies it comes to nothing.
const (
	BulkChoosing BulkState = iota
	BulkProcessing
	BulkDone
	BulkEnded // by its owner, before all of its jobs were dealt with
)

var bulkStates = [...]string{"choosing", "processing", "done", "ended"}

// String returns the word of the HTTP contract.
func (s BulkState) String() string { return bulkStates[s] }

// Final reports whether the bulk is over.
func (s BulkState) Final() bool { return s == BulkDone || s == BulkEnded }
