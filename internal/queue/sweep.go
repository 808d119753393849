package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/blob"
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

// collectOrphans removes files that no row names: a process died between
// writing a file and its row, or between removing the row and its file. First it
// looks at files of earlier processes only (if they are known), then at those that are an hour old,
// so that none is taken whose row is still to come.
func (q *Queue) collectOrphans(ctx context.Context) {
	before := q.Began
	if before.IsZero() {
		before = q.Now().Add(-orphanWait)
	}
	for turn := 0; ; turn++ {
		n, err := q.CollectOrphans(ctx, before)
		if err != nil && ctx.Err() == nil {
			q.Log.ErrorContext(ctx, "maintenance failed", "what", "orphans", "err", err)
		}
		if n > 0 {
			q.Observer.Swept(0, n)
			q.Log.InfoContext(ctx, "removed files without a row", "files", n)
		}
		if turn%missingTurns == 1 { // not while everybody starts
			q.lookForMissing(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(orphanWait):
			before = q.Now().Add(-orphanWait)
		}
	}
}

// missingTurns is after how many looks for files without a row there is one for
// rows without their file, which asks for every file.
const missingTurns = 24

// lookForMissing reports rows whose file is missing; what to do about them is
// for the operator to say (claimcheck doctor).
func (q *Queue) lookForMissing(ctx context.Context) {
	var r Report
	err := q.Doctor().missing(ctx, &r, false)
	switch {
	case err != nil && ctx.Err() == nil:
		q.Log.ErrorContext(ctx, "maintenance failed", "what", "missing files", "err", err)
	case err == nil:
		q.Observer.FilesMissing(r.Missing)
	}
	if r.Missing > 0 {
		q.Log.ErrorContext(ctx, "files that rows name are missing", "files", r.Missing, "first", r.Lost[0])
	}
}

// CollectOrphans removes the files last modified before the given time that no
// row names, and returns how many.
func (q *Queue) CollectOrphans(ctx context.Context, before time.Time) (removed int, err error) {
	err = eachOrphan(ctx, q.Store, q.Blobs, before, func(keys []string) error {
		removed += len(keys)
		return q.Blobs.Remove(ctx, keys...)
	})
	if err != nil {
		return removed, fmt.Errorf("collect orphans: %w", err)
	}
	return removed, nil
}

// eachOrphan calls visit with files last modified before the given time that no
// row names, some at a time.
func eachOrphan(ctx context.Context, store Store, blobs blob.Store, before time.Time, visit func(keys []string) error) error {
	var batch []string
	check := func() error {
		named, err := store.Named(ctx, batch)
		if err != nil {
			return err
		}
		var orphans []string
		for i, key := range batch {
			if !named[i] {
				orphans = append(orphans, key)
			}
		}
		batch = batch[:0]
		return visit(orphans)
	}
	err := blobs.Walk(ctx, before, func(key string) error {
		batch = append(batch, key)
		if len(batch) < sweepBatch {
			return nil
		}
		return check()
	})
	if err != nil {
		return fmt.Errorf("look for files without a row: %w", err)
	}
	return check()
}
