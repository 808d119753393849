package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/store/protocol"
)

var (
	errOwnerLimit = errors.New("the owner runs as many jobs as the plan allows")
	errToolLimit  = errors.New("the tool runs as many jobs as it may")
)

// ErrNotWaiting says that a job waits no more.
var ErrNotWaiting = errors.New("the job does not wait any more")

// A taker is who claims: this process, or a remote program.
type taker struct {
	worker string
	remote bool
	ahead  bool // nobody is told before the attempt begins
}

// Claim leases up to limit waiting jobs to this process, taking turns between
// owners, and keeps the leases alive until each job is settled by Finish,
// Fail or Release. It returns at once, with none if nothing may run.
func (q *Queue) Claim(ctx context.Context, limit int) ([]Claimed, error) {
	return q.claimPicked(ctx, limit, taker{worker: q.worker}, q.sched.Pick)
}

// A picker takes up to limit candidates from the scheduler; later is whether there
// may be more, of which a channel tells.
type picker func(ctx context.Context, limit int) (picked []job.Candidate, later bool, err error)

func (q *Queue) claimPicked(ctx context.Context, limit int, by taker, pick picker) ([]Claimed, error) {
	if err := q.pauses.Fresh(ctx); err != nil {
		return nil, err
	}
	var claimed []Claimed
	for len(claimed) < limit {
		picked, later, err := pick(ctx, limit-len(claimed))
		if len(picked) == 0 {
			return claimed, err
		}
		done := q.expect(idsOf(picked)...)
		got, claimErr := q.claim(ctx, by, picked)
		done()
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
		ok, err := l.Reserve(j.Tool, ofTool)
		if err != nil {
			return err
		}
		if !ok {
			return errToolLimit
		}
	}
	return nil
}

// claims are the wishes to claim some candidates, and since when each has waited once
// its wish is granted; nil where nobody wants to know.
func (q *Queue) claims(ctx context.Context, by taker, picked []job.Candidate) (wishes []wish, since []time.Time) {
	wishes = make([]wish, len(picked))
	if q.config.Trace.On() {
		since = make([]time.Time, len(picked))
	}
	for i, c := range picked {
		most, rules := q.share(ctx, c.Owner).Most, q.rules(c.Tool)
		pacing := paced.ForClaim(rules.Limits)
		wishes[i] = wish{id: c.ID, input: !by.remote, pacing: pacing, decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
			switch { // it was not so when the job was picked
			case q.rules(j.Tool).Unknown:
				return ErrNotWaiting // not here
			case q.sched.PauseOf(j.Owner, j.Tool) != "":
				return errPaused
			case q.judge.MustEnd(j) != nil:
				return errOverdue
			}
			if err := mayRun(j, l, most, rules.MaxRunning); err != nil {
				return err
			}
			if by.ahead {
				q.veil.Cover(j)
			}
			if since != nil {
				since[i] = j.Updated
			}
			if err := claim(j, by.worker, l.Now(), q.leaseTime(rules, by)); err != nil {
				return ErrNotWaiting
			}
			if err := pacing.Keep(j, l); err != nil {
				return err
			}
			if c.Probation == job.Clear && j.Ready.Probation == job.Suspect && q.sched.LivedThrough(job.MarkOf(j)) {
				j.Ready.Probation = job.Clear
			}
			j.Ready.Probation = max(j.Ready.Probation, c.Probation)
			return nil
		}}
	}
	return wishes, since
}

func (q *Queue) claim(ctx context.Context, by taker, picked []job.Candidate) ([]Claimed, error) {
	wishes, since := q.claims(ctx, by, picked)
	asked := time.Now()
	var changes []*protocol.Change
	var err error
	if by.ahead {
		changes, err = q.quietly(ctx, wishes)
	} else {
		changes, err = q.change(ctx, wishes...)
	}
	if err != nil {
		for _, c := range picked {
			q.veil.Lift(c.ID)
			q.sched.OwnerFull(c)
		}
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	claimed := make([]Claimed, 0, len(picked))
	var overdue []protocol.Timed
	for i, c := range changes {
		if c.Err != nil {
			q.veil.Lift(c.ID)
		}
		switch {
		case c.Err == nil:
			got := Claimed{Job: c.Job, Lease: c.Job.Ready.Lease, Input: c.Input}
			if since != nil {
				got.since = since[i]
			}
			q.granted(got, by, asked)
			if p := wishes[i].pacing; p != nil && p.Asked {
				q.sched.Paced(picked[i], p.Owed)
			}
			claimed = append(claimed, got)
		case errors.Is(c.Err, ErrNotWaiting), fault.Is(c.Err, fault.NotFound):
			q.sched.Ended(picked[i].Owner, picked[i].Tool, picked[i].ID)
		case errors.Is(c.Err, errOverdue):
			q.sched.Ended(picked[i].Owner, picked[i].Tool, picked[i].ID)
			overdue = append(overdue, protocol.Timed{ID: c.ID, Owner: picked[i].Owner})
		default:
			q.refused(picked[i], c.Err, wishes[i].pacing)
		}
	}
	if len(overdue) > 0 {
		if _, err := q.EndOverdue(ctx, overdue); err != nil { // the keeper ends them
			q.config.Log.WarnContext(ctx, "jobs without time for an attempt wait on", "err", err)
		}
	}
	return claimed, nil
}

// refused tells the scheduler why a candidate could not be claimed.
func (q *Queue) refused(c job.Candidate, why error, pacing *paced.Claim) {
	switch {
	case errors.Is(why, errToolLimit):
		q.sched.ToolFull(c)
	case errors.Is(why, paced.ErrTooSoon):
		q.sched.TooSoon(c, pacing.Owed)
	case errors.Is(why, paced.ErrSlotsFull):
		q.sched.SlotsFull(c)
	case errors.Is(why, errPaused):
		q.sched.Paused(c)
	default:
		q.sched.OwnerFull(c)
	}
}

// granted notes a claim that was made, and tells of its attempt if that begins.
func (q *Queue) granted(c Claimed, by taker, asked time.Time) {
	q.noteGrant(c, by.remote, asked)
	if !by.ahead {
		q.began(&c)
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
	g := q.grants[c.Job.ID]
	switch {
	case g == nil || !same(g.lease, c.Lease):
		cancel(ErrLeaseLost)
	case g.ended != nil:
		cancel(g.ended)
	default:
		g.stop, g.bound = cancel, true
	}
	return ctx, func() {
		cancel(context.Canceled)
		q.giveUp(c)
	}
}

// Wake returns a channel that receives when there may be something to claim.
func (q *Queue) Wake() <-chan struct{} { return q.sched.Wake() }

func (q *Queue) leaseTime(r ToolRules, by taker) time.Duration {
	if by.remote {
		return min(q.config.Lease, q.timeout(r))
	}
	return q.config.Lease
}

// begun tells clients of a claim whose attempt begins.
func (q *Queue) begun(c *Claimed) {
	if q.veil.Lift(c.Job.ID) {
		q.views.Publish(&c.Job)
		q.began(c)
	}
}

// began tells of the end of a job's wait, and the observer of the first one's.
func (q *Queue) began(c *Claimed) {
	j := &c.Job
	if q.config.Trace.On() {
		q.config.Trace.Waited(j, c.since, q.config.Now(), "")
	}
	if j.Attempt == 1 {
		q.config.Observer.Began(j.Tool, q.clock.Since(j.Created))
	}
}
