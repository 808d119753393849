package httpapi

import (
	"net/http"

	"claimcheck/internal/dialect"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/retry"
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
	if err := c.Delete(id); err != nil {
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
	if len(c.who.Key.Tools) > 0 {
		snap, err := c.Get(old)
		if err == nil {
			err = c.MayCall(snap.Job.Tool)
		}
		if err != nil {
			return err
		}
	}
	spec := queue.Spec{ID: s.Queue.NewID(), Owner: c.who.Key.Owner, Plan: c.plan.Plan, RequestID: c.id}
	j, _, err := retry.Retrier{Queue: s.Queue, Blobs: s.Blobs, Trace: s.Trace}.Retry(c.r.Context(), spec, old)
	if err != nil {
		return err
	}
	c.sendJSON(c.accepted(dialect.Accepted{View: dialect.View{Job: &j}, RequestID: c.id}))
	return nil
}
