package rows

import (
	"context"
	"fmt"
	"slices"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// sharedSubmit compares durable submissions over HTTP with River's library
// calls, in turns on the same cluster.
func sharedSubmit(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const least = 3000
	return onFresh(ctx, b, "api", func(s *rig.Server, _ string) ([]table.Line, error) {
		l, err := b.SubmitLoad(s.Key)
		if err != nil {
			return nil, err
		}
		var ours, theirs, ratios []float64
		for range b.Rounds {
			got, err := l.Run(ctx, s.URL, b.Round)
			if err != nil {
				return nil, err
			}
			other, err := river(ctx, b)
			if err != nil {
				return nil, err
			}
			ours, theirs, ratios = append(ours, got.PerSecond), append(theirs, other.Inserts), append(ratios, got.PerSecond/other.Inserts)
			b.Say("  %.0f submits/s, River %.0f", got.PerSecond, other.Inserts)
		}
		what := fmt.Sprintf("PostgreSQL: durable submit over HTTP, %d connections", rig.Clients)
		rates := table.Line{What: what, Ours: table.Rate(table.Median(ours)), Result: table.Rate(table.Median(ours)), Spread: table.Spread(ours)}
		ratio := table.Line{
			What: what + ", against River's transactional inserts", Ours: table.Rate(table.Median(ours)), Other: table.Rate(table.Median(theirs)),
			Result: fmt.Sprintf("%.2f", table.Median(ratios)), Spread: fmt.Sprintf("%.2f to %.2f", slices.Min(ratios), slices.Max(ratios)),
		}
		return []table.Line{rates.AtLeast(table.Median(ours), least), ratio.Judged(table.Median(ratios) >= 1, "≥ 1")}, nil
	})
}
