package protocol

import (
	"context"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// Lines is what schedulers read: which jobs wait. A waiting job is claimable when
// its RunAt is zero or was passed by Promote.
type Lines interface {
	// Ready returns claimable jobs of an owner and tool that are not on
	// probation, by priority (highest first) then Seq, those after the given
	// position; after the zero Candidate means from the beginning. If after has a
	// Strand, those of that strand alone. One that was
	// taken meanwhile may be among them: the decision of a claim will see.
	Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) ([]job.Candidate, error)
	// Fronts returns what comes first of each strand of an owner and tool, of the
	// jobs that Ready returns: up to each jobs of up to strands strands, those after
	// the named one in the order of their names. It takes no longer with longer strands.
	Fronts(ctx context.Context, owner, tool, after string, strands, each int) ([]job.Candidate, error)
	// Promote makes claimable up to limit jobs, each by itself, whose RunAt has come by the
	// store's clock, or whose Since is still to come by more than a second (then
	// that clock was set back), and returns them, and the next RunAt still to come
	// (zero if none). Such a job has no RunAt any more.
	Promote(ctx context.Context, limit int) ([]job.Candidate, time.Time, error)
	// Backlog returns the unfinished jobs of owners and tools without counting rows:
	// of those where that may have changed since a mark that it returned before, or
	// of all, as it does after the zero Mark and may at any time.
	Backlog(ctx context.Context, since Mark) (Backlog, error)
	// Standing returns where these jobs stand, in any order and in one read;
	// those that are gone are left out.
	Standing(ctx context.Context, ids []job.ID) ([]Standing, error)
}

// A Standing is where a job stands, for those who run it or wait for it.
type Standing struct {
	ID      job.ID
	Version int64
	Ready   *job.Ready // its part of the queue; nil once it is finished
}

// Lease is the job's current lease; its Worker is empty if nobody has one.
func (s *Standing) Lease() job.Lease {
	if s.Ready == nil {
		return job.Lease{}
	}
	return s.Ready.Lease
}

// Waiting returns an unfinished job's part of the queue; NotFound JOB_NOT_FOUND
// if it has none.
func Waiting(ctx context.Context, s Lines, id job.ID) (job.Ready, error) {
	list, err := s.Standing(ctx, []job.ID{id})
	if err != nil {
		return job.Ready{}, err
	}
	if len(list) == 0 || list[0].Ready == nil {
		return job.Ready{}, fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
	}
	return *list[0].Ready, nil
}
