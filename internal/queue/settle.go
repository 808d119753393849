package queue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/deadline"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/attempts"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/words"
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
// Unavailable it tries again until ctx is done; then it fails with Unavailable or
// ctx's error, and the file must stay: the commit may have happened.
func (q *Queue) Finish(ctx context.Context, c Claimed, out Outcome) (job.Job, error) {
	known := time.Now()
	j, err := q.settle(ctx, c, ending{
		decide: func(ch *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error {
			j.Result, j.LinkAt = out.Result, out.LinkAt
			finish(j, job.Success, "", l.Now(), keep)
			if !out.Kept {
				j.Output = ""
			}
			if out.Output != nil {
				o := *out.Output
				o.Owner, o.Job, o.Created, o.Expires, o.OnRead = j.Owner, j.ID, l.Now(), j.Expires, j.GoesOnRead()
				ch.Output, j.Output = &o, o.Name
			}
			return nil
		},
		was: func(j *job.Job) bool {
			return j.Status == job.Success && j.Attempt == c.Lease.Attempt && bytes.Equal(j.Result, out.Result) &&
				(out.Output == nil || j.Output == out.Output.Name)
		},
	})
	if err == nil {
		q.sched.Observe(j.Tool, j.Input.Size, max(q.clock.Since(j.Started)-q.clock.Since(j.Finished)-time.Since(known), 0)) // without waits for the store
		q.sched.TargetWorked(j.Owner, j.Tool)
		q.poisons.Survived(ctx, &c.Job)
		q.config.Observer.AttemptEnded(c.Job.Tool, "success")
	}
	return j, err
}

// Fail records that an attempt did not succeed, and decides what follows: a
// job whose input is at fault or whose attempts are used up is failed, any
// other waits for another attempt. The cause decides: an Invalid, TooLarge,
// NotFound or Forbidden fault is the input's, ErrCanceled the client's wish,
// ErrLeaseLost no failure at all: the attempt was ended because it had no lease
// any more. Everything else is ours. Failures are those of Finish.
func (q *Queue) Fail(ctx context.Context, c Claimed, cause error) (job.Job, error) {
	if errors.Is(cause, ErrLeaseLost) {
		return job.Job{}, q.leave(ctx, c)
	}
	public := publicFailure(cause)
	spread, most := q.spread(), q.mostAttempts(c.Job.Tool)
	q.judgeTarget(ctx, &c.Job, cause)
	how := "failed"
	j, err := q.settle(ctx, c, ending{
		decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error {
			if errors.Is(cause, ErrCanceled) || j.Ready.CancelRequested {
				how = "canceled"
				return fail(j, ErrCanceled, keep, l)
			}
			how = "failed"
			if tryAgain(j, public, most, spread, l.Now()) {
				how = "retried"
				return q.again(j, public.Code, keep, l)
			}
			return fail(j, public, keep, l)
		},
		was: func(j *job.Job) bool {
			code, over := attempts.EndOf(j, c.Lease)
			return over && (code == public.Code || code == codeCanceled)
		},
	})
	if err == nil {
		q.poisons.Survived(ctx, &c.Job)
		q.config.Observer.AttemptEnded(c.Job.Tool, how)
	}
	return j, err
}

// leave ends an attempt that has no lease any more. If its own clock ended it,
// the store has named it to nobody else perhaps: then the job is handed back as
// soon as the store is there, without any suspicion. It returns LeaseLost.
func (q *Queue) leave(ctx context.Context, c Claimed) error {
	if !q.lapsed(c.Lease) {
		q.drop(c.Job.Owner, c.Job.Tool, c.Lease)
		return ErrLeaseLost
	}
	is, err := q.settle(ctx, c, ending{
		decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error {
			if j.Ready.CancelRequested {
				return fail(j, ErrCanceled, keep, l)
			}
			attempts.Remember(j, codeLost, l.Now())
			requeue(j, time.Time{}, l.Now())
			return q.again(j, codeLost, keep, l)
		},
		was:    func(*job.Job) bool { return false }, // whoever took it back
		lapsed: true,
	})
	if err == nil {
		q.config.Observer.AttemptEnded(c.Job.Tool, "lost")
		q.traceLost(&is, c.Lease)
	}
	return ErrLeaseLost
}

// traceLost tells of an attempt whose worker does not.
func (q *Queue) traceLost(j *job.Job, l job.Lease) {
	if !q.config.Trace.On() {
		return
	}
	code, over := attempts.EndOf(j, l)
	if !over || code == "" {
		code = codeLost
	}
	q.config.Trace.Attempted(j, l.Attempt, q.config.Now(), code)
}

// judgeTarget tells the tool's breaker what a failure says of its target: that
// it fails, that it works and refuses this input, or nothing, as all failures
// that are not the target's doing.
func (q *Queue) judgeTarget(ctx context.Context, j *job.Job, cause error) {
	e := fault.Of(cause)
	if e == nil || !fault.IsByTarget(cause) {
		return
	}
	switch e.Kind {
	case fault.Upstream, fault.Timeout:
		own, all := q.sched.TargetFailed(j.Owner, j.Tool, e.RetryAfter)
		if own > 0 {
			q.config.Log.WarnContext(ctx, "tool's target fails one owner and is left alone by its jobs", "tool", j.Tool, "owner", j.Owner, "pause", own.String(), "err", cause)
		}
		if all > 0 {
			q.config.Log.WarnContext(ctx, "tool's target fails and is left alone", "tool", j.Tool, "pause", all.String(), "err", cause)
		}
		if own > 0 || all > 0 {
			q.config.Observer.TargetPaused(j.Tool)
		}
	case fault.Invalid, fault.TooLarge, fault.Rejected:
		q.sched.TargetWorked(j.Owner, j.Tool)
	default:
	}
}

// Release hands a job back unfinished, at shutdown; it is claimable at once
// and the attempt does not count. Failures are those of Finish.
func (q *Queue) Release(ctx context.Context, c Claimed) error { return q.release(ctx, c, true) }

// release is Release of an attempt that began, or did not.
func (q *Queue) release(ctx context.Context, c Claimed, began bool) error {
	_, err := q.settle(ctx, c, ending{
		decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error {
			if j.Ready.CancelRequested {
				return fail(j, ErrCanceled, keep, l)
			}
			attempts.Remember(j, codeReleased, l.Now())
			if !began {
				attempts.MarkUnbegun(j)
			}
			requeue(j, time.Time{}, l.Now())
			deadline.Set(j)
			return nil
		},
		was: func(j *job.Job) bool {
			code, over := attempts.EndOf(j, c.Lease)
			return over && code != codeLost
		},
	})
	if err == nil {
		q.config.Observer.AttemptEnded(c.Job.Tool, "released")
		q.ends.Wake()
	}
	return err
}

// An ending is how an attempt ends.
type ending struct {
	// decide makes the job what it becomes. It is asked while the attempt's lease
	// is the current one, perhaps more than once.
	decide func(ch *protocol.Change, j *job.Job, l protocol.Ledger, keep time.Duration) error
	// was reports whether a job whose attempt is over shows that it ended in this
	// very way: a commit whose answer was lost was ours then.
	was    func(j *job.Job) bool
	lapsed bool // nobody works for the lease: it is not to be renewed meanwhile
}

// errRecorded is the decision not to record what is recorded already.
var errRecorded = errors.New("the outcome is recorded")

// settle ends an attempt by one decision. While the store is Unavailable it
// tries again, until ctx is done: then a lease of this process is given up, so
// that it ends by itself. An outcome that an earlier trial has recorded without
// our having been told is found by the decision itself, in the store's own
// transaction: LeaseLost is never said of one that was accepted.
func (q *Queue) settle(ctx context.Context, c Claimed, e ending) (job.Job, error) {
	if !e.lapsed {
		q.settling(c.Lease)
	}
	_, doubtful := q.unsettledLease(c.Job.ID, c.Lease.Attempt)
	var trouble error
	for wait := settleFirstWait; ; wait = min(2*wait, settleMaxWait) {
		j, err := q.settleOnce(ctx, c, e, doubtful)
		switch {
		case fault.Is(err, fault.Unavailable):
			doubtful = true
			if trouble == nil || unknownOutcome(err) {
				trouble = err
			}
		case err == nil, ctx.Err() == nil || fault.Of(err) != nil:
			return q.settled(ctx, c, j, err)
		}
		select {
		case <-ctx.Done():
			q.giveUp(c)
			if doubtful {
				q.noteUnsettled(c.Lease)
			}
			return job.Job{}, fmt.Errorf("settle job %s: %w", c.Job.ID, cmp.Or[error](trouble, errNotTaken))
		case <-time.After(wait):
		}
	}
}

// settleOnce tries to record how an attempt ended; in doubt, what was recorded
// by an earlier trial is a success too.
func (q *Queue) settleOnce(ctx context.Context, c Claimed, e ending, doubtful bool) (job.Job, error) {
	keep := q.KeptFor(ctx, c.Job.Owner) // anew each time: while the store is away the plan may not be known
	var is job.Job
	made, err := q.change(ctx, wish{id: c.Job.ID, ran: c.Ran, decide: func(ch *protocol.Change, j *job.Job, l protocol.Ledger) error {
		err := fenced(j, c.Lease)
		if err == nil {
			words.Add(ch, j, c.Said, l.Now())
			return e.decide(ch, j, l, keep)
		}
		if doubtful && e.was(j) {
			is = *j
			return errRecorded
		}
		return err
	}})
	if err != nil {
		return job.Job{}, err
	}
	switch err := made[0].Err; {
	case errors.Is(err, errRecorded):
		q.missed(&is, c)
		return is, nil
	case err == nil:
		q.toldOf(c.Lease)
	}
	return made[0].Job, made[0].Err
}

// missed does what follows a change whose answer was lost.
func (q *Queue) missed(j *job.Job, c Claimed) {
	if j.Status.Final() && j.Attempt == c.Lease.Attempt {
		if !q.shared() { // else the store's counts are taken every second
			q.sched.Over(j.Owner)
		}
		if q.toldOf(c.Lease) {
			q.ended(j, job.Processing, c.Ran)
		}
	}
	q.views.Publish(j)
}

// settled tells those concerned that an attempt is over.
func (q *Queue) settled(ctx context.Context, c Claimed, j job.Job, err error) (job.Job, error) {
	q.drop(c.Job.Owner, c.Job.Tool, c.Lease)
	if err == nil {
		q.waitsAgain(ctx, &j)
		return j, nil
	}
	if fault.Is(err, fault.NotFound) {
		err = ErrLeaseLost // deleted meanwhile
	}
	return job.Job{}, fmt.Errorf("settle job %s: %w", c.Job.ID, err)
}

// spread returns a random number in [0,1).
func (q *Queue) spread() float64 {
	var b [2]byte
	if _, err := io.ReadFull(q.config.Random, b[:]); err != nil {
		return 0
	}
	return float64(uint(b[0])<<8|uint(b[1])) / (1 << 16)
}
