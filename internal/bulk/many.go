package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/retry"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// deeds is what can be done with many jobs, by the rules for each of them.
type deeds struct {
	queue *queue.Queue
	blobs blob.Store
	trace *trace.Tracer
	now   func() time.Time
	tell  func(ctx context.Context, what string, err error)
}

// A many is what the jobs of a bulk have in common.
type many struct {
	owner string // whose they are; empty: whoever's

	// again is a time since when the same may have been done with some of them, by
	// one who did not live to tell. What looks as if it had been is done. Zero: it
	// was not.
	again time.Time
}

var (
	errDenied  = fault.New(fault.Forbidden, "FORBIDDEN", "Access denied")
	errAskPlan = errors.New("how long the owner's jobs are kept is not known")
	errBefore  = errors.New("it was done before")
)

// match returns the jobs that pass a filter now, the last of its order first: mostly
// the oldest. What comes while it looks is not among them. More than most are
// Invalid TOO_MANY_MATCHED.
func (d *deeds) match(ctx context.Context, f protocol.Filter, most int) (ids []job.ID, err error) {
	for {
		page, next, err := d.queue.Match(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("match jobs: %w", err)
		}
		if ids = append(ids, page...); len(ids) > most {
			return nil, fault.New(fault.Invalid, "TOO_MANY_MATCHED", "More than %d jobs match; narrow the filter, for instance by created_before.", most).With("limit", most)
		}
		if f.Before = next; next == (protocol.Cursor{}) {
			slices.Reverse(ids)
			return ids, nil
		}
	}
}

// passing returns those of some jobs that pass a filter, position and trouble
// aside, in their order.
func (d *deeds) passing(ctx context.Context, f protocol.Filter, ids []job.ID) (passing []job.ID, err error) {
	for _, id := range ids {
		snap, err := d.queue.Find(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if f.Passes(&snap.Job) {
			passing = append(passing, id)
		}
	}
	return passing, nil
}

// breathEvery is after how many decisions the processor is left to others for a
// moment, in the middle of a transaction: what is never without work is noticed by
// requests that arrive.
const (
	breathEvery = 32
	breathTime  = 50 * time.Microsecond
)

// breather returns what makes every so-many-th decision wait a moment.
func breather() func() {
	var n atomic.Int64
	return func() {
		if n.Add(1)%breathEvery == 0 {
			<-time.After(breathTime)
		}
	}
}

// cancel is queue.Cancel for many jobs: it returns what became of each, nil where
// it was canceled or is being stopped. An error says that this is not known, of any.
func (d *deeds) cancel(ctx context.Context, m *many, ids []job.ID) ([]error, error) {
	keeps := map[string]time.Duration{}
	failures := make([]error, len(ids))
	left := make([]int, len(ids))
	for i := range left {
		left[i] = i
	}
	if m.owner != "" {
		keeps[m.owner] = d.queue.KeptFor(ctx, m.owner)
	}
	for len(left) > 0 {
		breathe := breather()
		var mu sync.Mutex // guards owners: stores may decide about several at once
		owners := map[job.ID]string{}
		some := make([]job.ID, len(left))
		for n, i := range left {
			some[n] = ids[i]
		}
		made, err := d.queue.ChangeAll(ctx, some, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
			breathe()
			keep, known := keeps[j.Owner]
			if !known && (m.owner == "" || j.Owner == m.owner) {
				mu.Lock()
				defer mu.Unlock()
				owners[j.ID] = j.Owner
				return errAskPlan
			}
			return m.cancel(j, keep, l)
		})
		if err != nil {
			return nil, err
		}
		var asked []int
		for n, i := range left {
			c := made[n]
			if failures[i] = c.Err; errors.Is(c.Err, errAskPlan) {
				keeps[owners[c.ID]] = d.queue.KeptFor(ctx, owners[c.ID])
				asked = append(asked, i)
			} else if c.Err == nil && c.Job.Status == job.Processing {
				d.queue.Stop(c.ID, c.Job.Attempt, queue.ErrCanceled)
			}
		}
		left = asked
	}
	return settled(failures)
}

// cancel is what is decided of one job.
func (m *many) cancel(j *job.Job, keep time.Duration, l protocol.Ledger) error {
	switch {
	case m.owner != "" && j.Owner != m.owner:
		return errDenied
	case j.Status == job.Failed && !m.again.IsZero() && job.ErrorCode(j.Error) == queue.ErrCanceled.Code && !j.Finished.Before(m.again):
		return errBefore
	}
	return queue.CancelJob(j, keep, l)
}

// settled are the failures of single jobs, or an error if one of them says nothing
// of its job.
func settled(failures []error) ([]error, error) {
	for i, err := range failures {
		switch {
		case err == nil:
		case errors.Is(err, errBefore):
			failures[i] = nil
		case saysNothing(err):
			return nil, err
		}
	}
	return failures, nil
}

// saysNothing reports whether an error is about us, and not about a job.
func saysNothing(err error) bool {
	return fault.Of(err) == nil || fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal)
}

// remove is queue.Delete for many jobs; see cancel.
func (d *deeds) remove(ctx context.Context, m *many, ids []job.ID) ([]error, error) {
	breathe := breather()
	var mu sync.Mutex // guards attempts
	attempts := map[job.ID]int{}
	made, err := d.queue.ChangeAll(ctx, ids, func(c *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		if m.owner != "" && j.Owner != m.owner {
			return errDenied
		}
		breathe()
		mu.Lock()
		defer mu.Unlock()
		attempts[j.ID], c.Delete = j.Attempt, true
		return nil
	})
	if err != nil {
		return nil, err
	}
	failures := make([]error, len(ids))
	var files []string
	for i, c := range made {
		switch {
		case c.Err == nil:
			d.queue.Stop(c.ID, attempts[c.ID], queue.ErrLeaseLost)
			files = append(files, c.Files...)
		case !m.again.IsZero() && fault.Is(c.Err, fault.NotFound):
			failures[i] = errBefore
		default:
			failures[i] = c.Err
		}
	}
	if err := d.blobs.Remove(ctx, files...); err != nil { // the jobs are gone all the same
		d.tell(ctx, "remove files; they are left for the collector", err)
	}
	return settled(failures)
}

// retry tries one job again, under a key by which it is known when that is done
// again within a day: then it happens once.
func (d *deeds) retry(ctx context.Context, m *many, id job.ID, requestID, key string) error {
	owner := m.owner
	if owner == "" {
		snap, err := d.queue.Find(ctx, id)
		if err != nil {
			return err
		}
		owner = snap.Job.Owner
	}
	if !m.again.IsZero() {
		if known, err := d.queue.Answer(ctx, owner, key); err != nil || known != nil {
			return err
		}
	}
	s := queue.Spec{ID: d.queue.NewID(), Owner: owner, Plan: d.queue.PlanOf(ctx, owner), RequestID: requestID}
	s.Idempotency = &protocol.Idempotency{Key: key, Job: s.ID, Expires: d.now().Add(protocol.AnswerLife)}
	_, _, err := retry.Retrier{Queue: d.queue, Blobs: d.blobs, Trace: d.trace}.Retry(ctx, s, id)
	return err
}
