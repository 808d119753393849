package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	maxAnswerBytes = 4 << 20 // the server's largest is a status with its result
	firstPause     = time.Second
	unknownPause   = 5 * time.Second // where an answer does not say how long
)

// An answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send makes a call, again where that is worth it, and returns its answer or,
// for a status of 400 and more, an *Error. A nil input is none.
func (c *Client) send(ctx context.Context, method, path string, header http.Header, in *input) (*answer, error) {
	var a *answer
	err := c.keepTrying(ctx, in.again(), func() (err error) {
		a, err = c.once(ctx, method, path, header, in)
		return err
	})
	return a, err
}

func (c *Client) once(ctx context.Context, method, path string, header http.Header, in *input) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header = header.Clone()
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "claimcheck-client")
	if in != nil {
		takeBack, err := in.lend(req)
		if err != nil {
			return nil, err
		}
		defer takeBack()
	}
	resp, err := c.calls.Do(req)
	if err != nil {
		return nil, lostError{err}
	}
	a, err := whole(resp)
	if err != nil {
		return nil, err
	}
	switch a.status {
	case http.StatusOK, http.StatusAccepted, http.StatusNotModified:
		return a, nil
	default:
		return nil, a.failure()
	}
}

// whole reads a response to its end and closes it.
func whole(resp *http.Response) (*answer, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	if err != nil {
		return nil, lostError{fmt.Errorf("read answer: %w", err)}
	}
	if len(body) > maxAnswerBytes {
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxAnswerBytes)
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// A lostError is the failure of a connection: the server may or may not have
// done what it was asked to.
type lostError struct{ error }

// Unwrap returns the cause.
func (l lostError) Unwrap() error { return l.error }

// keepTrying calls try until it succeeds, fails for good, or was called as often
// as allowed; between two calls it pauses as the server wishes.
func (c *Client) keepTrying(ctx context.Context, again bool, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || ctx.Err() != nil || !again || n >= c.tries {
			return err
		}
		pause, ok := c.pauseAfter(err, n)
		if !ok {
			return err
		}
		if ended := sleep(ctx, pause); ended != nil {
			return fmt.Errorf("%w, while waiting after: %w", ended, err)
		}
	}
}

// pauseAfter says how long to wait after the n-th failure, and whether another
// try is worth it: the server asked for it, or it was not the API that failed.
func (c *Client) pauseAfter(err error, n int) (pause time.Duration, again bool) {
	growing := min(firstPause<<min(n-1, 16), c.maxPause)
	var lost lostError
	var e *Error
	switch {
	case errors.As(err, &lost):
		return growing, true
	case !errors.As(err, &e):
		return 0, false
	case e.Code == "" && e.HTTPStatus >= http.StatusInternalServerError: // a proxy speaks for a server that is down
		return growing, true
	case e.HTTPStatus != http.StatusTooManyRequests && e.HTTPStatus != http.StatusServiceUnavailable:
		return 0, false
	case e.RetryAfter == 0:
		return min(unknownPause, c.maxPause), true
	default:
		return e.RetryAfter, e.RetryAfter <= c.maxPause
	}
}

// sleep returns ctx's cause if that is done earlier.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// into decodes the body.
func (a *answer) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("answer %d of the server: %w", a.status, err)
	}
	return nil
}

// retryAfter is what the header Retry-After says, else what the body said in
// seconds, else 0.
func (a *answer) retryAfter(inBody int) time.Duration {
	if n, err := strconv.ParseUint(a.header.Get("Retry-After"), 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	return time.Duration(max(inBody, 0)) * time.Second
}
