package rows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// endToEnd measures how many jobs a second go all the way from submission to
// their recorded success: jobs are handed in for a time, then the rest is
// waited for.
func endToEnd(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	const least = 5000
	s, err := b.ServeNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	counts, rates, err := throughput(ctx, b, s, func() error { return nil })
	if err != nil {
		return nil, err
	}
	out := table.Line{
		What: fmt.Sprintf("submit to recorded success, %d connections, formatter, %d bytes, %.0f jobs", rig.Clients, len(rig.Input), table.Median(counts)),
		Ours: table.Rate(table.Median(rates)), Result: table.Rate(table.Median(rates)),
		Spread: fmt.Sprintf("%.0f to %.0f", slices.Min(rates), slices.Max(rates)),
	}
	return []table.Line{out.AtLeast(table.Median(rates), least)}, nil
}

// throughput is, for each round, how many jobs went all the way, and how many a
// second; beside is measured after each.
func throughput(ctx context.Context, b *rig.Rig, s *rig.Server, beside func() error) (counts, rates []float64, err error) {
	l, err := b.SubmitLoad(s.Key)
	if err != nil {
		return nil, nil, err
	}
	var before int64
	for range b.Rounds {
		began := time.Now()
		if _, err := l.Run(ctx, s.URL, b.Round); err != nil {
			return nil, nil, err
		}
		after, err := s.Drained(ctx)
		if err != nil {
			return nil, nil, err
		}
		counts = append(counts, float64(after-before))
		rates = append(rates, float64(after-before)/time.Since(began).Seconds())
		b.Say("  %d jobs in %s", after-before, time.Since(began).Round(time.Millisecond))
		before = after
		if err := beside(); err != nil {
			return nil, nil, err
		}
	}
	return counts, rates, nil
}
