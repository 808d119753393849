package httptool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"claimcheck/internal/tool"
)

const (
	octets   = "application/octet-stream"
	jsonType = "application/json"
)

// request makes the request of one attempt.
func (t *Tool) request(ctx context.Context, c *tool.Call, in *input) (*http.Request, error) {
	var body io.Reader = in
	size, contentType := c.InputSize, c.InputType
	if contentType == "" {
		contentType = octets
	}
	if t.c.Mode == tool.JSON {
		text, err := t.notice(ctx, c)
		if err != nil {
			return nil, err
		}
		body, size, contentType = bytes.NewReader(text), int64(len(text)), jsonType
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.c.Target.String(), io.NopCloser(body))
	if err != nil {
		return nil, err
	}
	req.GetBody = nil // one attempt is one request: only the queue tries again
	req.ContentLength = size
	h := req.Header
	h.Set("Content-Type", contentType)
	if t.c.Mode == tool.Body {
		passOn(h, t.spec.Options, c.Options)
	}
	for name, values := range t.c.Secret {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("User-Agent", "claimcheck")
	h.Set("X-Request-Id", c.About.RequestID)
	h.Set("Idempotency-Key", c.About.JobID) // the same for each attempt: the work is to be done once
	h.Set("X-Claimcheck-Attempt", strconv.Itoa(c.About.Attempt))
	if d := t.deadlineOf(ctx, c); d != 0 {
		h.Set("X-Claimcheck-Deadline", strconv.FormatInt(d, 10))
	}
	trace, err := tool.NextSpan(c.About.TraceParent, c.About.RequestID, t.c.Random)
	if err != nil {
		return nil, err
	}
	h.Set("Traceparent", trace)
	return req, nil
}

// passOn sets the headers that are passed on: what the caller has sent, else the
// defaults that there are.
func passOn(h http.Header, options []tool.Option, values tool.Options) {
	for _, o := range options {
		if v := values[o.Header]; v != "" {
			h.Set(o.Header, v)
		}
	}
}

// notice is what an endpoint of mode JSON is told.
func (t *Tool) notice(ctx context.Context, c *tool.Call) ([]byte, error) {
	options := map[string]string{}
	for name, v := range c.Options {
		if v != "" {
			options[name] = v
		}
	}
	return json.Marshal(struct {
		JobID       string            `json:"job_id"`
		Attempt     int               `json:"attempt"`
		Options     map[string]string `json:"options"`
		InputURL    string            `json:"input_url"`
		CallbackURL string            `json:"callback_url"`
		Deadline    int64             `json:"deadline,omitempty"`
	}{
		c.About.JobID, c.About.Attempt, options,
		t.c.Links.InputURL(c.About.JobID, c.About.Attempt), t.c.Links.CallbackURL(c.About.JobID, c.About.Attempt),
		t.deadlineOf(ctx, c),
	})
}

// deadlineOf is by when a target is to be done, in Unix seconds, where the caller has
// said when it wants the job to be over: then, or when the attempt's own time is over
// if the target answers the call itself and that is sooner. 0 if it has not.
func (t *Tool) deadlineOf(ctx context.Context, c *tool.Call) int64 {
	d := c.About.Deadline
	if d.IsZero() {
		return 0
	}
	if end, ok := ctx.Deadline(); ok && t.c.Mode == tool.Body && end.Before(d) {
		d = end
	}
	return d.Unix()
}

var errOver = errors.New("the attempt is over")

// An input is what is sent; the transport may go on reading it after the answer
// has come.
type input struct {
	mu  sync.Mutex // guards the fields below
	r   io.Reader
	err error // of r, other than its end
}

// Read implements [io.Reader]; after end it fails.
func (i *input) Read(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.r == nil {
		return 0, errOver
	}
	n, err := i.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = err
	}
	return n, err
}

func (i *input) failed() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

func (i *input) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.r = nil
}
