package queue

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Jobs that are claimed ahead of the workers are not running yet, and some never
// do: what runs before them may take longer than jobs did lately, and then they
// are handed back. So nobody is told of such a claim before the attempt begins:
// until then clients see the job as it was. That is possible where all of them
// ask this process; on a store that others share nothing is claimed ahead.

// ahead are the claims that nobody is told of. It is safe for concurrent use.
type ahead struct {
	n  atomic.Int64 // of them; most of the time there are none
	mu sync.Mutex   // guards the field below
	of map[job.ID]unclaimed
}

// An unclaimed is what a claim changed of a job.
type unclaimed struct {
	attempt          int
	version          int64
	updated, started time.Time
}

func (a *ahead) note(j *job.Job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[job.ID]unclaimed{}
	}
	a.of[j.ID] = unclaimed{attempt: j.Attempt, version: j.Version, updated: j.Updated, started: j.Started}
	a.n.Store(int64(len(a.of)))
}

func (a *ahead) get(id job.ID) (was unclaimed, ok bool) {
	if a.n.Load() == 0 {
		return was, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	was, ok = a.of[id]
	return was, ok
}

// forget reports whether the job was there.
func (a *ahead) forget(id job.ID) bool {
	_, ok := a.get(id)
	if ok {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.of, id)
		a.n.Store(int64(len(a.of)))
	}
	return ok
}

// fits reports whether nothing has happened to a job but the claim.
func (u *unclaimed) fits(j *job.Job) bool {
	return j.Status == job.Processing && j.Version == u.version+1 && j.Attempt == u.attempt+1
}

// undo makes a job what it was before the claim.
func (u *unclaimed) undo(j *job.Job) {
	j.Status, j.Attempt, j.Version, j.Updated, j.Started = job.Queued, u.attempt, u.version, u.updated, u.started
}

// veil shows a job that was read from the store as clients may see it.
func (q *Queue) veil(j *job.Job) {
	if was, ok := q.ahead.get(j.ID); ok && was.fits(j) {
		was.undo(j)
	}
}

// MayClaimAhead reports whether ClaimAhead may be used.
func (q *Queue) MayClaimAhead() bool { return !q.Store.Shared() }

// ClaimAhead is Claim for jobs whose attempts do not begin at once: until Bind
// clients see them waiting. HandBack undoes it.
func (q *Queue) ClaimAhead(ctx context.Context, limit int) ([]Claimed, error) {
	return q.claimPicked(ctx, limit, taker{worker: q.worker, ahead: true}, q.sched.Pick)
}

// begun tells clients of a claim whose attempt begins.
func (q *Queue) begun(c *Claimed) {
	if q.ahead.forget(c.Job.ID) {
		q.views.publish(&c.Job)
	}
}

// HandBack undoes a claim whose attempt has not begun: no attempt is counted, and
// clients that were not told of it see nothing change. Failures are those of
// Finish.
func (q *Queue) HandBack(ctx context.Context, c Claimed) error {
	was, ok := q.ahead.get(c.Job.ID)
	if !ok {
		return q.Release(ctx, c)
	}
	_, err := q.settle(ctx, c, ending{
		decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error {
			switch {
			case j.Ready.CancelRequested:
				return fail(j, ErrCanceled, keep, l)
			case !was.fits(j):
				requeue(j, time.Time{}, l.Now())
			default:
				is := j.Version // it never goes back
				was.undo(j)
				j.Version, j.Ready.Lease, j.Ready.RunAt = is, job.Lease{}, time.Time{}
			}
			return nil
		},
		was: func(j *job.Job) bool { return j.Status == job.Queued && j.Attempt == was.attempt },
	})
	q.ahead.forget(c.Job.ID)
	return err
}
