package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"claimcheck/api"
)

// The statuses of finished jobs.
const (
	success = "success"
	failed  = "failed"
)

// finished reports whether a job with this status stays as it is.
func finished(status string) bool { return status == success || status == failed }

// A Full is all that the server tells of a job: its Status and, beside that, tool,
// attempts, progress, why it waits and when it is kept until. Of two members with
// the name Status the outer one is the whole status, Full.Status.Status its word.
type Full struct {
	api.Status
	api.FullJob
}

// Get asks once for a job's status. An *[Error] with the code JOB_NOT_FOUND says
// that there is no such job, or no longer; FORBIDDEN that it is another owner's.
func (c *Client) Get(ctx context.Context, id string) (api.Status, error) {
	var s api.Status
	if err := c.get(ctx, jobPath(id), &s); err != nil {
		return s, asking(id, err)
	}
	return s, nil
}

// GetFull asks once for everything that is known of a job.
func (c *Client) GetFull(ctx context.Context, id string) (Full, error) {
	var f Full
	if err := c.get(ctx, jobPath(id)+"?view=full", &f); err != nil {
		return f, asking(id, err)
	}
	return f, nil
}

// Result returns the result of a successful job, byte for byte what the
// synchronous call would have answered. It does not wait: [ErrNotFinished] says
// that there is none yet. An *[Error] whose HTTPStatus is 0 says why the job
// failed, any other why the question was refused.
func (c *Client) Result(ctx context.Context, id string) (json.RawMessage, error) {
	a, err := c.send(ctx, &call{method: http.MethodGet, path: jobPath(id) + "/result"})
	switch e, refused := errors.AsType[*Error](err); {
	case err == nil && a.status == http.StatusOK:
		return a.body, nil
	case err == nil:
		return nil, fmt.Errorf("result of job %s: %w", id, ErrNotFinished)
	case !refused || e.Code == "" || slices.Contains(notOfJobs, e.HTTPStatus) || e.HTTPStatus >= http.StatusInternalServerError:
		return nil, fmt.Errorf("result of job %s: %w", id, err)
	}
	s, statusErr := c.Get(ctx, id) // tells whether it was the job that failed, or the question
	if statusErr == nil && Failure(s) != nil {
		return nil, Failure(s)
	}
	return nil, fmt.Errorf("result of job %s: %w", id, err)
}

// notOfJobs are statuses of refusals that no failed job has.
var notOfJobs = []int{http.StatusUnauthorized, http.StatusTooManyRequests}

// ResultOf returns the result of a successful job, the *[Error] of a failed one.
// A job that is not finished is an error too, [ErrNotFinished].
func ResultOf(s api.Status) (api.Result, error) {
	var result api.Result
	if err := Failure(s); err != nil {
		return result, err
	}
	if s.Status != success {
		return result, fmt.Errorf("job %s is %s: %w", s.JobID, s.Status, ErrNotFinished)
	}
	if err := json.Unmarshal(s.Result, &result); err != nil {
		return result, fmt.Errorf("result of job %s: %w", s.JobID, err)
	}
	return result, nil
}

func jobPath(id string) string { return "/jobs/" + url.PathEscape(id) }

func asking(id string, err error) error { return fmt.Errorf("ask for job %s: %w", id, err) }
