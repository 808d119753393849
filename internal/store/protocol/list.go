package protocol

import (
	"time"

	"claimcheck/internal/job"
)

// A Filter selects jobs of one owner, or of all, newest first; or, of those that
// are unfinished, the ones that are in trouble, oldest first; or, as a feed, those of
// one owner that have ended, in the order of their ends.
type Filter struct {
	Owner          string       // empty: all
	Status         []job.Status // one of these; none: any
	Tools          []string     // one of these; none: any
	Codes          []string     // failed with one of these codes; none: failed or not
	CreatedAfter   time.Time
	CreatedBefore  time.Time
	FinishedAfter  time.Time // of finished jobs only, as FinishedBefore
	FinishedBefore time.Time
	Metadata       map[string]string // each must equal the job's metadata of that name
	Group          string            // of its owner's group of that name; empty: of any and none
	Feed           bool              // only jobs with a FinishNo, in the order of it, after Before.Finish; Owner is set
	Trouble        job.Trouble       // only unfinished jobs in this trouble, in the order of their ids
	StuckSince     time.Time         // of job.TroubleStuck: for which nothing has happened since then
	Before         Cursor            // only what comes after this position; zero: from the first
	Now            time.Time         // what has expired by then is left out; zero: nothing is
	Limit          int               // 1 to 1000
	Rows           int               // that are looked at for one page, at most; 0: as many as the store allows
}

// A Cursor is a position in lists, whose order is that of Created and, of jobs
// that were created in the same millisecond, of ID: newest first. In a feed it is
// Finish alone.
type Cursor struct {
	Created time.Time
	ID      job.ID
	Finish  int64 // the FinishNo of the last job that was looked at
}

// From is where a list begins: after Before, and not before CreatedBefore; zero
// for the newest job.
func (f *Filter) From() Cursor {
	if !f.CreatedBefore.IsZero() && (f.Before == (Cursor{}) || !f.Before.Created.Before(f.CreatedBefore)) {
		return Cursor{Created: f.CreatedBefore}
	}
	return f.Before
}
