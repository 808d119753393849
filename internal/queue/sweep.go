package queue

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/job"
)

const sweepBatch = 200

var errNotExpired = errors.New("the job has not expired")

// Sweep removes expired jobs with all that belongs to them, then expired
// outputs and answers of synchronous calls, then uploads that no job ever had,
// in small batches. Rows go before
// files: a crash between the two leaves files that the orphan collector finds.
func (q *Queue) Sweep(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := q.sweepJobs(ctx)
		if err != nil {
			return err
		}
		files, m, err := q.Store.Purge(ctx, sweepBatch)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if err := q.Blobs.Remove(ctx, files...); err != nil {
			return fmt.Errorf("remove expired files: %w", err)
		}
		u, err := q.sweepUploads(ctx)
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

func (q *Queue) sweepJobs(ctx context.Context) (int, error) {
	ids, err := q.Store.Expired(ctx, sweepBatch)
	if err != nil {
		return 0, fmt.Errorf("find expired jobs: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	changes := make([]*job.Change, len(ids))
	for i, id := range ids {
		changes[i] = &job.Change{ID: id, Decide: func(c *job.Change, j *job.Job, l job.Ledger) error {
			if j.Expires.IsZero() || j.Expires.After(l.Now()) {
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
