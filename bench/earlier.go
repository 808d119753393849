package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// How often and how long an earlier build takes turns with this one.
const (
	earlierRounds = 3
	earlierRound  = 15 * time.Second
)

// A rival is a build with flags that takes its turn.
type rival struct {
	name    string
	earlier bool
	flags   []string
}

// endToEndEarlier compares jobs from submission to recorded success with an
// earlier build of the program, each on a data folder of its own.
func endToEndEarlier(ctx context.Context, b *bench) ([]line, error) {
	return b.againstEarlier(ctx, "embedded store", func(build *bench, r rival) (*server, error) {
		return build.serveNew(ctx, r.flags...)
	}, rival{name: "this"})
}

// sharedEarlier does the same on databases of one cluster, and once more with
// four workers, as many as the earlier build takes by itself on few cores.
func sharedEarlier(ctx context.Context, b *bench) ([]line, error) {
	return b.againstEarlier(ctx, "PostgreSQL", func(build *bench, r rival) (*server, error) {
		db, err := build.database(ctx, "bench_"+r.name, false)
		if err != nil {
			return nil, err
		}
		return build.serveShared(ctx, db, "api,worker", r.flags...)
	}, rival{name: "this"}, rival{name: "four", flags: []string{"--workers=4"}})
}

// againstEarlier lets this build, as each of ours, and the earlier one take
// turns; without an earlier one there is nothing to measure.
func (b *bench) againstEarlier(ctx context.Context, store string, start func(*bench, rival) (*server, error), ours ...rival) (_ []line, err error) {
	if b.earlier == "" {
		b.say("  no --earlier program")
		return nil, nil
	}
	old := *b
	old.program = b.earlier
	rivals := append([]rival{{name: "earlier", earlier: true}}, ours...)
	servers, rates := make([]*server, len(rivals)), make([][]float64, len(rivals))
	for i, r := range rivals {
		build := b
		if r.earlier {
			build = &old
		}
		if servers[i], err = start(build, r); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, servers[i].stop()) }()
	}
	for range earlierRounds {
		for i, s := range servers {
			rate, err := endToEndRate(ctx, s)
			if err != nil {
				return nil, err
			}
			rates[i] = append(rates[i], rate)
			b.say("  %s: %.0f jobs/s", rivals[i].name, rate)
		}
	}
	var lines []line
	for i, r := range ours {
		lines = append(lines, earlierLine(store, r, rates[i+1], rates[0]))
	}
	return lines, nil
}

func earlierLine(store string, r rival, ours, earlier []float64) line {
	const least = 0.95
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / earlier[i]
	}
	what := fmt.Sprintf("%s: submitted, waited for and seen to succeed, %d clients, formatter, %d bytes, against an earlier build", store, clients, len(input))
	if len(r.flags) > 0 {
		what += ", " + strings.Join(r.flags, " ")
	}
	l := line{
		what: what, ours: rate(median(ours)), other: rate(median(earlier)), result: fmt.Sprintf("%.2f", median(ratios)),
		spread: fmt.Sprintf("%.2f to %.2f", slices.Min(ratios), slices.Max(ratios)),
	}
	return l.judged(median(ratios) >= least, fmt.Sprintf("≥ %.2f", least))
}

// endToEndRate is how many jobs a second clients see through that each hand in
// one, wait for its success and hand in the next: no backlog is left behind.
func endToEndRate(ctx context.Context, s *server) (float64, error) {
	var done atomic.Int64
	began := time.Now()
	err := atOnce(clients, clients, func(int) error {
		for time.Since(began) < earlierRound {
			id, err := s.submitOne(ctx)
			if err != nil {
				return err
			}
			if _, err := s.heldEnd(ctx, "/jobs/"+id); err != nil {
				return err
			}
			done.Add(1)
		}
		return nil
	})
	return float64(done.Load()) / time.Since(began).Seconds(), err
}
