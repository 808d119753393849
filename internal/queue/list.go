package queue

import (
	"context"
	"fmt"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// List returns a page of an owner's jobs, newest first, those that have expired
// left out, and where the next page begins, zero after the last. A page that
// looked at many jobs may be short, or empty, and not be the last. An owner has
// one page at a time: its next call waits, and nobody else's does.
func (q *Queue) List(ctx context.Context, f protocol.Filter) ([]job.Job, protocol.Cursor, error) {
	leave, err := q.listing.Enter(ctx, f.Owner)
	if err != nil {
		return nil, protocol.Cursor{}, fmt.Errorf("wait to list jobs of %s: %w", f.Owner, err)
	}
	defer leave()
	f.Now = q.config.Now()
	jobs, next, err := q.config.Store.List(ctx, f)
	if err != nil {
		return nil, protocol.Cursor{}, fmt.Errorf("list jobs of %s: %w", f.Owner, err)
	}
	for i := range jobs {
		q.veil.Show(&jobs[i])
	}
	return jobs, next, nil
}

// Match returns the ids of some jobs that pass a filter now, and where to go on: of
// some thousands that it looks at. It takes an owner's turn, as a list does.
func (q *Queue) Match(ctx context.Context, f protocol.Filter) ([]job.ID, protocol.Cursor, error) {
	leave, err := q.listing.Enter(ctx, f.Owner)
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	defer leave()
	f.Now = q.config.Now()
	return q.config.Store.Match(ctx, f)
}
