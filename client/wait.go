package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
)

// Wait waits until a job is finished; whether well, [ResultOf] tells. Its questions
// are left with the server until there is something new (see [WithLongPoll]); where
// that does not work, it asks as often as the server suggests. 429 and 503 are obeyed
// for as long as ctx lasts. When ctx ends the waiting, or the server cannot be asked,
// the error comes with the status last seen; the job goes on.
func (c *Client) Wait(ctx context.Context, id string) (api.Status, error) {
	return c.wait(ctx, id, 0)
}

// wait is Wait; the first question comes after a pause, unless it is a long poll.
func (c *Client) wait(ctx context.Context, id string, pause time.Duration) (api.Status, error) {
	var last api.Status
	p := c.poller(jobPath(id))
	if p.hold == 0 {
		p.pause = pause
	}
	for !finished(last.Status) {
		a, err := p.next(ctx)
		if err == nil && a.status != http.StatusNotModified {
			var seen api.Status // what is absent now was perhaps there before
			if err = a.into(&seen); err == nil {
				last = seen
			}
		}
		if err != nil {
			return last, waiting(id, err)
		}
		p.pace(a, last.RetryAfter)
	}
	return last, nil
}

func waiting(id string, err error) error { return fmt.Errorf("wait for job %s: %w", id, err) }

const (
	minHold    = 2 * time.Second // a shorter long poll is none
	soon       = time.Second     // what is answered sooner was not left with the server
	maxSkipped = 16              // plain questions before the next long poll
)

// A poller asks again and again for one thing: each question is left with the
// server until its answer is another one, where the server does that and nothing
// between cuts it off.
type poller struct {
	c     *Client
	path  string
	tag   string        // of the last answer
	hold  time.Duration // whole seconds; 0: questions are answered at once
	pause time.Duration // before the next question

	look          bool // the next question is answered at once, to know what there is
	skip, skipped int  // questions to be asked without waiting, and how many it was the last time
	took          time.Duration
	asked         time.Duration // for how long the last question was to be left with the server
}

func (c *Client) poller(path string) *poller {
	// A question that is held tells too late whether the server is there.
	return &poller{c: c, path: path, hold: c.longPoll, look: c.failFast && !c.reached.Load()}
}

// next returns the next answer, which is 304 where nothing has changed.
func (p *poller) next(ctx context.Context) (*answer, error) {
	if err := sleep(ctx, p.pause); err != nil {
		return nil, err
	}
	var a *answer
	err := p.c.keepTrying(ctx, trial{again: true, patient: true}, func() (err error) {
		a, err = p.ask(ctx)
		return err
	})
	if err == nil && a.header.Get("Etag") != "" {
		p.tag = a.header.Get("Etag")
	}
	return a, err
}

func (p *poller) ask(ctx context.Context) (*answer, error) {
	h := http.Header{}
	if p.tag != "" {
		h.Set("If-None-Match", p.tag)
	}
	p.asked = p.hold
	if p.skip > 0 || p.look {
		p.asked = 0
	}
	if p.asked > 0 {
		h.Set("Prefer", "wait="+strconv.Itoa(int(p.asked/time.Second)))
	}
	began := time.Now()
	a, err := p.c.once(ctx, &call{method: http.MethodGet, path: p.path, header: h})
	p.took = time.Since(began)
	if err != nil && ctx.Err() == nil {
		p.learn(err)
	}
	return a, err
}

// learn shortens long polls that something between cuts off, and does without for
// a while where the server has too many.
func (p *poller) learn(err error) {
	e, refused := errors.AsType[*Error](err)
	_, isLost := errors.AsType[lostError](err)
	switch {
	case p.asked == 0:
	case refused && e.Code != "" && e.HTTPStatus == http.StatusTooManyRequests:
		p.skipped = min(max(2*p.skipped, 1), maxSkipped)
		p.skip = p.skipped
	case (isLost || refused && e.Code == "" && e.HTTPStatus >= http.StatusInternalServerError) && p.took >= minHold:
		p.hold = (p.took / 2).Truncate(time.Second)
		if p.hold < minHold {
			p.hold = 0
		}
	}
}

// pace says when the next question comes, after an answer that was none to end
// with: at once if this one was left with the server.
func (p *poller) pace(a *answer, inBody int) {
	if p.look && p.hold > 0 {
		p.look, p.pause = false, 0
		return
	}
	p.skip = max(p.skip-1, 0)
	applied := strings.Contains(a.header.Get("Preference-Applied"), "wait")
	changed := a.status != http.StatusNotModified
	if p.asked > 0 && applied && (changed || p.took >= soon) {
		p.pause = 0
		return
	}
	p.pause = p.c.hint(a, inBody)
}

// hint is how long to wait before the next question.
func (c *Client) hint(a *answer, inBody int) time.Duration {
	d := a.retryAfter(inBody)
	if d == 0 {
		d = unknownPause
	}
	return min(d, c.maxPause)
}
