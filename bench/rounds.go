package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// A round is both servers under the same load, one after the other.
type round struct{ ours, other sample }

// A target is a server under a load.
type target struct {
	server *process
	load   load
}

// run loads the server for a time.
func (t target) run(ctx context.Context, d time.Duration) (sample, error) {
	before, err := t.server.cpu()
	if err != nil {
		return sample{}, err
	}
	s, err := t.load.run(ctx, t.server.url, d)
	if err != nil {
		return sample{}, err
	}
	after, err := t.server.cpu()
	s.cpu = (after - before) / time.Duration(s.requests)
	return s, err
}

// alternate loads two servers in turns. What the first second of each shows is
// not counted.
func (b *bench) alternate(ctx context.Context, ours, other target) ([]round, error) {
	for _, t := range []target{ours, other} {
		if _, err := t.run(ctx, time.Second); err != nil {
			return nil, err
		}
	}
	rounds := make([]round, b.rounds)
	for i := range rounds {
		var err error
		if rounds[i].ours, err = ours.run(ctx, b.round); err != nil {
			return nil, err
		}
		if rounds[i].other, err = other.run(ctx, b.round); err != nil {
			return nil, err
		}
		b.say("  round %d: %.0f/s and %.0f/s", i+1, rounds[i].ours.perSecond, rounds[i].other.perSecond)
	}
	return rounds, nil
}

// each returns one number of every round.
func each(rounds []round, f func(round) float64) []float64 {
	var all []float64
	for _, r := range rounds {
		all = append(all, f(r))
	}
	return all
}

// ratioLines says how many requests a second ours answers over the bare
// handler, and how long they took.
func ratioLines(what string, rounds []round, least float64) []line {
	perSecond := func(s sample) float64 { return s.perSecond }
	l := compared(what, rounds, perSecond, func(v float64) string { return fmt.Sprintf("%.0f/s", v) })
	if least > 0 {
		l = l.atLeast(median(ratios(rounds, perSecond)), least)
	}
	cpu := func(s sample) float64 { return float64(s.cpu) / float64(time.Microsecond) }
	return []line{l, latencyLine(rounds), compared("… server's processor time a request", rounds, cpu,
		func(v float64) string { return fmt.Sprintf("%.1f µs", v) })}
}

// compared says one number of both servers and the ratio.
func compared(what string, rounds []round, of func(sample) float64, text func(float64) string) line {
	all := ratios(rounds, of)
	return line{
		what:   what,
		ours:   text(median(each(rounds, func(r round) float64 { return of(r.ours) }))),
		other:  text(median(each(rounds, func(r round) float64 { return of(r.other) }))),
		result: fmt.Sprintf("%.2f", median(all)),
		spread: fmt.Sprintf("%.2f to %.2f", slices.Min(all), slices.Max(all)),
	}
}

// ratios returns a number of ours over the other's, round by round.
func ratios(rounds []round, of func(sample) float64) []float64 {
	return each(rounds, func(r round) float64 { return of(r.ours) / of(r.other) })
}

// latencyLine says how long the requests of the line above took.
func latencyLine(rounds []round) line {
	text := func(side func(round) sample) string {
		at := func(percentile func(sample) time.Duration) string {
			return millis(time.Duration(median(each(rounds, func(r round) float64 { return float64(percentile(side(r))) }))))
		}
		return at(func(s sample) time.Duration { return s.p50 }) + ", " + at(func(s sample) time.Duration { return s.p90 }) +
			", " + at(func(s sample) time.Duration { return s.p99 })
	}
	return line{
		what: "… its p50, p90, p99", ours: text(func(r round) sample { return r.ours }),
		other: text(func(r round) sample { return r.other }),
	}
}

// median returns the middle of some numbers, at least one.
func median(all []float64) float64 { return quantile(all, 0.5) }

// quantile returns the number that a share q of all are at most, the nearest
// one; there must be at least one.
func quantile[T cmp.Ordered](all []T, q float64) T {
	sorted := slices.Sorted(slices.Values(all))
	at := int(q*float64(len(sorted)-1) + 0.5)
	return sorted[at]
}
