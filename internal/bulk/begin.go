package bulk

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// An Order is what is to be done with which jobs.
type Order struct {
	Whose
	Action    job.BulkAction
	Filter    protocol.Filter // of an operator: with any owner, or none for all
	IDs       []job.ID        // nil: those that pass the filter; else these, of which those that pass if it filters anything
	Filters   bool            // the filter filters anything
	RequestID string
}

// choosingTime is how long the choice of a bulk's jobs may take: after it, nobody
// is at work any more, and the bulk comes to nothing.
const choosingTime = 5 * time.Minute

// tooManyRetry is when an owner who has as many bulks as there may be should come
// again.
const tooManyRetry = 5 * time.Second

// Count returns how many jobs an order is about now.
func (b *Bulks) Count(ctx context.Context, o *Order) (int, error) {
	ids, err := b.choose(ctx, o)
	return len(ids), err
}

// choose returns the jobs of an order: those named in the order in which they are
// named, others the oldest first.
func (b *Bulks) choose(ctx context.Context, o *Order) ([]job.ID, error) {
	switch {
	case o.IDs == nil:
		return b.deeds.match(ctx, o.Filter, b.Most)
	case o.Filters:
		return b.deeds.passing(ctx, o.Filter, o.IDs)
	}
	return o.IDs, nil // what is not there, or another's, is told one by one
}

// Begin makes a bulk with this id: when it returns, its jobs are chosen, and it is
// durable. Failures: Limited TOO_MANY_BULKS, and Invalid TOO_MANY_MATCHED.
func (b *Bulks) Begin(ctx context.Context, id job.ID, o *Order) (job.Bulk, error) {
	now := b.now()
	is := job.Bulk{
		ID: id, Owner: o.Owner, Operator: o.Operator, Action: o.Action, State: job.BulkChoosing, Version: 1, RequestID: o.RequestID,
		Created: now, Updated: now, Worker: b.Worker, Until: now.Add(choosingTime),
	}
	err := b.Store.AddBulk(ctx, &is, func(unended int64) error {
		if unended >= int64(b.AtOnce) {
			return fault.New(fault.Limited, "TOO_MANY_BULKS", "%d bulks are not finished yet, as many as there may be at once; wait until one is.", unended).
				With("limit", b.AtOnce).After(tooManyRetry)
		}
		return nil
	})
	if err != nil {
		return job.Bulk{}, err
	}
	begun, err := b.fill(ctx, &is, o)
	if err != nil {
		b.forget(context.WithoutCancel(ctx), id)
		return job.Bulk{}, err
	}
	if !begun.State.Final() {
		b.adopt(&work{bulk: begun, noted: begun.Updated})
	}
	return begun, nil
}

// fill chooses the jobs of a new bulk, keeps them, and lets it begin.
func (b *Bulks) fill(ctx context.Context, is *job.Bulk, o *Order) (job.Bulk, error) {
	ids, err := b.choose(ctx, o)
	if err != nil {
		return job.Bulk{}, err
	}
	for part := 0; part*partJobs < len(ids); part++ {
		end := min((part+1)*partJobs, len(ids))
		if err := b.Store.PutBulkJobs(ctx, is.ID, int64(part), ids[part*partJobs:end]); err != nil {
			return job.Bulk{}, fmt.Errorf("keep jobs of bulk %s: %w", is.ID, err)
		}
	}
	return b.Store.ChangeBulk(context.WithoutCancel(ctx), is.ID, func(is *job.Bulk, now time.Time) error {
		if is.State != job.BulkChoosing {
			return errLost
		}
		is.Matched, is.State, is.Updated, is.Until = int64(len(ids)), job.BulkProcessing, now, now.Add(leaseTime)
		if len(ids) == 0 {
			b.end(is, job.BulkDone, now)
		}
		return nil
	})
}

// forget ends a bulk that nobody has been told of. If that fails it is found when
// the time for choosing is over.
func (b *Bulks) forget(ctx context.Context, id job.ID) {
	_, err := b.Store.ChangeBulk(ctx, id, func(is *job.Bulk, now time.Time) error {
		if is.State != job.BulkChoosing {
			return errLost
		}
		is.State, is.Updated, is.Expires = job.BulkEnded, now, now
		return nil
	})
	if err != nil {
		b.Log.WarnContext(ctx, "a bulk that was not begun is left for later", "bulk", id.String(), "err", err)
	}
}
