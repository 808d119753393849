package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/attempts"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/words"
)

// ClaimFor is Claim for a remote program: it leases jobs of the named tools,
// over all owners, to the worker. Its leases are kept alive by Renew alone.
func (q *Queue) ClaimFor(ctx context.Context, worker string, tools []string, limit int) ([]Claimed, error) {
	claimed, err := q.claimPicked(ctx, limit, taker{worker: worker, remote: true}, func(ctx context.Context, limit int) ([]job.Candidate, bool, error) {
		return q.sched.PickOf(ctx, limit, tools...)
	})
	begun, trouble := q.onlyBegun(ctx, claimed)
	return begun, errors.Join(err, trouble)
}

// onlyBegun hands back those of some claims that may not begin: they were paused
// while they were claimed.
func (q *Queue) onlyBegun(ctx context.Context, claimed []Claimed) (begun []Claimed, err error) {
	for _, c := range claimed {
		if q.MayBegin(ctx, c.Job.Owner, c.Job.Tool) {
			begun = append(begun, c)
			continue
		}
		err = errors.Join(err, q.HandBack(ctx, c))
	}
	return begun, err
}

// PullWake returns a channel that is closed when there may be something for
// ClaimFor; it must be asked for before ClaimFor is tried.
func (q *Queue) PullWake() <-chan struct{} { return q.sched.PullWake() }

// until is when a remote lease ends after a sign of life: a program that
// came for the job gives one several times in the lease's time, within the
// attempt's; a target that calls back has the attempt's time from its last one.
func (q *Queue) until(j *job.Job, now time.Time) (time.Time, error) {
	timeout := q.timeout(q.rules(j.Tool))
	if strings.HasPrefix(j.Ready.Lease.Worker, callbackPrefix) {
		return now.Add(timeout), nil
	}
	left := timeout - q.clock.Since(j.Started)
	if left <= 0 {
		return time.Time{}, ErrLeaseLost
	}
	return now.Add(min(left, q.config.Lease)), nil
}

// HandOver leaves an attempt that this process began to the tool's target,
// which calls back. Failures: LeaseLost if the attempt is over already, perhaps
// because the target has called back; while the store is Unavailable it tries
// again until ctx is done.
func (q *Queue) HandOver(ctx context.Context, c Claimed) error {
	to := callbackPrefix + q.config.Node
	j, err := q.settle(ctx, c, ending{
		decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger, _ time.Duration) (err error) {
			j.Ready.Lease.Worker = to
			j.Ready.Lease.Until, err = q.until(j, l.Now())
			return err
		},
		was: func(j *job.Job) bool {
			return j.Ready != nil && same(j.Ready.Lease, job.Lease{ID: j.ID, Worker: to, Attempt: c.Lease.Attempt})
		},
	})
	if err != nil {
		return fmt.Errorf("hand over job %s: %w", c.Job.ID, err)
	}
	q.sched.TargetWorked(c.Job.Owner, c.Job.Tool)
	if j.Ready.CancelRequested {
		q.config.Log.DebugContext(ctx, "handed over although canceled", "job", c.Job.ID.String())
	}
	return nil
}

// RemoteAttempt returns a remote attempt as it is now, with its lease, for Renew,
// PutOutput, Finish and Fail. An empty worker means a callback's: whoever has
// its lease. Failures: LeaseLost if it is not the current one.
func (q *Queue) RemoteAttempt(ctx context.Context, id job.ID, attempt int, worker string) (Claimed, error) {
	j, err := q.config.Store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Claimed{}, ErrLeaseLost
	}
	if err != nil {
		return Claimed{}, fmt.Errorf("get job %s: %w", id, err)
	}
	if j.Status != job.Processing || j.Attempt != attempt {
		return Claimed{}, ErrLeaseLost
	}
	if worker == "" {
		worker = anyWorker
	}
	return Claimed{Job: j, Lease: job.Lease{ID: id, Worker: worker, Attempt: attempt}}, nil
}

// InDoubt returns a remote attempt of whose end its worker was told that it
// is not known whether it was recorded, for Finish and Fail with the same
// outcome once more.
func (q *Queue) InDoubt(ctx context.Context, id job.ID, attempt int) (c Claimed, ok bool) {
	lease, ok := q.unsettledLease(id, attempt)
	if !ok {
		return Claimed{}, false
	}
	j, err := q.config.Store.Get(ctx, id)
	return Claimed{Job: j, Lease: lease}, err == nil
}

// WorkerOf returns the worker that has the lease of an attempt; LeaseLost if nobody does.
func (q *Queue) WorkerOf(ctx context.Context, id job.ID, attempt int) (string, error) {
	r, err := protocol.Waiting(ctx, q.config.Store, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return "", ErrLeaseLost
	case err != nil:
		return "", fmt.Errorf("get lease of job %s: %w", id, err)
	case !r.Lease.Taken() || r.Lease.Attempt != attempt:
		return "", ErrLeaseLost
	}
	return r.Lease.Worker, nil
}

