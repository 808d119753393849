package queue

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Why a job waits (contract, section 6).
const (
	ReasonQueue      = "queue"
	ReasonOwnerLimit = "owner_limit"
	ReasonToolLimit  = "tool_limit"
	ReasonNoWorker   = "no_worker"
	ReasonBackoff    = "retry_backoff"
	ReasonScheduled  = "scheduled"
)

// A Wait is what can be told of an unfinished job.
type Wait struct {
	Reason   string // empty while it runs
	Position int64  // jobs that come before it, about
	Left     time.Duration
	Known    bool      // whether Left is known
	RunAt    time.Time // no attempt begins before it; zero: one may begin now
	Progress int       // percent, 0 while nothing is known
}

// WaitOf tells why an unfinished job is not finished and how long that may
// take. NotFound if it is finished by now.
func (q *Queue) WaitOf(ctx context.Context, j *job.Job) (Wait, error) {
	r, err := q.Store.Waiting(ctx, j.ID)
	if err != nil {
		return Wait{}, err
	}
	w := Wait{Progress: r.Progress}
	plan := q.PlanOf(ctx, j.Owner)
	w.Left, w.Known = q.Estimate(j, &plan)
	if j.Status == job.Processing {
		return w, nil
	}
	if q.rules(j.Tool).Unknown {
		return Wait{Reason: ReasonNoWorker}, nil
	}
	if pauseLeft(&r, q.Now()) > 0 {
		w.RunAt = r.RunAt
		w.Reason = ReasonScheduled
		if j.Attempt > 0 {
			w.Reason = ReasonBackoff
		}
		return w, nil
	}
	p := q.place(j)
	w.Reason, w.Position = ReasonQueue, p.ahead
	switch {
	case p.tool:
		w.Reason = ReasonToolLimit
	case p.full:
		w.Reason = ReasonOwnerLimit
	}
	return w, nil
}

// Progress records how far the current attempt has come, in percent. What was
// reached is never taken back, and nothing is written that changes nothing.
func (q *Queue) Progress(ctx context.Context, c Claimed, percent int) error {
	percent = min(max(percent, 0), 100)
	_, err := q.changeOne(ctx, &protocol.Change{ID: c.Job.ID, Decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		j.Ready.Progress = max(j.Ready.Progress, percent)
		j.Ready.Lease.Until = l.Now().Add(q.Lease) // of this process's attempts: see Renew
		return nil
	}})
	return err
}
