package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/deadline"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

var (
	errNotDue  = errors.New("the job's deadline has not come")
	errOverdue = errors.New("the job's deadline has come")
)

// again ends a job that waits for its next attempt now, if there is no time for one;
// last is the code of the attempt before.
func (q *Queue) again(j *job.Job, last string, keep time.Duration, l protocol.Ledger) error {
	if j.Status != job.Queued {
		return nil
	}
	wait := time.Duration(0)
	if !j.Ready.RunAt.IsZero() {
		wait = max(j.Ready.RunAt.Sub(l.Now()), 0)
	}
	if e := q.judge.Hopeless(j, wait, last); e != nil {
		return fail(j, e, keep, l)
	}
	return nil
}

// EndOverdue ends those of some jobs whose deadline has come, or for whose next
// attempt there is no time any more, and returns how many. An attempt that runs has
// its context ended; its outcome is refused.
func (q *Queue) EndOverdue(ctx context.Context, due []protocol.Timed) (ended int, err error) {
	wishes, was, kept := make([]wish, len(due)), make([]job.Lease, len(due)), map[string]time.Duration{}
	for i, t := range due {
		keep, known := kept[t.Owner]
		if !known {
			keep = q.KeptFor(ctx, t.Owner)
			kept[t.Owner] = keep
		}
		wishes[i] = wish{id: t.ID, decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
			why := q.judge.Overdue(j)
			if why == nil && j.Status == job.Queued {
				why = q.judge.MustEnd(j)
			}
			if why == nil {
				return errNotDue
			}
			if j.Ready.CancelRequested { // its attempt has not stopped since
				why = ErrCanceled
			}
			was[i] = j.Ready.Lease
			return fail(j, why, keep, l)
		}}
	}
	changes, err := q.change(ctx, wishes...)
	if err != nil {
		return 0, fmt.Errorf("end %d jobs whose deadline has come: %w", len(due), err)
	}
	for i, c := range changes {
		if c.Err == nil {
			ended++
			q.endedBy(&c.Job, was[i], due[i])
		}
	}
	return ended, nil
}

// endedBy does what follows the end of a job by its deadline.
func (q *Queue) endedBy(j *job.Job, was job.Lease, due protocol.Timed) {
	if told := q.config.DeadlineMissed; told != nil {
		late := time.Duration(0)
		if !due.At.IsZero() {
			late = max(-q.judge.Times.Left(due.Created, due.At), 0)
		}
		told(j.Tool, job.ErrorCode(j.Error), late)
	}
	if !was.Taken() {
		return
	}
	q.config.Observer.AttemptEnded(j.Tool, "overdue")
	q.Stop(j.ID, was.Attempt, ErrLeaseLost)
	if remote(was.Worker) {
		q.drop(j.Owner, j.Tool, was)
	}
}

// StoppedBy returns the worker whose attempt was the current one when its job's
// deadline ended it, whose program may not know; empty if none was.
func (q *Queue) StoppedBy(ctx context.Context, id job.ID, attempt int) (worker string) {
	j, err := q.config.Store.Get(ctx, id)
	if err != nil {
		return ""
	}
	return deadline.Stopped(&j, attempt)
}
