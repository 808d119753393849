// Package retry hands a finished job's work in again: as a new job, with the same
// input, charged like any other.
package retry

import (
	"context"
	"errors"
	"fmt"
	"io"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// A Retrier tries jobs again.
type Retrier struct {
	Queue *queue.Queue
	Blobs blob.Store
	Trace *trace.Tracer // nil: no spans are made
}

// Retry is queue.Retry, for inputs that are files too. The new job is accepted, or
// not, whatever becomes of ctx once its input is there.
func (r Retrier) Retry(ctx context.Context, s queue.Spec, old job.ID) (j job.Job, replay *protocol.Idempotency, err error) {
	snap, err := r.Queue.Get(ctx, s.Owner, old)
	if err != nil {
		return job.Job{}, nil, err
	}
	if r.Trace.On() {
		var span *trace.Span
		ctx, span = r.Trace.Submit(ctx, trace.Work{Tool: snap.Job.Tool, Owner: s.Owner, Job: s.ID, Queue: true, Group: snap.Job.Group, Again: snap.Job.TraceContext()})
		s.Terms.Trace = span.Kept()
		defer func() { span.End(err) }()
	}
	copied := snap.Job.Input.Where == job.InFile && snap.Job.Status.Final()
	if copied {
		if s.InputSum, err = r.copyInput(ctx, old, s.ID); err != nil {
			return job.Job{}, nil, err
		}
	}
	after := context.WithoutCancel(ctx)
	j, replay, err = r.Queue.Retry(after, s, old)
	if copied && (replay != nil || err != nil && !fault.OutcomeUnknown(err)) {
		err = errors.Join(err, r.Blobs.Remove(after, job.InputKey(s.ID)))
	}
	return j, replay, err
}

// copyInput gives a new job a copy of an old one's large input, so that each
// goes with its own job; it returns the input's sum.
func (r Retrier) copyInput(ctx context.Context, from, to job.ID) (sum int64, err error) {
	in, err := r.Blobs.Open(ctx, job.InputKey(from))
	if fault.Is(err, fault.NotFound) { // deleted meanwhile
		return 0, fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
	}
	if err != nil {
		return 0, fmt.Errorf("open input to copy: %w", err)
	}
	defer in.Close()
	w, err := r.Blobs.Create(ctx, job.InputKey(to))
	if err != nil {
		return 0, fmt.Errorf("copy input: %w", err)
	}
	defer w.Abort() // does nothing after Commit
	mark := job.NewInputSum()
	if _, err := io.Copy(io.MultiWriter(w, mark), in); err != nil {
		return 0, fmt.Errorf("copy input: %w", err)
	}
	if err := w.Commit(ctx); err != nil {
		return 0, fmt.Errorf("copy input: %w", err)
	}
	return int64(mark.Sum64()), nil //nolint:gosec // any 64 bits will do
}
