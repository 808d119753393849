package queue

import (
	"context"
	"errors"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/admission"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Cancel asks for a job to be stopped. A waiting job is failed with CANCELED at
// once; a running one keeps its status until its attempt has ended, and an
// outcome recorded first wins, also one that is recorded meanwhile. Failures: those of Get, and Conflict
// JOB_FINISHED.
func (q *Queue) Cancel(ctx context.Context, owner string, id job.ID) (*view.Snapshot, error) {
	keep := q.KeptFor(ctx, owner)
	j, err := q.changeOne(ctx, id, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if err := theirs(j, owner, l); err != nil {
			return err
		}
		return CancelJob(j, keep, l)
	})
	if err != nil {
		return nil, err
	}
	if j.Status == job.Processing {
		q.Stop(id, j.Attempt, ErrCanceled)
	}
	snap, err := q.Get(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if snap.Job.Status.Final() && job.ErrorCode(snap.Job.Error) != codeCanceled {
		return nil, errFinished // its outcome was recorded first
	}
	return snap, nil
}

// theirs fails as Get does where a job has expired, also if its row was not swept
// yet, or is another owner's.
func theirs(j *job.Job, owner string, l protocol.Ledger) error {
	switch {
	case expired(j, l.Now()):
		return errNotFound
	case j.Owner != owner:
		return errDenied
	}
	return nil
}

// CancelJob is the decision to cancel a job, whose outcome is kept for so long.
// Failures: those of Get, and Conflict JOB_FINISHED.
func CancelJob(j *job.Job, keep time.Duration, l protocol.Ledger) error {
	switch {
	case expired(j, l.Now()):
		return errNotFound
	case j.Status.Final():
		return errFinished
	case j.Status == job.Queued:
		return fail(j, ErrCanceled, keep, l)
	}
	j.Ready.CancelRequested = true
	return nil
}

var errFinished = fault.New(fault.Conflict, "JOB_FINISHED", "The job is finished already; there is nothing to cancel.")

// errEnded is what jobs end with that an operator takes out of the queue.
var errEnded = fault.New(fault.Conflict, codeCanceled, "The job was canceled by the operator before it ended; it is not charged.")

// EndWaiting is the decision to end a job that waits, in an operator's name; its
// outcome is kept for so long, and its charge is given back. It fails with
// ErrNotWaiting if the job runs or is over.
func EndWaiting(j *job.Job, keep time.Duration, l protocol.Ledger) error {
	if j.Status != job.Queued {
		return ErrNotWaiting
	}
	j.Error, j.Output = ErrorJSON(errEnded), ""
	finish(j, job.Failed, errEnded.Code, l.Now(), keep)
	return admission.Refund(j, l)
}

// Delete removes an owner's job and its files; a running attempt is stopped
// and its result refused. Failures are those of Get.
func (q *Queue) Delete(ctx context.Context, owner string, id job.ID) error {
	attempt := 0
	made, err := q.change(ctx, wish{id: id, decide: func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if err := theirs(j, owner, l); err != nil {
			return err
		}
		attempt, c.Delete = j.Attempt, true
		return nil
	}})
	if err == nil {
		err = made[0].Err
	}
	if err != nil {
		return err
	}
	q.Stop(id, attempt, ErrLeaseLost)
	if err := q.config.Blobs.Remove(ctx, made[0].Files...); err != nil { // the job is gone all the same
		q.config.Log.WarnContext(ctx, "files left behind for the collector", "job", id.String(), "err", err)
	}
	return nil
}

// Retry submits a finished job's work again as a new job, which is charged
// like any other; of s.Terms it has the trace alone. An input that is a file must be copied by the caller before,
// under the new id, and its sum be in s: see package retry. A known idempotency key
// returns its answer, as in Submit. Failures: those of Get and Submit, and Conflict
// JOB_UNFINISHED.
func (q *Queue) Retry(ctx context.Context, s Spec, old job.ID) (job.Job, *protocol.Idempotency, error) {
	snap, err := q.Get(ctx, s.Owner, old)
	if err != nil {
		return job.Job{}, nil, err
	}
	from := &snap.Job
	if !from.Status.Final() {
		return job.Job{}, nil, fault.New(fault.Conflict, "JOB_UNFINISHED", "The job is not finished yet; only a finished job can be tried again.")
	}
	if from.Input.Where == job.Gone {
		return job.Job{}, nil, admission.InputGone()
	}
	trace := s.Terms.Trace
	s.Tool, s.Options, s.Metadata, s.Terms = from.Tool, from.Options, from.Metadata, from.Asked().Again()
	s.Terms.Trace, s.Group = trace, from.Group
	s.InputSize, s.InputAt, s.InputType = from.Input.Size, from.Input.Where, from.Input.Type
	if from.Input.InStore() {
		if s.Input, err = q.Input(ctx, old); err != nil && !fault.Is(err, fault.NotFound) {
			return job.Job{}, nil, err
		}
		s.InputSum = job.InputSum(s.Input)
	}
	return q.Submit(ctx, s)
}

// Canceled reports whether an error says that a client canceled the job.
func Canceled(err error) bool { return errors.Is(err, ErrCanceled) }
