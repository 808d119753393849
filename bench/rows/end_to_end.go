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
	l, err := b.SubmitLoad(s.Key)
	if err != nil {
		return nil, err
	}
	var rates, counts []float64
	var before int64
	for range b.Rounds {
		began := time.Now()
		if _, err := l.Run(ctx, s.URL, b.Round); err != nil {
			return nil, err
		}
		after, err := s.Drained(ctx)
		if err != nil {
			return nil, err
		}
		counts = append(counts, float64(after-before))
		rates = append(rates, float64(after-before)/time.Since(began).Seconds())
		b.Say("  %d jobs in %s", after-before, time.Since(began).Round(time.Millisecond))
		before = after
	}
	out := table.Line{
		What: fmt.Sprintf("submit to recorded success, %d connections, formatter, %d bytes, %.0f jobs", rig.Clients, len(rig.Input), table.Median(counts)),
		Ours: table.Rate(table.Median(rates)), Result: table.Rate(table.Median(rates)),
		Spread: fmt.Sprintf("%.0f to %.0f", slices.Min(rates), slices.Max(rates)),
	}
	return []table.Line{out.AtLeast(table.Median(rates), least)}, nil
}
