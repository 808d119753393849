package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"claimcheck/api"
)

const (
	eventsPause   = 2 * time.Second  // before a stream that has ended is opened anew, where it does not say
	eventsSilence = 45 * time.Second // the server sends a sign of life every 15 seconds
	maxFruitless  = 2                // streams in a row that bring nothing, before the client asks instead
	fullPause     = 500 * time.Millisecond
)

// Watch gives a job's status now and each time that it changes, until the job is
// finished: the last one says how it ended. It reads the server's event stream, goes
// on after the last event where that is cut off, and asks as [Client.Wait] does where
// streams do not get through. Changes that follow one another quickly may be told as
// one. What ends it early is given as the last error, ctx's cause too.
//
//	for s, err := range c.Watch(ctx, id) { ... }
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[api.Status, error] {
	return func(yield func(api.Status, error) bool) {
		w := &watch{c: c, id: id, yield: yield}
		w.run(ctx)
	}
}

// An Event is something that a job's event stream tells: the job's status has changed,
// or who does the work has said something.
type Event struct {
	Status *api.Status // nil: something was said
	api.JobWords
}

// Events gives what [Client.Watch] gives and, between the statuses, what those who do
// the work say while it goes on: at first what they have said so far, then each
// message, line of the log and piece of the output as it comes, once each, also where
// the stream is cut off and goes on. What another attempt says begins anew. Where
// streams do not get through, the statuses alone are given.
//
//	for e, err := range c.Events(ctx, id) { ... }
func (c *Client) Events(ctx context.Context, id string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		w := &watch{c: c, id: id}
		w.yield = func(s api.Status, err error) bool {
			if err != nil {
				return yield(Event{}, err)
			}
			return yield(Event{Status: &s}, nil)
		}
		w.hear = func(said api.JobWords) bool { return yield(Event{JobWords: said}, nil) }
		w.run(ctx)
	}
}

// Log gives the lines that a job's attempts have said, as far as they are kept.
func (c *Client) Log(ctx context.Context, id string) (api.JobLog, error) {
	var l api.JobLog
	if err := c.get(ctx, jobPath(id)+"/log", &l); err != nil {
		return l, asking(id, err)
	}
	return l, nil
}

// WatchFull is Watch with everything that is known of the job: its progress and its
// attempts are changes too, told twice a second at most.
func (c *Client) WatchFull(ctx context.Context, id string) iter.Seq2[Full, error] {
	return func(yield func(Full, error) bool) {
		polls(ctx, c.poller(jobPath(id)+"?view=full"), id, fullPause, func(f *Full) *api.Status { return &f.Status }, yield)
	}
}

// polls asks for a job and yields each answer that is another one, until the job is
// finished. It returns true.
func polls[T any](ctx context.Context, p *poller, id string, rest time.Duration, status func(*T) *api.Status, yield func(T, error) bool) bool {
	var none T
	p.look = true
	for {
		a, err := p.next(ctx)
		var seen T
		if err == nil && a.status != http.StatusNotModified {
			err = a.into(&seen)
		}
		if err != nil {
			yield(none, waiting(id, err))
			return true
		}
		s := status(&seen)
		if a.status != http.StatusNotModified && !yield(seen, nil) || finished(s.Status) {
			return true
		}
		p.pace(a, s.RetryAfter)
		p.pause = max(p.pause, rest)
	}
}

// A watch is one caller's view of a job by its event stream.
type watch struct {
	c     *Client
	id    string
	yield func(api.Status, error) bool
	hear  func(api.JobWords) bool // nil: what is said is of no interest
	last  api.Status
	seen  string // id of the last event
	retry time.Duration
	over  bool // the job is finished, or the caller has enough
}

func (w *watch) run(ctx context.Context) {
	if !w.follow(ctx) {
		w.over = polls(ctx, w.c.poller(jobPath(w.id)), w.id, 0, func(s *api.Status) *api.Status { return s }, w.tell)
	}
}

// said yields what an event that is no status says; others are passed over.
func (w *watch) said(ev *event) {
	var said api.JobWords
	switch ev.name {
	case "progress", "message", "log", "output":
		w.seen = ev.id
		if w.hear != nil && json.Unmarshal(ev.data, &said) == nil && !w.hear(said) {
			w.over = true
		}
	}
}

// tell yields a status, unless it was told already.
func (w *watch) tell(s api.Status, err error) bool {
	if err == nil && s.Status == w.last.Status && s.UpdatedAt == w.last.UpdatedAt && s.Message == w.last.Message && w.last.JobID != "" {
		return true
	}
	w.last = s
	return w.yield(s, err)
}

// follow reads streams until the watch is over, which it reports, or streams do not
// work here.
func (w *watch) follow(ctx context.Context) bool {
	w.retry = eventsPause
	for fruitless := 0; fruitless < maxFruitless; fruitless++ {
		before := w.seen
		if opened := w.stream(ctx); w.over || !opened {
			return w.over
		}
		if w.seen != before {
			fruitless = -1
		}
		if err := sleep(ctx, min(w.retry, w.c.maxPause)); err != nil {
			w.yield(api.Status{}, waiting(w.id, err))
			return true
		}
	}
	return false
}

// stream reads one stream to its end, and reports whether there was any.
func (w *watch) stream(ctx context.Context) (opened bool) {
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := w.open(own)
	if err != nil || resp == nil {
		return false
	}
	defer resp.Body.Close()
	quiet := time.AfterFunc(eventsSilence, cancel)
	defer quiet.Stop()
	r := &eventReader{r: bufio.NewReader(resp.Body), id: w.seen, alive: func() { quiet.Reset(eventsSilence) }}
	for {
		ev, err := r.next()
		if r.retry > 0 {
			w.retry = r.retry
		}
		if err != nil {
			return true
		}
		if ev.name != "status" {
			if w.said(&ev); w.over {
				return true
			}
			continue
		}
		var s api.Status
		if json.Unmarshal(ev.data, &s) != nil || s.JobID == "" {
			return false
		}
		w.seen = ev.id
		if !w.tell(s, nil) || finished(s.Status) {
			w.over = true
			return true
		}
	}
}

// open asks for the stream; there is none where resp is nil.
func (w *watch) open(ctx context.Context) (resp *http.Response, err error) {
	h := http.Header{"Accept": {"text/event-stream"}}
	if w.seen != "" {
		h.Set("Last-Event-ID", w.seen)
	}
	err = w.c.keepTrying(ctx, trial{again: true}, func() error {
		resp = nil
		req, err := w.c.request(ctx, &call{method: http.MethodGet, path: jobPath(w.id) + "/events", header: h})
		if err != nil {
			return err
		}
		r, err := w.c.calls.Do(req)
		if err != nil {
			return lost(err)
		}
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		if r.StatusCode == http.StatusOK && strings.EqualFold(strings.TrimSpace(kind), "text/event-stream") {
			w.c.reached.Store(true)
			resp = r
			return nil
		}
		a, err := whole(r, 0)
		if err != nil {
			return err
		}
		if a.status < http.StatusMultipleChoices || a.status == http.StatusTooManyRequests { // finished and seen, something else than a stream, or too many
			return nil
		}
		return a.failure()
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code != "" {
		return nil, fmt.Errorf("events of job %s: %w", w.id, err)
	}
	return resp, err
}
