package rows

import (
	"context"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// sharedEndToEnd measures jobs from submission to recorded success, and River's
// no-op jobs beside it.
func sharedEndToEnd(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const least = 2000
	return onFresh(ctx, b, "api,worker", func(s *rig.Server, _ string) ([]table.Line, error) {
		l, err := b.SubmitLoad(s.Key)
		if err != nil {
			return nil, err
		}
		var ours, theirs []float64
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
			ours = append(ours, float64(after-before)/time.Since(began).Seconds())
			b.Say("  %d jobs in %s", after-before, time.Since(began).Round(time.Millisecond))
			before = after
			other, err := river(ctx, b)
			if err != nil {
				return nil, err
			}
			theirs = append(theirs, other.Jobs)
		}
		out := table.Line{
			What: fmt.Sprintf("PostgreSQL: submit to recorded success over HTTP, %d connections; beside it River's no-op jobs, already inserted", rig.Clients),
			Ours: table.Rate(table.Median(ours)), Other: table.Rate(table.Median(theirs)), Result: table.Rate(table.Median(ours)), Spread: table.Spread(ours),
		}
		return []table.Line{out.AtLeast(table.Median(ours), least)}, nil
	})
}
