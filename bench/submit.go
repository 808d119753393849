package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// submitAccepting compares durable submissions with a bare handler that reads
// the body and writes the same ticket; nothing is worked on meanwhile.
func submitAccepting(ctx context.Context, b *bench) ([]line, error) {
	return b.submitRow(ctx, fmt.Sprintf("durable submit, %d connections", clients), noWorkers)
}

// submitWorking does the same while the workers run what was submitted.
func submitWorking(ctx context.Context, b *bench) ([]line, error) {
	return b.submitRow(ctx, fmt.Sprintf("durable submit, %d connections, workers running", clients))
}

func (b *bench) submitRow(ctx context.Context, what string, flags ...string) (_ []line, err error) {
	s, err := b.serveNew(ctx, flags...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	a, err := s.submit(ctx)
	if err != nil {
		return nil, err
	}
	other, err := compare(ctx, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.stop()) }()
	l, err := b.submitLoad(s.key)
	if err != nil {
		return nil, err
	}
	rounds, err := b.alternate(ctx, target{s.process, l}, target{other, l})
	if err != nil {
		return nil, err
	}
	return ratioLines(what, rounds, 0.25), nil
}

// endToEnd measures how many jobs a second go all the way from submission to
// their recorded success: jobs are handed in for a time, then the rest is
// waited for.
func endToEnd(ctx context.Context, b *bench) (_ []line, err error) {
	const least = 5000
	s, err := b.serveNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	l, err := b.submitLoad(s.key)
	if err != nil {
		return nil, err
	}
	var rates, counts []float64
	var before int64
	for range b.rounds {
		began := time.Now()
		if _, err := l.run(ctx, s.url, b.round); err != nil {
			return nil, err
		}
		after, err := s.drained(ctx)
		if err != nil {
			return nil, err
		}
		counts = append(counts, float64(after-before))
		rates = append(rates, float64(after-before)/time.Since(began).Seconds())
		b.say("  %d jobs in %s", after-before, time.Since(began).Round(time.Millisecond))
		before = after
	}
	out := line{
		what: fmt.Sprintf("submit to recorded success, %d connections, formatter, %d bytes, %.0f jobs", clients, len(input), median(counts)),
		ours: rate(median(rates)), result: rate(median(rates)),
		spread: fmt.Sprintf("%.0f to %.0f", slices.Min(rates), slices.Max(rates)),
	}
	return []line{out.atLeast(median(rates), least)}, nil
}

// idleLatency measures a job's time on an idle server, from before its
// submission until a client that asks without pause sees the success.
func idleLatency(ctx context.Context, b *bench) (_ []line, err error) {
	s, err := b.serveNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	const warmUp = 20
	var took []time.Duration
	for i := range b.latencies + warmUp {
		began := time.Now()
		id, err := s.submitOne(ctx)
		if err != nil {
			return nil, err
		}
		if err := s.finished(ctx, id, 0); err != nil {
			return nil, err
		}
		if i >= warmUp {
			took = append(took, time.Since(began))
		}
	}
	var lines []line
	for _, c := range []struct {
		name string
		q    float64
		most time.Duration
	}{{"p50", 0.5, 3 * time.Millisecond}, {"p99", 0.99, 15 * time.Millisecond}} {
		got := quantile(took, c.q)
		l := line{
			what: fmt.Sprintf("idle: submit to visible success, %d jobs, %s", b.latencies, c.name),
			ours: millis(got), result: millis(got), spread: millis(slices.Min(took)) + " to " + millis(slices.Max(took)),
		}
		lines = append(lines, l.judged(got <= c.most, "≤ "+c.most.String()))
	}
	return lines, nil
}
