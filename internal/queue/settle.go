package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// An Outcome is what a successful attempt made: the exact JSON of the
// synchronous answer with its link left out, and the output, whose file is
// already durable.
type Outcome struct {
	Result []byte
	LinkAt int
	Output *job.Output // nil if there is none
	Kept   bool        // the output is the one that PutOutput recorded
}

// The waits between trials to record an outcome while the store is in trouble.
const (
	settleFirstWait = 50 * time.Millisecond
	settleMaxWait   = 2 * time.Second
)

// Finish records success. It is durable when it returns. It fails with
// LeaseLost if the lease is not the job's current one; then nothing was
// changed and the output's file is for the caller to remove. While the store is
// Unavailable it tries again until ctx is done.
func (q *Queue) Finish(ctx context.Context, c Claimed, out Outcome) (job.Job, error) {
	keep := q.retention(ctx, c.Job.Owner)
	decide := func(ch *job.Change, j *job.Job, l job.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		j.Result, j.LinkAt = out.Result, out.LinkAt
		finish(j, job.Success, "", l.Now(), keep)
		if !out.Kept {
			j.Output = ""
		}
		if out.Output != nil {
			o := *out.Output
			o.Owner, o.Job, o.Created, o.Expires = j.Owner, j.ID, l.Now(), j.Expires
			ch.Output, j.Output = &o, o.Name
		}
		return nil
	}
	j, err := q.settle(ctx, c, decide)
	if fault.Is(err, fault.LeaseLost) && out.Output != nil {
		j, err = q.settledBefore(ctx, c.Job.ID, out.Output.Name, err)
	}
	if err == nil {
		q.runs.observe(j.Tool, j.Input.Size, max(q.clock.Since(j.Started)-q.clock.Since(j.Finished), 0))
		q.lines.targetWorked(j.Tool)
		q.survived(ctx, c)
		q.Observer.AttemptEnded(c.Job.Tool, "success")
	}
	return j, err
}

// settledBefore looks whether an attempt that lost its lease ended with the
// output of this name all the same: a commit whose answer was lost may have been
// ours. While that cannot be found out it does not say lost, so that nobody
// removes the file.
func (q *Queue) settledBefore(ctx context.Context, id job.ID, output string, lost error) (job.Job, error) {
	for {
		is, err := q.Store.Get(ctx, id)
		switch {
		case err == nil && is.Output == output:
			return is, nil
		case err == nil, fault.Is(err, fault.NotFound):
			return job.Job{}, lost
		case !fault.Is(err, fault.Unavailable):
			return job.Job{}, fmt.Errorf("look whether job %s was settled: %w", id, err)
		}
		select {
		case <-ctx.Done():
			return job.Job{}, fmt.Errorf("look whether job %s was settled: %w", id, err)
		case <-time.After(settleFirstWait):
		}
	}
}

// Fail records that an attempt did not succeed, and decides what follows: a
// job whose input is at fault or whose attempts are used up is failed, any
// other waits for another attempt. The cause decides: an Invalid, TooLarge,
// NotFound or Forbidden fault is the input's, ErrCanceled the client's wish,
// everything else ours. Failures are those of Finish.
func (q *Queue) Fail(ctx context.Context, c Claimed, cause error) (job.Job, error) {
	if errors.Is(cause, ErrLeaseLost) {
		q.drop(c.Job.Owner, c.Job.Tool, c.Lease)
		return job.Job{}, ErrLeaseLost
	}
	public := publicFailure(cause)
	keep, spread, most := q.retention(ctx, c.Job.Owner), q.spread(), q.MaxAttemptsOf(c.Job.Tool)
	q.judgeTarget(ctx, c.Job.Tool, cause)
	how := "failed"
	j, err := q.settle(ctx, c, func(_ *job.Change, j *job.Job, l job.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		if errors.Is(cause, ErrCanceled) || j.Ready.CancelRequested {
			how = "canceled"
			return fail(j, ErrCanceled, keep, l)
		}
		how = "failed"
		if tryAgain(j, public, most, spread, l.Now()) {
			how = "retried"
			return nil
		}
		return fail(j, public, keep, l)
	})
	if err == nil {
		q.survived(ctx, c)
		q.Observer.AttemptEnded(c.Job.Tool, how)
	}
	return j, err
}

