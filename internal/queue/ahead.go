package queue

import (
	"context"
	"time"

	"claimcheck/internal/deadline"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// MayClaimAhead reports whether ClaimAhead may be used.
func (q *Queue) MayClaimAhead() bool { return !q.shared() }

// ClaimAhead is Claim for jobs whose attempts do not begin at once: until Bind
// clients see them waiting. HandBack undoes it.
func (q *Queue) ClaimAhead(ctx context.Context, limit int) ([]Claimed, error) {
	return q.claimPicked(ctx, limit, taker{worker: q.worker, ahead: true}, q.sched.Pick)
}

// HandBack undoes a claim whose attempt has not begun: no attempt is counted, and
// clients that were not told of it see nothing change. Failures are those of
// Finish.
func (q *Queue) HandBack(ctx context.Context, c Claimed) error {
	was, ok := q.veil.Covered(c.Job.ID)
	if !ok {
		return q.release(ctx, c, false)
	}
	_, err := q.settle(ctx, c, ending{
		decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error {
			switch {
			case j.Ready.CancelRequested:
				return fail(j, ErrCanceled, keep, l)
			case !was.Fits(j):
				requeue(j, time.Time{}, l.Now())
				deadline.Set(j)
			default:
				is := j.Version // it never goes back
				was.Undo(j)
				j.Version, j.Ready.Lease, j.Ready.RunAt = is, job.Lease{}, time.Time{}
				deadline.Set(j)
			}
			return nil
		},
		was: func(j *job.Job) bool { return j.Status == job.Queued && j.Attempt == was.Attempt },
	})
	q.veil.Lift(c.Job.ID)
	q.ends.Wake()
	return err
}
