package queue

import (
	"context"
	"errors"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Cancel asks for a job to be stopped. A waiting job is failed with CANCELED at
// once; a running one keeps its status until its attempt has ended, and an
// outcome recorded first wins, also one that is recorded meanwhile. Failures: those of Get, and Conflict
// JOB_FINISHED.
func (q *Queue) Cancel(ctx context.Context, owner string, id job.ID) (*view.Snapshot, error) {
	keep := q.retention(ctx, owner)
	j, err := q.changeOne(ctx, id, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		switch {
		case j.Owner != owner:
			return errDenied
		case j.Status.Final() && !j.Expires.After(l.Now()):
			return errNotFound
		case j.Status.Final():
			return errFinished
		case j.Status == job.Queued:
			return fail(j, ErrCanceled, keep, l)
		}
		j.Ready.CancelRequested = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	if j.Status == job.Processing {
		q.stop(id, j.Attempt, ErrCanceled)
	}
	snap, err := q.Get(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if snap.Job.Status.Final() && codeOf(&snap.Job) != codeCanceled {
		return nil, errFinished // its outcome was recorded first
	}
	return snap, nil
}

var errFinished = fault.New(fault.Conflict, "JOB_FINISHED", "The job is finished already; there is nothing to cancel.")

// codeOf is the code of a failed job's error, empty for any other.
func codeOf(j *job.Job) string {
	if j.Status != job.Failed {
		return ""
	}
	return job.ErrorCode(j.Error)
}

// Delete removes an owner's job and its files; a running attempt is stopped
// and its result refused. Failures are those of Get.
func (q *Queue) Delete(ctx context.Context, owner string, id job.ID) error {
	attempt := 0
	made, err := q.change(ctx, wish{id: id, decide: func(c *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		if j.Owner != owner {
			return errDenied
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
	q.stop(id, attempt, ErrLeaseLost)
	if err := q.config.Blobs.Remove(ctx, made[0].Files...); err != nil { // the job is gone all the same
		q.config.Log.WarnContext(ctx, "files left behind for the collector", "job", id.String(), "err", err)
	}
	return nil
}

// Retry submits a finished job's work again as a new job, which is charged
// like any other. An input that is a file must be copied by the caller before,
// under the new id, and its sum be in s. Failures: those of Get and Submit, and Conflict
// JOB_UNFINISHED.
func (q *Queue) Retry(ctx context.Context, s Spec, old job.ID) (job.Job, error) {
	snap, err := q.Get(ctx, s.Owner, old)
	if err != nil {
		return job.Job{}, err
	}
	from := &snap.Job
	if !from.Status.Final() {
		return job.Job{}, fault.New(fault.Conflict, "JOB_UNFINISHED", "The job is not finished yet; only a finished job can be tried again.")
	}
	s.Tool, s.Options, s.Metadata = from.Tool, from.Options, from.Metadata
	s.InputSize, s.InputAt, s.InputType = from.Input.Size, from.Input.Where, from.Input.Type
	if from.Input.InStore() {
		if s.Input, err = q.Input(ctx, old); err != nil && !fault.Is(err, fault.NotFound) {
			return job.Job{}, err
		}
		s.InputSum = job.InputSum(s.Input)
	}
	j, _, err := q.Submit(ctx, s)
	return j, err
}

// Canceled reports whether an error says that a client canceled the job.
func Canceled(err error) bool { return errors.Is(err, ErrCanceled) }
