package httpapi

import (
	"context"
	"slices"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
)

// What follows is what webhooks tell, in the words of the plain dialect.

// canCall makes sure that there is a secret to sign an owner's calls with.
func (s *Server) canCall(ctx context.Context, owner string) error {
	_, err := s.Webhooks.Own(ctx, owner)
	return err
}

// JobBody is the status body of a finished job as GET /jobs/{job_id} answers
// it, its links fresh; without result, the member result is left out, and of an
// error what somebody else's server said.
func (s *Server) JobBody(j *job.Job, result bool) []byte {
	if j.Status == job.Success && !result {
		return append(plain.Head(j, 0), '}')
	}
	shown := *j
	if j.Status == job.Failed && !result {
		if f, err := dialect.FaultOf(j); err == nil { // else it is shown as it is stored
			f.Details = slices.DeleteFunc(f.Details, func(d fault.Detail) bool { return d.Name == tool.Upstream })
			shown.Error = queue.ErrorJSON(f)
		}
	}
	return plain.Words{}.Status(s.viewOf(&shown, s.Now()))
}

// ResultURL is where a job's result is asked for.
func (s *Server) ResultURL(id job.ID) string { return plain.StatusURL(s.PublicURL, id) + "/result" }
