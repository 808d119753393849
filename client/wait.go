package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"claimcheck/api"
)

// The statuses of finished jobs.
const (
	success = "success"
	failed  = "failed"
)

// Status asks once for a job's status.
func (c *Client) Status(ctx context.Context, id string) (api.Status, error) {
	s, _, err := c.status(ctx, id, "")
	return s, err
}

// Wait asks for a job's status, as often as the server suggests, until the job is
// finished; whether well, [ResultOf] tells. When ctx ends the waiting, or the
// server cannot be asked, the error comes with the status last seen.
func (c *Client) Wait(ctx context.Context, id string) (api.Status, error) {
	return c.wait(ctx, id, 0)
}

// wait is Wait after a first pause.
func (c *Client) wait(ctx context.Context, id string, pause time.Duration) (api.Status, error) {
	var last api.Status
	var tag string
	for {
		if err := sleep(ctx, pause); err != nil {
			return last, fmt.Errorf("wait for job %s: %w", id, err)
		}
		s, a, err := c.status(ctx, id, tag)
		if err != nil {
			return last, err
		}
		if a.status != http.StatusNotModified {
			last, tag = s, a.header.Get("Etag")
		}
		if last.Status == success || last.Status == failed {
			return last, nil
		}
		pause = c.hint(a, last.RetryAfter)
	}
}

// status asks for the status if it is not the one that tag names.
func (c *Client) status(ctx context.Context, id, tag string) (api.Status, *answer, error) {
	h := http.Header{}
	if tag != "" {
		h.Set("If-None-Match", tag)
	}
	var s api.Status
	a, err := c.send(ctx, http.MethodGet, "/jobs/"+url.PathEscape(id), h, nil)
	if err == nil && a.status != http.StatusNotModified {
		err = a.into(&s)
	}
	if err != nil {
		return s, nil, fmt.Errorf("ask for job %s: %w", id, err)
	}
	return s, a, nil
}

// hint is how long to wait before the next question.
func (c *Client) hint(a *answer, inBody int) time.Duration {
	d := a.retryAfter(inBody)
	if d == 0 {
		d = unknownPause
	}
	return min(d, c.maxPause)
}