// Renew records a sign of life of a remote attempt. It returns when the lease ends
// now, and whether the client wants the job canceled. Failures: LeaseLost.
func (q *Queue) Renew(ctx context.Context, c Claimed, sign words.Sign) (until time.Time, cancel bool, err error) {
	j, err := q.changeOne(ctx, c.Job.ID, func(ch *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		sign.Note(ch, j, l.Now())
		if !remote(j.Ready.Lease.Worker) {
			return nil // not handed over yet: this process renews it
		}
		until, err := q.until(j, l.Now())
		j.Ready.Lease.Until = until
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = ErrLeaseLost
	}
	if err != nil {
		return time.Time{}, false, err
	}
	return j.Ready.Lease.Until, j.Ready.CancelRequested, nil
}

// PutOutput records the file that a remote attempt made, before it says
// that it has finished; a second one takes the place of the first. The file is
// durable. While the store is Unavailable it tries again until ctx is done; then
// the file must stay. Failures: LeaseLost; then it is for the caller to remove.
func (q *Queue) PutOutput(ctx context.Context, c Claimed, out *job.Output) error {
	for wait := settleFirstWait; ; wait = min(2*wait, settleMaxWait) {
		err := q.putOutput(ctx, c, out)
		if !fault.Is(err, fault.Unavailable) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

func (q *Queue) putOutput(ctx context.Context, c Claimed, out *job.Output) error {
	_, err := q.changeOne(ctx, c.Job.ID, func(ch *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		if j.Output == out.Name { // by an earlier trial, whose answer was lost
			return errRecorded
		}
		o := *out
		o.Owner, o.Job, o.Created, o.OnRead = j.Owner, j.ID, l.Now(), j.GoesOnRead()
		ch.Output, j.Output = &o, o.Name
		if !remote(j.Ready.Lease.Worker) {
			return nil
		}
		until, err := q.until(j, l.Now())
		j.Ready.Lease.Until = until
		return err
	})
	switch {
	case errors.Is(err, errRecorded):
		return nil
	case fault.Is(err, fault.NotFound):
		return ErrLeaseLost
	case err != nil && ctx.Err() != nil && fault.Of(err) == nil:
		return errNotTaken // nobody has seen it
	}
	return err
}

// loseRemote decides what becomes of a job whose remote worker gave no sign of
// life: one whose time was over, or whose target never called back, has failed
// with TIMEOUT; one whose worker is gone counts towards WORKER_LOST.
func (q *Queue) loseRemote(j *job.Job, lease job.Lease, keep time.Duration, spread float64, l protocol.Ledger) error {
	if err := fenced(j, lease); err != nil {
		return err
	}
	now, most, rules := l.Now(), q.mostAttempts(j.Tool), q.rules(j.Tool)
	if renewed(j, lease) {
		return ErrLeaseLost
	}
	if j.Ready.CancelRequested {
		return fail(j, ErrCanceled, keep, l)
	}
	overdue := !rules.Unknown && q.clock.Since(j.Started) >= q.timeout(rules)
	if overdue || strings.HasPrefix(lease.Worker, callbackPrefix) {
		if tryAgain(j, errSilent, most, spread, now) {
			return q.again(j, errSilent.Code, keep, l)
		}
		return fail(j, errSilent, keep, l)
	}
	if j.Losses++; j.Losses >= most {
		return fail(j, errLost, keep, l)
	}
	attempts.Remember(j, codeLost, now)
	requeue(j, now.Add(paced.Backoff(j.Losses, spread)), now)
	return q.again(j, codeLost, keep, l)
}

// forgetEnded forgets leases of remote programs whose jobs were deleted, or
// ended on another server.
func (q *Queue) forgetEnded(ctx context.Context) error {
	q.mu.Lock()
	ended := map[job.ID]grant{}
	ids := make([]job.ID, 0, len(q.grants))
	for id, g := range q.grants {
		if g.remote {
			ended[id] = *g
			ids = append(ids, id)
		}
	}
	q.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	standing, err := q.config.Store.Standing(ctx, ids)
	if err != nil {
		return fmt.Errorf("ask for the leases of remote programs: %w", err)
	}
	for _, is := range standing {
		if g := ended[is.ID]; is.Lease().Same(g.lease) {
			delete(ended, is.ID)
		}
	}
	for _, g := range ended {
		q.drop(g.owner, g.tool, g.lease)
	}
	return nil
}

// Reload takes the rules of tools anew: they may have changed, and so may which
// there are.
func (q *Queue) Reload(ctx context.Context) error {
	q.sched.Relearn()
	q.strands.Ask()
	return q.look(ctx)
}
