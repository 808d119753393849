package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// cancelJob answers POST /jobs/{job_id}/cancel: 200 with the status, 202 while
// the attempt is still being stopped.
func (s *Server) cancelJob(c *Call) error {
	id, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	snap, err := c.Cancel(id)
	if err != nil {
		return err
	}
	code := http.StatusOK
	if !snap.Job.Status.Final() {
		code = http.StatusAccepted
	}
	s.writeStatus(c, snap, code)
	return nil
}

// deleteJob answers DELETE /jobs/{job_id}: 204 once the rows are gone.
func (s *Server) deleteJob(c *Call) error {
	id, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	if err := s.Queue.Delete(c.r.Context(), c.who.Key.Owner, id); err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}

// retryJob answers POST /jobs/{job_id}/retry: 202, a new job with the same
// input.
func (s *Server) retryJob(c *Call) error {
	old, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	ctx, owner := c.r.Context(), c.who.Key.Owner
	snap, err := s.Queue.Get(ctx, owner, old)
	if err != nil {
		return err
	}
	spec := queue.Spec{ID: s.Queue.NewID(), Owner: owner, Plan: c.plan.Plan, RequestID: c.id}
	inFile := snap.Job.Input.Where == job.InFile
	if inFile && snap.Job.Status.Final() {
		if spec.InputSum, err = s.copyInput(ctx, old, spec.ID); err != nil {
			return err
		}
	}
	j, err := s.Queue.Retry(context.WithoutCancel(ctx), spec, old)
	if err != nil {
		if inFile && !fault.OutcomeUnknown(err) {
			err = errors.Join(err, s.Blobs.Remove(context.WithoutCancel(ctx), job.InputKey(spec.ID)))
		}
		return err
	}
	c.accepted(dialect.Accepted{View: dialect.View{Job: &j}, RequestID: c.id})
	return nil
}

// copyInput gives a new job a copy of an old one's large input, so that each
// goes with its own job; it returns the input's sum.
func (s *Server) copyInput(ctx context.Context, from, to job.ID) (sum int64, err error) {
	r, err := s.Blobs.Open(ctx, job.InputKey(from))
	if fault.Is(err, fault.NotFound) { // deleted meanwhile
		return 0, fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
	}
	if err != nil {
		return 0, fmt.Errorf("open input to copy: %w", err)
	}
	defer r.Close()
	w, err := s.Blobs.Create(ctx, job.InputKey(to))
	if err != nil {
		return 0, fmt.Errorf("copy input: %w", err)
	}
	defer w.Abort() // does nothing after Commit
	mark := job.NewInputSum()
	if _, err := io.Copy(io.MultiWriter(w, mark), r); err != nil {
		return 0, fmt.Errorf("copy input: %w", err)
	}
	if err := w.Commit(ctx); err != nil {
		return 0, fmt.Errorf("copy input: %w", err)
	}
	return int64(mark.Sum64()), nil //nolint:gosec // any 64 bits will do
}
