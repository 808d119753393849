package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const maxAnswerBytes = 4 << 20 // the server's largest is a status with its result

// A call is one request to the API.
type call struct {
	method string
	path   string // with its query
	header http.Header
	in     *input // nil: none
	once   bool   // it must not be made again where the server may have heard it
	most   int64  // bytes of the answer; 0: maxAnswerBytes
}

// An answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// good are the statuses of answers that are no errors.
var good = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent, http.StatusNotModified}

// send makes a call, again where that is worth it, and returns its answer or,
// for a status that is no good one, an *Error.
func (c *Client) send(ctx context.Context, k *call) (*answer, error) {
	var a *answer
	err := c.keepTrying(ctx, trial{again: k.in.again(), once: k.once}, func() (err error) {
		a, err = c.once(ctx, k)
		return err
	})
	return a, err
}

// once makes a call once.
func (c *Client) once(ctx context.Context, k *call) (*answer, error) {
	req, err := c.request(ctx, k)
	if err != nil {
		return nil, err
	}
	if k.in != nil {
		takeBack, err := k.in.lend(req)
		if err != nil {
			return nil, err
		}
		defer takeBack()
	}
	resp, err := c.calls.Do(req)
	if err != nil {
		return nil, lost(err)
	}
	a, err := whole(resp, k.most)
	if err != nil {
		return nil, err
	}
	if slices.Contains(good, a.status) {
		if a.brokenOff() {
			return nil, lostError{error: fmt.Errorf("answer %d of the server breaks off after %d bytes", a.status, len(a.body))}
		}
		c.reached.Store(true)
		return a, nil
	}
	failure := a.failure()
	if !unreached(failure) {
		c.reached.Store(true)
	}
	return nil, failure
}

// request makes the request of a call, with the key.
func (c *Client) request(ctx context.Context, k *call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, k.method, c.base+k.path, nil)
	if err != nil {
		return nil, err
	}
	if k.header != nil {
		req.Header = k.header.Clone()
	}
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("User-Agent", c.agent)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	return req, nil
}

var errTooLarge = errors.New("the answer is too large")

// whole reads a response to its end and closes it.
func whole(resp *http.Response, most int64) (*answer, error) {
	defer resp.Body.Close()
	if most == 0 {
		most = maxAnswerBytes
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, lostError{error: fmt.Errorf("read answer: %w", err)}
	}
	if int64(len(body)) > most {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, most)
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// brokenOff reports whether the answer says that it is JSON and is none: where the
// end of the connection is that of the answer, as with HTTP/1.0, nothing else tells.
func (a *answer) brokenOff() bool {
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	return len(a.body) > 0 && strings.EqualFold(strings.TrimSpace(kind), "application/json") && !json.Valid(a.body)
}

// A lostError is the failure of a connection: the server may or may not have
// done what it was asked to.
type lostError struct {
	error

	unsent bool // there was no connection: the server has heard nothing
}

// Unwrap returns the cause.
func (l lostError) Unwrap() error { return l.error }

// lost is the failure of a request that was not answered. What is in the query of
// its address, such as the signature of a link, is left out.
func lost(err error) error {
	if sent, ok := errors.AsType[*url.Error](err); ok {
		if u, parseErr := url.Parse(sent.URL); parseErr == nil && (u.RawQuery != "" || u.User != nil) {
			u.RawQuery, u.User = "", nil
			err = &url.Error{Op: sent.Op, URL: u.String(), Err: sent.Err}
		}
	}
	op, ok := errors.AsType[*net.OpError](err)
	return lostError{error: err, unsent: ok && op.Op == "dial"}
}

// into decodes the body.
func (a *answer) into(v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("answer %d of the server: %w", a.status, err)
	}
	return nil
}

// get decodes what there is at a path.
func (c *Client) get(ctx context.Context, path string, into any) error {
	a, err := c.send(ctx, &call{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	return a.into(into)
}
