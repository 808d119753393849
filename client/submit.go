package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"claimcheck/api"
)

// Options belong to one submission. The zero value asks for nothing special.
type Options struct {
	// Headers are the tool's own options, for instance x-tab-space.
	Headers map[string]string
	// IdempotencyKey names the submission, 1 to 255 printable characters: the
	// same one within 24 hours gives the same job. Empty is a new random one.
	IdempotencyKey string
	// RequestID is a UUID that the result will carry. Empty leaves it to the
	// server.
	RequestID string
}

// Submit hands in work for a tool, for instance json-formatter, to be done as a
// job. It reads input from where it stands and does not close it. An input that
// is an [io.Seeker] is sent again if the connection is lost or the server asks
// to come back later; any other is sent once. A refusal is an *[Error].
func (c *Client) Submit(ctx context.Context, tool string, input io.Reader, o Options) (api.Accepted, error) {
	a, err := c.post(ctx, tool, input, o, "respond-async")
	if err != nil {
		return api.Accepted{}, fmt.Errorf("submit to %s: %w", tool, err)
	}
	return accepted(a)
}

// Run hands in work as Submit does and returns its result: at once, or, if the
// server makes a job of it, when that is finished. An *[Error] says why the work
// was refused or failed. Where ctx ends the waiting, the job goes on.
func (c *Client) Run(ctx context.Context, tool string, input io.Reader, o Options) (api.Result, error) {
	var result api.Result
	text, err := c.RunJSON(ctx, tool, input, o)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return result, fmt.Errorf("result of %s: %w", tool, err)
	}
	return result, nil
}

// RunJSON is Run for a tool that may answer JSON of its own: it returns the
// result as the tool wrote it.
func (c *Client) RunJSON(ctx context.Context, tool string, input io.Reader, o Options) (json.RawMessage, error) {
	a, err := c.post(ctx, tool, input, o, "")
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", tool, err)
	}
	if a.status != http.StatusAccepted {
		return a.body, nil
	}
	ticket, err := accepted(a)
	if err != nil {
		return nil, err
	}
	s, err := c.wait(ctx, ticket.JobID, c.hint(a, 0))
	if err == nil {
		err = Failure(s)
	}
	return s.Result, err
}

// ResultOf returns the result of a successful job, the *[Error] of a failed one.
// A job that is not finished is an error too.
func ResultOf(s api.Status) (api.Result, error) {
	var result api.Result
	if err := Failure(s); err != nil {
		return result, err
	}
	if s.Status != success {
		return result, fmt.Errorf("job %s is %s", s.JobID, s.Status)
	}
	if err := json.Unmarshal(s.Result, &result); err != nil {
		return result, fmt.Errorf("result of job %s: %w", s.JobID, err)
	}
	return result, nil
}

func (c *Client) post(ctx context.Context, tool string, input io.Reader, o Options, prefer string) (*answer, error) {
	h := http.Header{}
	for name, value := range o.Headers {
		h.Set(name, value)
	}
	h.Set("Content-Type", "application/octet-stream")
	if o.IdempotencyKey == "" {
		o.IdempotencyKey = rand.Text()
	}
	h.Set("Idempotency-Key", o.IdempotencyKey)
	if o.RequestID != "" {
		h.Set("X-Request-Id", o.RequestID)
	}
	if prefer != "" {
		h.Set("Prefer", prefer)
	}
	return c.send(ctx, http.MethodPost, "/"+url.PathEscape(tool)+"-api", h, newInput(input))
}

func accepted(a *answer) (api.Accepted, error) {
	var ticket api.Accepted
	if err := a.into(&ticket); err != nil {
		return ticket, err
	}
	if ticket.JobID == "" {
		return ticket, fmt.Errorf("answer %d of the server names no job", a.status)
	}
	return ticket, nil
}
