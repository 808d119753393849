package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

const (
	firstPause   = time.Second
	unknownPause = 5 * time.Second // where an answer does not say how long
)

// A trial says what may be made again.
type trial struct {
	again   bool // it can be: its input is still there
	once    bool // not where the server may have heard it
	patient bool // 429 and 503 are obeyed for as long as the context lasts
}

// keepTrying calls try until it succeeds, fails for good, or was called as often
// as allowed; between two calls it pauses as the server wishes.
func (c *Client) keepTrying(ctx context.Context, t trial, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || ctx.Err() != nil || !t.again || c.failFast && !c.reached.Load() && unreached(err) {
			return err
		}
		pause, worth := c.pauseAfter(err, n, t.once)
		if t.patient && c.tries > 1 && asked(err) {
			n = 0
		}
		if !worth || n >= c.tries {
			return err
		}
		if c.paused != nil {
			c.paused(err, pause)
		}
		if ended := sleep(ctx, pause); ended != nil {
			return fmt.Errorf("%w, while waiting after: %w", ended, err)
		}
	}
}

// asked reports whether the server itself has asked for a pause.
func asked(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code != "" && (e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusServiceUnavailable)
}

// unreached reports whether it was not the API that has failed, but the way to it.
func unreached(err error) bool {
	if _, isLost := errors.AsType[lostError](err); isLost {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == "" && e.HTTPStatus >= http.StatusInternalServerError
}

// pauseAfter says how long to wait after the n-th failure, and whether another
// try is worth it: the server asked for it, or it was not the API that failed.
func (c *Client) pauseAfter(err error, n int, once bool) (pause time.Duration, again bool) {
	growing := min(firstPause<<min(n-1, 16), c.maxPause)
	if l, ok := errors.AsType[lostError](err); ok {
		return growing, !once || l.unsent
	}
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return 0, false
	case e.Code == "" && e.HTTPStatus >= http.StatusInternalServerError: // a proxy speaks for a server that is down
		return cmp.Or(e.RetryAfter, growing), !once && e.RetryAfter <= c.maxPause
	case e.HTTPStatus != http.StatusTooManyRequests && e.HTTPStatus != http.StatusServiceUnavailable:
		return 0, false
	case once && e.Outcome != "":
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

// retryAfter is what the header Retry-After says (RFC 9110, section 10.2.3: seconds
// or a date), else what the body said in seconds, else 0. A date is taken by the
// clock of who sent it.
func (a *answer) retryAfter(inBody int) time.Duration {
	field := a.header.Get("Retry-After")
	if n, err := strconv.ParseUint(field, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, math.MaxInt32)) * time.Second
	}
	if at, err := http.ParseTime(field); err == nil {
		now, err := http.ParseTime(a.header.Get("Date"))
		if err != nil {
			now = time.Now()
		}
		return max(at.Sub(now), 0)
	}
	return time.Duration(max(inBody, 0)) * time.Second
}
