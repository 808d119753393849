package queue

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Get returns an owner's job, from memory if it is known there. Failures:
// NotFound JOB_NOT_FOUND for one that never was, was deleted or has expired;
// Forbidden for another owner's.
func (q *Queue) Get(ctx context.Context, owner string, id job.ID) (*view.Snapshot, error) {
	return q.GetAt(ctx, owner, id, q.config.Now())
}

// GetAt is Get for those who know the time.
func (q *Queue) GetAt(ctx context.Context, owner string, id job.ID, now time.Time) (*view.Snapshot, error) {
	snap, err := q.views.Get(ctx, id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("get job %s: %w", id, err)
	case snap.Gone(now):
		return nil, errNotFound
	case snap.Job.Owner != owner:
		return nil, errDenied
	}
	return snap, nil
}

// Find is Get for operators: whoever's the job is.
func (q *Queue) Find(ctx context.Context, id job.ID) (*view.Snapshot, error) {
	j, err := q.read(ctx, id)
	if err == nil && expired(&j, q.config.Now()) {
		err = errNotFound
	}
	return view.NewSnapshot(&j), err
}

// expired reports whether clients are not to see a job any more.
func expired(j *job.Job, now time.Time) bool { return j.Status.Final() && !j.Expires.After(now) }

// read reads a job from the store as clients may see it.
func (q *Queue) read(ctx context.Context, id job.ID) (job.Job, error) {
	j, err := q.config.Store.Get(ctx, id)
	if err == nil {
		q.veil.Show(&j)
	}
	return j, err
}

// Await returns an owner's job as soon as enough says so of it, or as it is
// when ctx is done. Failures are those of Get.
func (q *Queue) Await(ctx context.Context, owner string, id job.ID, enough func(*view.Snapshot) bool) (*view.Snapshot, error) {
	get := func(ctx context.Context) (*view.Snapshot, error) { return q.Get(ctx, owner, id) }
	return q.views.Await(ctx, id, get, enough)
}

// Watch begins to watch jobs; whose they are, Get says. It must be closed.
func (q *Queue) Watch(ids []job.ID) *view.Watch { return q.views.Watch(ids) }

// Follow begins to follow all of an owner's jobs. It must be closed.
func (q *Queue) Follow(owner string) *view.Follow { return q.views.Follow(owner) }

// Changed tells those who follow an owner's jobs that something has become of them
// that no change of a job tells.
func (q *Queue) Changed(owner string) { q.views.Changed(owner) }

// Input returns the inline input of a job, claimed or kept.
func (q *Queue) Input(ctx context.Context, id job.ID) ([]byte, error) {
	b, err := q.config.Store.Input(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read input of job %s: %w", id, err)
	}
	return b, nil
}

// Answer returns the remembered answer of an owner's idempotency key, or nil.
func (q *Queue) Answer(ctx context.Context, owner, key string) (*protocol.Idempotency, error) {
	a, err := q.config.Store.Answer(ctx, owner, key)
	if err != nil {
		return nil, fmt.Errorf("look up idempotency key: %w", err)
	}
	return a, nil
}

// Output returns an output that has not expired; NotFound NOT_FOUND otherwise.
func (q *Queue) Output(ctx context.Context, token string) (job.Output, error) {
	o, err := q.config.Store.Output(ctx, token)
	if err != nil {
		return job.Output{}, fmt.Errorf("get output: %w", err)
	}
	if !o.Expires.IsZero() && !q.config.Now().Before(o.Expires) {
		return job.Output{}, fault.New(fault.NotFound, "NOT_FOUND", "The file is gone: its time was over.")
	}
	return o, nil
}

// UsageOf returns what an owner used this month and has now.
func (q *Queue) UsageOf(ctx context.Context, owner string) (month int, u account.Usage, c account.Counts, err error) {
	month = account.MonthOf(q.config.Now())
	o, err := q.config.Store.Owner(ctx, owner, month)
	if err != nil {
		return 0, u, c, fmt.Errorf("read usage of %s: %w", owner, err)
	}
	return month, o.Usage, o.Counts, nil
}

// Backlog returns the unfinished jobs of every owner and tool.
func (q *Queue) Backlog(ctx context.Context) ([]account.ToolCount, error) {
	b, err := q.config.Store.Backlog(ctx, "")
	return b.Counts, err
}

// OldestWaiting is how long the job that waits longest has waited, 0 if none
// does. Jobs whose start is delayed do not count.
func (q *Queue) OldestWaiting(ctx context.Context) (time.Duration, error) {
	created, err := q.config.Store.OldestWaiting(ctx)
	if err != nil || created.IsZero() {
		return 0, err
	}
	return q.clock.Since(created), nil
}

// WaitOf tells why an unfinished job is not finished and how long that may
// take. NotFound if it is finished by now.
func (q *Queue) WaitOf(ctx context.Context, j *job.Job) (sched.Wait, error) {
	r, err := protocol.Waiting(ctx, q.config.Store, j.ID)
	if err != nil {
		return sched.Wait{}, err
	}
	plan := q.PlanOf(ctx, j.Owner)
	return q.sched.WaitOf(j, &r, &plan), nil
}

// Hint returns after how many seconds a client should ask again about an
// unfinished job; see [sched.Scheduler.Hint].
func (q *Queue) Hint(j *job.Job, plan *account.Plan) int64 { return q.sched.Hint(j, plan) }

// Unfinished returns how many of an owner's jobs are not final.
func (q *Queue) Unfinished(owner string) int64 { return q.sched.Unfinished(owner) }
