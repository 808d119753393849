package rows

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
	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// fixedHint is what our hint is compared with.
const fixedHint = 2 * time.Second

// A watchedJob is what two clients saw of one job: one obeys retry_after, the other
// asks every two seconds.
type watchedJob struct {
	ended             time.Time // as a long poll saw it
	polls, fixedPolls int
	seen, fixedSeen   time.Time
	err               error
}

// polling compares a client that only obeys retry_after with one that asks
// every two seconds, both watching the same jobs: short, middling and long ones
// on a free server, then a deep queue.
func polling(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	mixed := slices.Concat(slices.Repeat([]string{"100ms"}, 20), slices.Repeat([]string{"2s"}, 20), slices.Repeat([]string{"40s"}, 10))
	deep := slices.Repeat([]string{"1s"}, 60)
	free, err := pollingOn(ctx, b, "64", mixed, mixed)
	if err != nil {
		return nil, err
	}
	queued, err := pollingOn(ctx, b, "2", slices.Repeat([]string{"1s"}, 6), deep)
	if err != nil {
		return nil, err
	}
	return append(pollingLines("jobs of 0.1 s, 2 s and 40 s, free server", free), pollingLines("60 jobs of 1 s, 2 workers", queued)...), nil
}

// pollingOn watches jobs on a server that ran others like them before.
func pollingOn(ctx context.Context, b *rig.Rig, workers string, before, jobs []string) (_ []*watchedJob, err error) {
	program := filepath.Join(b.Dir, "claimcheck-testtools")
	if err := b.Build(ctx, program, "-tags=testtools"); err != nil {
		return nil, err
	}
	own := *b
	own.Program = program
	s, err := own.ServeNew(ctx, "--workers="+workers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := watchAll(ctx, s, before); err != nil {
		return nil, err
	}
	return watchAll(ctx, s, jobs)
}

// An order is one job that is handed in.
type order struct {
	tool, body string
	later      time.Duration // until it may begin
}

func watchAll(ctx context.Context, s *rig.Server, jobs []string) ([]*watchedJob, error) {
	orders := make([]order, len(jobs))
	for i, duration := range jobs {
		orders[i] = order{tool: "test-sleep", body: duration}
	}
	return watchOrders(ctx, s, orders)
}

func watchOrders(ctx context.Context, s *rig.Server, orders []order) ([]*watchedJob, error) {
	watches := make([]*watchedJob, len(orders))
	var all sync.WaitGroup
	for i, o := range orders {
		watches[i] = &watchedJob{}
		all.Go(func() { watches[i].err = watch(ctx, s, o, watches[i]) })
	}
	all.Wait()
	for _, w := range watches {
		if w.err != nil {
			return nil, w.err
		}
	}
	return watches, nil
}

func watch(ctx context.Context, s *rig.Server, o order, w *watchedJob) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/"+o.tool+"-api", strings.NewReader(o.body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("X-Api-Key", s.Key)
	req.Header.Set("Prefer", "respond-async")
	if o.later > 0 {
		req.Header.Set("X-Run-At", strconv.FormatInt(time.Now().Add(o.later).Unix(), 10))
	}
	a, err := rig.Do(s.Client, req)
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
	clients.Go(func() { w.ended, failures[0] = s.End(ctx, path) })
	clients.Go(func() {
		w.polls, w.seen, failures[1] = pollUntilEnd(ctx, s, path, first, func(is api.Status) time.Duration { return time.Duration(is.RetryAfter) * time.Second })
	})
	clients.Go(func() {
		w.fixedPolls, w.fixedSeen, failures[2] = pollUntilEnd(ctx, s, path, first, func(api.Status) time.Duration { return fixedHint })
	})
	clients.Wait()
	return errors.Join(failures...)
}

// pollUntilEnd waits before each question, the first one too: the ticket came
// with a hint of its own.
func pollUntilEnd(ctx context.Context, s *rig.Server, path string, first int, pause func(api.Status) time.Duration) (polls int, seen time.Time, err error) {
	is := api.Status{RetryAfter: first}
	for !rig.Over(is) {
		select {
		case <-ctx.Done():
			return polls, seen, ctx.Err()
		case <-time.After(pause(is)):
		}
		a, err := s.Get(ctx, path)
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

func pollingLines(what string, watches []*watchedJob) []table.Line {
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
	return []table.Line{
		table.Line{What: "polls per job, " + what, Ours: mean(polls), Other: mean(fixed) + " (every 2 s)", Result: fmt.Sprintf("%.2f", float64(polls)/float64(fixed))}.
			Judged(polls < fixed, "fewer"),
		table.Line{
			What: "end noticed after, " + what, Ours: table.Millis(late / time.Duration(n)), Other: table.Millis(fixedLate/time.Duration(n)) + " (every 2 s)",
			Result: fmt.Sprintf("%.2f", float64(late)/float64(fixedLate)),
		}.
			Judged(late <= fixedLate, "not later"),
	}
}
