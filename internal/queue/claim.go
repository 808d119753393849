package queue

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// A Claimed is a job under a lease of this process.
type Claimed struct {
	Job   job.Job
	Lease job.Lease
}

var (
	errOwnerLimit = errors.New("the owner runs as many jobs as the plan allows")
	errNotWaiting = errors.New("the job does not wait any more")
)

// Claim leases up to limit waiting jobs to this process, taking turns between
// owners, and keeps the leases alive until each job is settled by Finish,
// Fail or Release. It returns at once, with none if nothing may run.
func (q *Queue) Claim(ctx context.Context, limit int) ([]Claimed, error) {
	var claimed []Claimed
	for len(claimed) < limit {
		picked, err := q.pick(ctx, limit-len(claimed))
		if err != nil || len(picked) == 0 {
			return claimed, err
		}
		got, err := q.claim(ctx, picked)
		claimed = append(claimed, got...)
		if err != nil {
			return claimed, err
		}
		if len(got) == len(picked) {
			return claimed, nil
		}
	}
	return claimed, nil
}

// pick takes candidates from the scheduler, reading more from the store for
// owners whose window ran empty.
func (q *Queue) pick(ctx context.Context, limit int) ([]job.Candidate, error) {
	for {
		picked, hungry := q.lines.pick(limit)
		if len(picked) > 0 || len(hungry) == 0 {
			return picked, nil
		}
		for _, owner := range hungry {
			ready, err := q.Store.Ready(ctx, owner, job.Candidate{}, windowSize)
			if err != nil {
				q.lines.hungry(owner)
				return nil, fmt.Errorf("read waiting jobs of %s: %w", owner, err)
			}
			q.lines.fill(owner, ready, q.maxRunning(ctx, owner))
		}
	}
}

func (q *Queue) claim(ctx context.Context, picked []job.Candidate) ([]Claimed, error) {
	changes := make([]*job.Change, len(picked))
	for i, c := range picked {
		most := q.maxRunning(ctx, c.Owner)
		changes[i] = &job.Change{ID: c.ID, Decide: func(_ *job.Change, j *job.Job, l job.Ledger) error {
			if most > 0 {
				has, err := l.Counts(j.Owner)
				if err != nil {
					return err
				}
				if has.Running >= most {
					return errOwnerLimit
				}
			}
			if err := claim(j, q.worker, l.Now(), q.Lease); err != nil {
				return errNotWaiting
			}
			return nil
		}}
	}
	if err := q.change(ctx, changes...); err != nil {
		for _, c := range picked {
			q.lines.putBack(c)
		}
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	claimed := make([]Claimed, 0, len(picked))
	for i, c := range changes {
		switch {
		case c.Err == nil:
			got := Claimed{Job: c.Job, Lease: c.Job.Ready.Lease}
			q.hold(got)
			claimed = append(claimed, got)
		case errors.Is(c.Err, errNotWaiting), fault.Is(c.Err, fault.NotFound):
			q.lines.ended(picked[i].Owner, picked[i].ID)
		default:
			q.lines.putBack(picked[i])
		}
	}
	return claimed, nil
}

func (q *Queue) hold(c Claimed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held[c.Job.ID] = &holding{lease: c.Lease}
}

// drop forgets a lease of this process; the scheduler may give its place to
// another job.
func (q *Queue) drop(owner string, lease job.Lease) {
	q.mu.Lock()
	h := q.held[lease.ID]
	held := h != nil && h.lease.Same(lease)
	if held {
		delete(q.held, lease.ID)
	}
	q.mu.Unlock()
	if held {
		q.lines.ended(owner, lease.ID)
	}
}

// Bind returns a context for running the claimed attempt; it ends with cause
// ErrLeaseLost or ErrCanceled when the attempt must stop. The returned
// function releases it.
func (q *Queue) Bind(parent context.Context, c Claimed) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	q.mu.Lock()
	defer q.mu.Unlock()
	h := q.held[c.Job.ID]
	switch {
	case h == nil || !h.lease.Same(c.Lease):
		cancel(ErrLeaseLost)
	case h.ended != nil:
		cancel(h.ended)
	default:
		h.stop = cancel
	}
	return ctx, func() { cancel(context.Canceled) }
}

// stop ends the context of an attempt that this process runs.
func (q *Queue) stop(id job.ID, attempt int, cause error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	h := q.held[id]
	if h == nil || h.lease.Attempt != attempt {
		return
	}
	h.ended = cause
	if h.stop != nil {
		h.stop(cause)
	}
}

// Wake returns a channel that receives when there may be something to claim.
func (q *Queue) Wake() <-chan struct{} { return q.lines.wake }
