package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/job"
)

const sweepBatch = 200

var errNotExpired = errors.New("the job has not expired")

// Sweep removes expired jobs with all that belongs to them, then expired
// outputs and answers of synchronous calls, then uploads that no job ever had,
// in small batches. Rows go before
// files: a crash between the two leaves files that the orphan collector finds.
//
// After a leap of the clock (see package clock) it removes nothing until that was
// steady for an hour: a clock that is wrong by years for a moment would have
// everything expire.
func (q *Queue) Sweep(ctx context.Context) error {
	for ctx.Err() == nil {
		now, ok := q.clock.Believed()
		if q.sweepRefused.Swap(!ok) == ok {
			q.tellSweep(ctx, ok)
		}
		if !ok {
			return nil
		}
		n, err := q.sweepJobs(ctx, now)
		if err != nil {
			return err
		}
		files, m, err := q.Store.Purge(ctx, now, sweepBatch)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if err := q.Blobs.Remove(ctx, files...); err != nil {
			return fmt.Errorf("remove expired files: %w", err)
		}
		u, err := q.sweepUploads(ctx, now)
		if n+m+u > 0 {
			q.Observer.Swept(n+m+u, 0)
		}
		if err != nil {
			return err
		}
		if max(n, m, u) < sweepBatch {
			return nil
		}
	}
	return nil // the rest is for the next turn
}

// tellSweep says that nothing is removed any more, or that what expired is.
func (q *Queue) tellSweep(ctx context.Context, ok bool) {
	if ok {
		q.Log.InfoContext(ctx, "the store's clock has been steady for an hour: what has expired is removed again")
		return
	}
	q.Log.WarnContext(ctx, "the store's clock has leapt by more than a day: what has expired is kept until it has been steady for an hour")
}

func (q *Queue) sweepJobs(ctx context.Context, now time.Time) (int, error) {
	ids, err := q.Store.Expired(ctx, now, sweepBatch)
	if err != nil {
		return 0, fmt.Errorf("find expired jobs: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	changes := make([]*job.Change, len(ids))
	for i, id := range ids {
		changes[i] = &job.Change{ID: id, Decide: func(c *job.Change, j *job.Job, l job.Ledger) error {
			if j.Expires.IsZero() || j.Expires.After(now) || j.Expires.After(l.Now()) {
				return errNotExpired
			}
			c.Delete = true
			return nil
		}}
	}
	if err := q.change(ctx, changes...); err != nil {
		return 0, fmt.Errorf("remove expired jobs: %w", err)
	}
	return len(ids), q.removeFiles(ctx, changes)
}

func (q *Queue) removeFiles(ctx context.Context, changes []*job.Change) error {
	var files []string
	for _, c := range changes {
		files = append(files, c.Files...)
	}
	if err := q.Blobs.Remove(ctx, files...); err != nil {
		return fmt.Errorf("remove files: %w", err)
	}
	return nil
}
