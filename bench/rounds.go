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
	url  string
	load load
}

// alternate loads two servers in turns. What the first second of each shows is
// not counted.
func (b *bench) alternate(ctx context.Context, ours, other target) ([]round, error) {
	for _, t := range []target{ours, other} {
		if _, err := t.load.run(ctx, t.url, time.Second); err != nil {
			return nil, err
		}
	}
	rounds := make([]round, b.rounds)
	for i := range rounds {
		var err error
		if rounds[i].ours, err = ours.load.run(ctx, ours.url, b.round); err != nil {
			return nil, err
		}
		if rounds[i].other, err = other.load.run(ctx, other.url, b.round); err != nil {
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

func oursRate(r round) float64  { return r.ours.perSecond }
func otherRate(r round) float64 { return r.other.perSecond }
func rateRatio(r round) float64 { return r.ours.perSecond / r.other.perSecond }

// ratioLines says how many requests a second ours answers over the bare
// handler, and how long they took.
func ratioLines(what string, rounds []round, least float64) []line {
	ratios := each(rounds, rateRatio)
	l := line{
		what: what, ours: rate(median(each(rounds, oursRate))), other: rate(median(each(rounds, otherRate))),
		result: fmt.Sprintf("%.2f", median(ratios)), spread: fmt.Sprintf("%.2f to %.2f", slices.Min(ratios), slices.Max(ratios)),
	}
	return []line{l.atLeast(median(ratios), least), percentileLine(rounds)}
}

// percentileLine says how long the requests of the line above took.
func percentileLine(rounds []round) line {
	text := func(of func(round) sample) string {
		at := func(p func(sample) time.Duration) time.Duration {
			return time.Duration(median(each(rounds, func(r round) float64 { return float64(p(of(r))) })))
		}
		return fmt.Sprintf("%s, %s, %s", millis(at(func(s sample) time.Duration { return s.p50 })),
			millis(at(func(s sample) time.Duration { return s.p90 })), millis(at(func(s sample) time.Duration { return s.p99 })))
	}
	return line{
		what: "… its p50, p90, p99",
		ours: text(func(r round) sample { return r.ours }), other: text(func(r round) sample { return r.other }),
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
