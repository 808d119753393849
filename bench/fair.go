package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The measure of fairness: one owner hands in many jobs, then others one each.
const (
	fairJobs    = 100_000
	fairOthers  = 50
	fairWorkers = 8
	fairTook    = 5 * time.Millisecond // each job
	fairWindow  = 5 * time.Second      // in which finished jobs are counted
	fairEach    = 400                  // jobs of each other owner while they are counted
	sleeper     = "sleeper"
)

// slowTarget is somebody's service that takes a time for each request.
func slowTarget(ctx context.Context, took time.Duration) (url string, stop func() error, err error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start a target: %w", err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(took)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"ok":true}`)
	})}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), s.Close, nil
}

// serveTool starts the program with a configured tool.
func (b *bench) serveTool(ctx context.Context, target string, flags ...string) (*server, error) {
	return b.serveToolWith(ctx, target, "", flags...)
}

// serveToolWith is serveTool with more settings of the tool, each on a line.
func (b *bench) serveToolWith(ctx context.Context, target, settings string, flags ...string) (*server, error) {
	text := config + "tools:\n  - name: " + sleeper + "\n    target: " + target + "\n" + settings
	if err := os.WriteFile(b.configPath(), []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	s, err := b.serveNew(ctx, flags...)
	return s, errors.Join(err, b.writeConfig())
}

// keyOf makes a key of another owner while the server runs.
func (b *bench) keyOf(ctx context.Context, s *server, name string) (string, error) {
	key, err := exec.CommandContext(ctx, b.program, "keys", "create", "--owner", name, "--plan", plan, "--data", s.data).Output() //nolint:gosec // our own program
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return strings.TrimSpace(string(key)), nil
}

func (b *bench) keysOfOthers(ctx context.Context, s *server) (_ []string, err error) {
	keys := make([]string, fairOthers)
	for i := range keys {
		if keys[i], err = b.keyOf(ctx, s, fmt.Sprintf("owner-%d", i)); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// callTool hands a job in, and waits for its end if it is asked to.
func (s *server) callTool(ctx context.Context, key, prefer string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/"+sleeper+"-api", strings.NewReader("x"))
	if err != nil {
		return err
	}
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("Prefer", prefer)
	_, err = do(s.client, req)
	return err
}

// oneEach hands in one job for each key at once and returns how long each took.
func (s *server) oneEach(ctx context.Context, keys []string) ([]time.Duration, error) {
	took := make([]time.Duration, len(keys))
	return took, atOnce(len(keys), len(keys), func(i int) error {
		began := time.Now()
		err := s.callTool(ctx, keys[i], "respond-async, wait=25")
		took[i] = time.Since(began)
		return err
	})
}

// finishedIn counts jobs that end within the window, in a second.
func (s *server) finishedIn(ctx context.Context) (float64, error) {
	const name = `claimcheck_attempts_total{end="success",tool="` + sleeper + `"}`
	before, err := s.metric(ctx, name)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	time.Sleep(fairWindow)
	after, err := s.metric(ctx, name)
	return (after - before) / time.Since(began).Seconds(), err
}

// fairness measures how long fifty owners with one job each wait behind one with
// a hundred thousand, beside a queue that is first in, first out: within one
// owner ours is.
func fairness(ctx context.Context, b *bench) (_ []line, err error) {
	target, stopTarget, err := slowTarget(ctx, fairTook)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stopTarget()) }()
	s, err := b.serveTool(ctx, target, fmt.Sprintf("--workers=%d", fairWorkers))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	keys, err := b.keysOfOthers(ctx, s)
	if err != nil {
		return nil, err
	}
	if _, err = s.oneEach(ctx, keys); err != nil { // connections are there, keys are known
		return nil, err
	}
	idle, err := s.oneEach(ctx, keys)
	if err != nil {
		return nil, err
	}
	return b.behindALargeOne(ctx, s, keys, idle)
}

// behindALargeOne hands in the large owner's jobs and measures the others.
func (b *bench) behindALargeOne(ctx context.Context, s *server, keys []string, idle []time.Duration) ([]line, error) {
	jobs := fairJobs
	if b.stored < wholeRun.stored {
		jobs /= 10
	}
	b.say("  handing in %d jobs of one owner ...", jobs)
	err := atOnce(clients, jobs, func(int) error { return s.callTool(ctx, s.key, "respond-async") })
	if err != nil {
		return nil, err
	}
	fair, err := s.oneEach(ctx, keys)
	if err != nil {
		return nil, err
	}
	fifoRate, err := s.finishedIn(ctx)
	if err != nil {
		return nil, err
	}
	err = atOnce(clients, fairOthers*fairEach, func(i int) error { return s.callTool(ctx, keys[i%fairOthers], "respond-async") })
	if err != nil {
		return nil, err
	}
	fairRate, err := s.finishedIn(ctx)
	if err != nil {
		return nil, err
	}
	behind, err := s.metric(ctx, `claimcheck_jobs{state="queued",tool="`+sleeper+`"}`)
	if err != nil {
		return nil, err
	}
	fifo := time.Duration(behind / fifoRate * float64(time.Second))
	return fairLines(idle, fair, fifo, fairRate, fifoRate, jobs), nil
}

func fairLines(idle, fair []time.Duration, fifo time.Duration, fairRate, fifoRate float64, jobs int) []line {
	what := fmt.Sprintf("%d owners with one job each of %s behind one with %d, %d workers: ", fairOthers, fairTook, jobs, fairWorkers)
	ratio := float64(quantile(fair, 0.5)) / float64(quantile(idle, 0.5))
	p99 := quantile(fair, 0.99)
	share := fairRate / fifoRate
	return []line{
		line{
			what: what + "median wait", ours: millis(quantile(fair, 0.5)), other: millis(quantile(idle, 0.5)) + " idle; first in, first out (the backlog over its rate) " + fifo.Round(time.Second).String(),
			result: fmt.Sprintf("%.2f × idle", ratio),
		}.judged(ratio <= 2, "≤ 2 × idle"),
		line{what: "… p99", ours: millis(p99), other: millis(quantile(idle, 0.99)) + " idle", result: millis(p99)}.judged(p99 <= time.Second, "≤ 1 s"),
		line{
			what: fmt.Sprintf("… jobs finished a second, %d owners in turn, beside one owner's in order", fairOthers+1), ours: rate(fairRate), other: rate(fifoRate),
			result: fmt.Sprintf("%.2f", share),
		}.atLeast(share, 0.9),
	}
}
