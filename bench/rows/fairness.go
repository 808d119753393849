package rows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// The measure of fairness: one owner hands in many jobs, then others one each.
const (
	fairJobs    = 100_000
	fairOthers  = 50
	fairWorkers = 8
	fairTook    = 5 * time.Millisecond // each job
	fairWindow  = 5 * time.Second      // in which finished jobs are counted
	fairEach    = 400                  // jobs of each other owner while they are counted
)

func keysOfOthers(ctx context.Context, b *rig.Rig, s *rig.Server) (_ []string, err error) {
	keys := make([]string, fairOthers)
	for i := range keys {
		if keys[i], err = b.KeyOf(ctx, s, fmt.Sprintf("owner-%d", i)); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// oneEach hands in one job for each key at once and returns how long each took.
func oneEach(ctx context.Context, s *rig.Server, keys []string) ([]time.Duration, error) {
	took := make([]time.Duration, len(keys))
	return took, rig.AtOnce(len(keys), len(keys), func(i int) error {
		began := time.Now()
		err := s.CallTool(ctx, keys[i], "respond-async, wait=25")
		took[i] = time.Since(began)
		return err
	})
}

// finishedIn counts jobs that end within the window, in a second.
func finishedIn(ctx context.Context, s *rig.Server) (float64, error) {
	const name = `claimcheck_attempts_total{end="success",tool="` + rig.Sleeper + `"}`
	before, err := s.Metric(ctx, name)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	time.Sleep(fairWindow)
	after, err := s.Metric(ctx, name)
	return (after - before) / time.Since(began).Seconds(), err
}

// fairness measures how long fifty owners with one job each wait behind one with
// a hundred thousand, beside a queue that is first in, first out: within one
// owner ours is.
func fairness(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	target, stopTarget, err := rig.SlowTarget(ctx, fairTook)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stopTarget()) }()
	s, err := b.ServeTool(ctx, target, fmt.Sprintf("--workers=%d", fairWorkers))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	keys, err := keysOfOthers(ctx, b, s)
	if err != nil {
		return nil, err
	}
	if _, err = oneEach(ctx, s, keys); err != nil { // connections are there, keys are known
		return nil, err
	}
	idle, err := oneEach(ctx, s, keys)
	if err != nil {
		return nil, err
	}
	return behindALargeOne(ctx, b, s, keys, idle)
}

// behindALargeOne hands in the large owner's jobs and measures the others.
func behindALargeOne(ctx context.Context, b *rig.Rig, s *rig.Server, keys []string, idle []time.Duration) ([]table.Line, error) {
	jobs := fairJobs
	if b.Stored < rig.WholeRun.Stored {
		jobs /= 10
	}
	b.Say("  handing in %d jobs of one owner ...", jobs)
	err := rig.AtOnce(rig.Clients, jobs, func(int) error { return s.CallTool(ctx, s.Key, "respond-async") })
	if err != nil {
		return nil, err
	}
	fair, err := oneEach(ctx, s, keys)
	if err != nil {
		return nil, err
	}
	fifoRate, err := finishedIn(ctx, s)
	if err != nil {
		return nil, err
	}
	err = rig.AtOnce(rig.Clients, fairOthers*fairEach, func(i int) error { return s.CallTool(ctx, keys[i%fairOthers], "respond-async") })
	if err != nil {
		return nil, err
	}
	fairRate, err := finishedIn(ctx, s)
	if err != nil {
		return nil, err
	}
	behind, err := s.Metric(ctx, `claimcheck_jobs{state="queued",tool="`+rig.Sleeper+`"}`)
	if err != nil {
		return nil, err
	}
	fifo := time.Duration(behind / fifoRate * float64(time.Second))
	return fairLines(idle, fair, fifo, fairRate, fifoRate, jobs), nil
}

func fairLines(idle, fair []time.Duration, fifo time.Duration, fairRate, fifoRate float64, jobs int) []table.Line {
	what := fmt.Sprintf("%d owners with one job each of %s behind one with %d, %d workers: ", fairOthers, fairTook, jobs, fairWorkers)
	ratio := float64(table.Quantile(fair, 0.5)) / float64(table.Quantile(idle, 0.5))
	p99 := table.Quantile(fair, 0.99)
	share := fairRate / fifoRate
	return []table.Line{
		table.Line{
			What: what + "median wait", Ours: table.Millis(table.Quantile(fair, 0.5)), Other: table.Millis(table.Quantile(idle, 0.5)) + " idle; first in, first out (the backlog over its rate) " + fifo.Round(time.Second).String(),
			Result: fmt.Sprintf("%.2f × idle", ratio),
		}.Judged(ratio <= 2, "≤ 2 × idle"),
		table.Line{What: "… p99", Ours: table.Millis(p99), Other: table.Millis(table.Quantile(idle, 0.99)) + " idle", Result: table.Millis(p99)}.Judged(p99 <= time.Second, "≤ 1 s"),
		table.Line{
			What: fmt.Sprintf("… jobs finished a second, %d owners in turn, beside one owner's in order", fairOthers+1), Ours: table.Rate(fairRate), Other: table.Rate(fifoRate),
			Result: fmt.Sprintf("%.2f", share),
		}.AtLeast(share, 0.9),
	}
}