// tryAgain counts a failed attempt and lets the job wait for the next one, if
// it is worth one.
func tryAgain(j *job.Job, public *fault.Error, most int, spread float64, now time.Time) bool {
	if !worthTrying(public) {
		return false
	}
	if j.Failures++; j.Failures >= most {
		return false
	}
	remember(j, public.Code, now)
	wait := max(backoff(j.Failures, spread), min(public.RetryAfter, time.Hour))
	requeue(j, now.Add(wait), now)
	return true
}

// judgeTarget tells the tool's breaker what a failure says of its target: that
// it fails, that it works and refuses this input, or nothing.
func (q *Queue) judgeTarget(ctx context.Context, tool string, cause error) {
	e := fault.Of(cause)
	if e == nil {
		return
	}
	switch e.Kind {
	case fault.Upstream, fault.Timeout:
		if pause := q.lines.targetFailed(tool, e.RetryAfter); pause > 0 {
			q.Observer.TargetPaused(tool)
			q.Log.WarnContext(ctx, "tool's target fails and is left alone", "tool", tool, "pause", pause.String(), "err", cause)
		}
	case fault.Invalid, fault.TooLarge, fault.Rejected:
		q.lines.targetWorked(tool)
	default:
	}
}

// Release hands a job back unfinished, at shutdown; it is claimable at once
// and the attempt does not count.
func (q *Queue) Release(ctx context.Context, c Claimed) error {
	keep := q.retention(ctx, c.Job.Owner)
	_, err := q.settle(ctx, c, func(_ *job.Change, j *job.Job, l job.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		if j.Ready.CancelRequested {
			return fail(j, ErrCanceled, keep, l)
		}
		requeue(j, time.Time{}, l.Now())
		return nil
	})
	if err == nil {
		q.Observer.AttemptEnded(c.Job.Tool, "released")
	}
	return err
}

// settle ends an attempt of this process by one decision, patiently.
func (q *Queue) settle(ctx context.Context, c Claimed, decide func(*job.Change, *job.Job, job.Ledger) error) (job.Job, error) {
	wait := settleFirstWait
	for {
		j, err := q.changeOne(ctx, &job.Change{ID: c.Job.ID, Decide: decide})
		if err == nil || !fault.Is(err, fault.Unavailable) {
			q.drop(c.Job.Owner, c.Job.Tool, c.Lease)
			if err == nil {
				q.waiting(ctx, &j)
				return j, nil
			}
			if fault.Is(err, fault.NotFound) {
				err = ErrLeaseLost // deleted meanwhile
			}
			return job.Job{}, fmt.Errorf("settle job %s: %w", c.Job.ID, err)
		}
		select {
		case <-ctx.Done():
			return job.Job{}, fmt.Errorf("settle job %s: %w", c.Job.ID, err)
		case <-time.After(wait):
			wait = min(2*wait, settleMaxWait)
		}
	}
}

// waiting tells the scheduler of a job that waits again.
func (q *Queue) waiting(ctx context.Context, j *job.Job) {
	if j.Status == job.Queued && j.Ready != nil {
		q.push(ctx, candidate(j), !j.Ready.RunAt.IsZero())
	}
}

// retention is how long this owner's finished jobs are kept.
func (q *Queue) retention(ctx context.Context, owner string) time.Duration {
	return q.RetentionOf(q.PlanOf(ctx, owner))
}

// spread returns a random number in [0,1).
func (q *Queue) spread() float64 {
	var b [2]byte
	if _, err := io.ReadFull(q.Random, b[:]); err != nil {
		return 0
	}
	return float64(uint(b[0])<<8|uint(b[1])) / (1 << 16)
}
