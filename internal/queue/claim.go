package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Claimed is a job under a lease of this process.
type Claimed struct {
	Job   job.Job
	Lease job.Lease
	Input []byte // of the store, if it was read with the claim; nil if it was not
}

var (
	errOwnerLimit = errors.New("the owner runs as many jobs as the plan allows")
	errToolLimit  = errors.New("the tool runs as many jobs as it may")
	errNotWaiting = errors.New("the job does not wait any more")
)

// A taker is who claims: this process, or a program elsewhere.
type taker struct {
	worker string
	away   bool
	ahead  bool // nobody is told before the attempt begins
}

// Claim leases up to limit waiting jobs to this process, taking turns between
// owners, and keeps the leases alive until each job is settled by Finish,
// Fail or Release. It returns at once, with none if nothing may run.
func (q *Queue) Claim(ctx context.Context, limit int) ([]Claimed, error) {
	return q.claimFrom(ctx, limit, taker{worker: q.worker}, ownLane)
}

func (q *Queue) claimFrom(ctx context.Context, limit int, by taker, lanes ...string) ([]Claimed, error) {
	var claimed []Claimed
	for len(claimed) < limit {
		picked, later, err := q.pick(ctx, limit-len(claimed), lanes...)
		if len(picked) == 0 {
			return claimed, err
		}
		got, claimErr := q.claim(ctx, by, picked)
		claimed = append(claimed, got...)
		if err = errors.Join(err, claimErr); err != nil {
			return claimed, err
		}
		if later || len(got) == len(picked) { // what comes from now on wakes; these are not to wait for it
			return claimed, nil
		}
	}
	return claimed, nil
}

// pick takes candidates from the scheduler, reading from the store for owners
// whose window ran empty. One whose reading takes long keeps nobody waiting for
// what was picked before: later says that there may be more, and Wake tells so.
func (q *Queue) pick(ctx context.Context, limit int, lanes ...string) (picked []job.Candidate, later bool, err error) {
	for passed := 0; len(picked) < limit; {
		more, hungry := q.lines.pick(limit-len(picked), lanes...)
		picked = append(picked, more...)
		if hungry == nil {
			return picked, false, nil
		}
		ready, err := q.Store.Ready(ctx, hungry.owner, hungry.tool, hungry.after, hungry.most)
		if err != nil {
			q.lines.unfilled(*hungry)
			return picked, false, fmt.Errorf("read waiting jobs of %s: %w", hungry.owner, err)
		}
		if q.lines.fill(*hungry, ready, q.share(ctx, hungry.owner)) {
			continue
		}
		if passed++; passed >= maxPassed && len(picked) > 0 {
			return picked, true, nil
		}
	}
	return picked, false, nil
}

// mayRun decides in the store's transaction whether the limits of a job's
// owner and tool let it run.
func mayRun(j *job.Job, l protocol.Ledger, ofOwner, ofTool int64) error {
	if ofOwner > 0 {
		has, err := l.Counts(j.Owner)
		if err != nil {
			return err
		}
		if has.Running >= ofOwner {
			return errOwnerLimit
		}
	}
	if ofTool > 0 {
		running, err := l.Running(j.Tool)
		if err != nil {
			return err
		}
		if running >= ofTool {
			return errToolLimit
		}
	}
	return nil
}

func (q *Queue) claim(ctx context.Context, by taker, picked []job.Candidate) ([]Claimed, error) {
	changes := make([]*protocol.Change, len(picked))
	for i, c := range picked {
		most, rules := q.share(ctx, c.Owner).most, q.rules(c.Tool)
		changes[i] = &protocol.Change{ID: c.ID, WantInput: !by.away, Decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
			if q.rules(j.Tool).Unknown {
				return errNotWaiting // not here: it was known when the job was picked
			}
			if err := mayRun(j, l, most, rules.MaxRunning); err != nil {
				return err
			}
			if by.ahead {
				q.ahead.note(j)
			}
			if err := claim(j, by.worker, l.Now(), q.leaseTime(rules, by)); err != nil {
				return errNotWaiting
			}
			if c.Probation == job.Clear && j.Ready.Probation == job.Suspect && q.lines.livedThrough(markOf(j)) {
				j.Ready.Probation = job.Clear
			}
			j.Ready.Probation = max(j.Ready.Probation, c.Probation)
			return nil
		}}
	}
	asked := time.Now()
	publish := q.change
	if by.ahead {
		publish = func(ctx context.Context, changes ...*protocol.Change) error { return q.Store.Change(ctx, changes) }
	}
	if err := publish(ctx, changes...); err != nil {
		for _, c := range picked {
			q.ahead.forget(c.ID)
			q.lines.putBack(c, false, true)
		}
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	claimed := make([]Claimed, 0, len(picked))
	for i, c := range changes {
		if c.Err != nil {
			q.ahead.forget(c.ID)
		}
		switch {
		case c.Err == nil:
			got := Claimed{Job: c.Job, Lease: c.Job.Ready.Lease, Input: c.Input}
			q.hold(got, by.away, asked)
			claimed = append(claimed, got)
		case errors.Is(c.Err, errNotWaiting), fault.Is(c.Err, fault.NotFound):
			q.lines.ended(picked[i].Owner, picked[i].Tool, picked[i].ID)
		default:
			q.lines.putBack(picked[i], errors.Is(c.Err, errToolLimit), !errors.Is(c.Err, errToolLimit))
		}
	}
	return claimed, nil
}

// drop forgets a lease that this process gave; the scheduler may give its
// place to another job.
func (q *Queue) drop(ownerName, tool string, lease job.Lease) {
	q.mu.Lock()
	h := q.held[lease.ID]
	held := h != nil && same(h.lease, lease)
	if held {
		q.letGo(h)
	}
	q.mu.Unlock()
	if held {
		q.lines.ended(ownerName, tool, lease.ID)
	} else {
		q.lines.elsewhereEnded(ownerName, tool)
	}
}

// Bind returns a context for running the claimed attempt; it ends with cause
// ErrLeaseLost or ErrCanceled when the attempt must stop. The returned
// function says that nobody works for the attempt any more, neither at running
// it nor at recording its outcome: it releases the context, and drops the lease
// should the attempt not have been settled.
func (q *Queue) Bind(parent context.Context, c Claimed) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	q.begun(&c)
	q.mu.Lock()
	defer q.mu.Unlock()
	h := q.held[c.Job.ID]
	switch {
	case h == nil || !same(h.lease, c.Lease):
		cancel(ErrLeaseLost)
	case h.ended != nil:
		cancel(h.ended)
	default:
		h.stop, h.bound = cancel, true
	}
	return ctx, func() {
		cancel(context.Canceled)
		q.giveUp(c)
	}
}

// stop ends the context of an attempt that this process runs.
func (q *Queue) stop(id job.ID, attempt int, cause error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	h := q.held[id]
	if h == nil || h.lease.Attempt != attempt {
		return
	}
	h.end(cause)
}

// Wake returns a channel that receives when there may be something to claim.
func (q *Queue) Wake() <-chan struct{} { return q.lines.wake }
