package protocol

import (
	"context"
	"time"

	"claimcheck/internal/job"
)

// Bulks is the store of what is done with many jobs at once.
type Bulks interface {
	// AddBulk keeps a new bulk unless admit refuses, which is told how many of the
	// same owner, as an owner or as an operator, are not final. It may be asked
	// more than once. A bulk whose id is taken is Conflict BULK_TAKEN.
	AddBulk(ctx context.Context, b *job.Bulk, admit func(unended int64) error) error
	// Bulk returns a bulk; NotFound BULK_NOT_FOUND.
	Bulk(ctx context.Context, id job.ID) (job.Bulk, error)
	// ChangeBulk lets decide change a bulk, alone and at once, and returns it
	// afterwards: everything but ID, Owner, Operator, Action, RequestID and Created
	// may differ. now is the store's clock. Failures: decide's, after which nothing
	// is changed, and NotFound BULK_NOT_FOUND. decide may be called more than once.
	ChangeBulk(ctx context.Context, id job.ID, decide func(b *job.Bulk, now time.Time) error) (job.Bulk, error)
	// DueBulks returns up to limit bulks that are not final and, at now, not Taken,
	// those first that nobody has dealt with for longest.
	DueBulks(ctx context.Context, now time.Time, limit int) ([]job.Bulk, error)
	// SweepBulks removes up to limit bulks that are final and have expired at a
	// time, with their jobs' ids, and returns how many went.
	SweepBulks(ctx context.Context, now time.Time, limit int) (int, error)
}

// BulkJobs is which jobs bulks are about. What they are about is chosen once, and
// kept as it was, whatever becomes of the jobs.
type BulkJobs interface {
	// Match is List for those who want to know no more than which jobs they are: a
	// page has as many as pass among the f.Rows jobs that it looks at, in the order
	// of the list.
	Match(ctx context.Context, f Filter) ([]job.ID, Cursor, error)
	// PutBulkJobs keeps a part of a bulk's ids, of which nothing else is asked than
	// that BulkJobs returns it; a part that is there already stays as it is.
	PutBulkJobs(ctx context.Context, bulk job.ID, part int64, ids []job.ID) error
	// BulkJobs returns a part of a bulk's ids, none if it is not there.
	BulkJobs(ctx context.Context, bulk job.ID, part int64) ([]job.ID, error)
}
