package protocol

import (
	"context"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// Lines is what schedulers read: which jobs wait. A waiting job is claimable when
// its RunAt is zero or was passed by Promote.
type Lines interface {
	// Ready returns claimable jobs of an owner and tool that are not on
	// probation, by priority (highest first) then Seq, those after the given
	// position; after the zero Candidate means from the beginning. One that was
	// taken meanwhile may be among them: the decision of a claim will see.
	Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) ([]job.Candidate, error)
	// Promote makes claimable up to limit jobs, each by itself, whose RunAt has come by the
	// store's clock, or whose Since is still to come by more than a second (then
	// that clock was set back), and returns them, and the next RunAt still to come
	// (zero if none). Such a job has no RunAt any more.
	Promote(ctx context.Context, limit int) ([]job.Candidate, time.Time, error)
	// Waiting returns an unfinished job's part of the queue; NotFound
	// JOB_NOT_FOUND if it has none.
	Waiting(ctx context.Context, id job.ID) (job.Ready, error)
	// Backlog returns the unfinished jobs of every owner and tool that has
	// any, without counting rows.
	Backlog(ctx context.Context) ([]account.ToolCount, error)
	// OldestWaiting returns when the oldest claimable job was created, the
	// zero time if there is none; one index read.
	OldestWaiting(ctx context.Context) (time.Time, error)
}

// A Standing is where a job stands, for those who run it or wait for it.
type Standing struct {
	ID              job.ID
	Version         int64
	Lease           job.Lease // the current one; Worker is empty if nobody holds it
	CancelRequested bool
}
