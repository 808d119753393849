package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"claimcheck/api"
)

// fixedHint is what our hint is compared with.
const fixedHint = 2 * time.Second

// A watchedJob is what two clients saw of one job: one obeys retry_after, the other
// asks every two seconds.
type watchedJob struct {
	ended             time.Time // as a held poll saw it
	polls, fixedPolls int
	seen, fixedSeen   time.Time
	err               error
}

// polling compares a client that only obeys retry_after with one that asks
// every two seconds, both watching the same jobs: short, middling and long ones
// on a free server, then a deep queue.
func polling(ctx context.Context, b *bench) ([]line, error) {
	mixed := slices.Concat(slices.Repeat([]string{"100ms"}, 20), slices.Repeat([]string{"2s"}, 20), slices.Repeat([]string{"40s"}, 10))
	deep := slices.Repeat([]string{"1s"}, 60)
	free, err := b.pollingOn(ctx, "64", mixed, mixed)
	if err != nil {
		return nil, err
	}
	queued, err := b.pollingOn(ctx, "2", slices.Repeat([]string{"1s"}, 6), deep)
	if err != nil {
		return nil, err
	}
	return append(pollingLines("jobs of 0.1 s, 2 s and 40 s, free server", free), pollingLines("60 jobs of 1 s, 2 workers", queued)...), nil
}

// pollingOn watches jobs on a server that ran others like them before.
func (b *bench) pollingOn(ctx context.Context, workers string, before, jobs []string) (_ []*watchedJob, err error) {
	program := filepath.Join(b.dir, "claimcheck-testtools")
	if err := b.build(ctx, program, "-tags=testtools"); err != nil {
		return nil, err
	}
	own := *b
	own.program = program
	s, err := own.serveNew(ctx, "--workers="+workers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if _, err := s.watchAll(ctx, before); err != nil {
		return nil, err
	}
	return s.watchAll(ctx, jobs)
}

// An order is one job that is handed in.
type order struct {
	tool, body string
	later      time.Duration // until it may begin
}

func (s *server) watchAll(ctx context.Context, jobs []string) ([]*watchedJob, error) {
	orders := make([]order, len(jobs))
	for i, duration := range jobs {
		orders[i] = order{tool: "test-sleep", body: duration}
	}
	return s.watchOrders(ctx, orders)
}

func (s *server) watchOrders(ctx context.Context, orders []order) ([]*watchedJob, error) {
	watches := make([]*watchedJob, len(orders))
	var all sync.WaitGroup
	for i, o := range orders {
		watches[i] = &watchedJob{}
		all.Go(func() { watches[i].err = s.watch(ctx, o, watches[i]) })
	}
	all.Wait()
	for _, w := range watches {
		if w.err != nil {
			return nil, w.err
		}
	}
	return watches, nil
}

func (s *server) watch(ctx context.Context, o order, w *watchedJob) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/"+o.tool+"-api", strings.NewReader(o.body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("X-Api-Key", s.key)
	req.Header.Set("Prefer", "respond-async")
	if o.later > 0 {
		req.Header.Set("X-Run-At", strconv.FormatInt(time.Now().Add(o.later).Unix(), 10))
	}
	a, err := do(s.client, req)
	if err != nil {
		return err
	}
	var ticket api.Accepted
	if err := json.Unmarshal(a.Body, &ticket); err != nil {
		return fmt.Errorf("understand the ticket: %w", err)
	}
	path := "/jobs/" + ticket.JobID
	first, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil {
		return fmt.Errorf("understand Retry-After: %w", err)
	}
	var clients sync.WaitGroup
	failures := make([]error, 3)
	clients.Go(func() { w.ended, failures[0] = s.heldEnd(ctx, path) })
	clients.Go(func() {
		w.polls, w.seen, failures[1] = s.pollUntilEnd(ctx, path, first, func(is api.Status) time.Duration { return time.Duration(is.RetryAfter) * time.Second })
	})
	clients.Go(func() {
		w.fixedPolls, w.fixedSeen, failures[2] = s.pollUntilEnd(ctx, path, first, func(api.Status) time.Duration { return fixedHint })
	})
	clients.Wait()
	return errors.Join(failures...)
}

func over(is api.Status) bool { return is.Status == "success" || is.Status == "failed" }

// heldEnd sees the end of a job by held polls, within a millisecond or so.
func (s *server) heldEnd(ctx context.Context, path string) (time.Time, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
		if err != nil {
			return time.Time{}, fmt.Errorf("make request: %w", err)
		}
		req.Header.Set("X-Api-Key", s.key)
		req.Header.Set("Prefer", "wait=25")
		a, err := do(s.client, req)
		if err != nil {
			return time.Time{}, err
		}
		var is api.Status
		if err := json.Unmarshal(a.Body, &is); err != nil || over(is) {
			return time.Now(), err
		}
	}
}

// pollUntilEnd waits before each question, the first one too: the ticket came
// with a hint of its own.
func (s *server) pollUntilEnd(ctx context.Context, path string, first int, pause func(api.Status) time.Duration) (polls int, seen time.Time, err error) {
	is := api.Status{RetryAfter: first}
	for !over(is) {
		select {
		case <-ctx.Done():
			return polls, seen, ctx.Err()
		case <-time.After(pause(is)):
		}
		a, err := s.get(ctx, path)
		if err != nil {
			return polls, seen, err
		}
		polls, seen = polls+1, time.Now()
		if err := json.Unmarshal(a.Body, &is); err != nil {
			return polls, seen, fmt.Errorf("understand the status: %w", err)
		}
	}
	return polls, seen, nil
}

func pollingLines(what string, watches []*watchedJob) []line {
	var polls, fixed int
	var late, fixedLate time.Duration
	for _, w := range watches {
		polls += w.polls
		fixed += w.fixedPolls
		late += w.seen.Sub(w.ended)
		fixedLate += w.fixedSeen.Sub(w.ended)
	}
	n := len(watches)
	mean := func(polls int) string { return fmt.Sprintf("%.1f", float64(polls)/float64(n)) }
	return []line{
		line{what: "polls per job, " + what, ours: mean(polls), other: mean(fixed) + " (every 2 s)", result: fmt.Sprintf("%.2f", float64(polls)/float64(fixed))}.
			judged(polls < fixed, "fewer"),
		line{
			what: "end noticed after, " + what, ours: millis(late / time.Duration(n)), other: millis(fixedLate/time.Duration(n)) + " (every 2 s)",
			result: fmt.Sprintf("%.2f", float64(late)/float64(fixedLate)),
		}.
			judged(late <= fixedLate, "not later"),
	}
}
