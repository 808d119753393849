package rows

import (
	"context"
	"fmt"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// sharedEndToEnd measures jobs from submission to recorded success, and River's
// no-op jobs beside it.
func sharedEndToEnd(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const least = 2000
	return onFresh(ctx, b, "api,worker", func(s *rig.Server, _ string) ([]table.Line, error) {
		var theirs []float64
		_, ours, err := throughput(ctx, b, s, func() error {
			other, err := river(ctx, b)
			theirs = append(theirs, other.Jobs)
			return err
		})
		if err != nil {
			return nil, err
		}
		out := table.Line{
			What: fmt.Sprintf("PostgreSQL: submit to recorded success over HTTP, %d connections; beside it River's no-op jobs, already inserted", rig.Clients),
			Ours: table.Rate(table.Median(ours)), Other: table.Rate(table.Median(theirs)), Result: table.Rate(table.Median(ours)), Spread: table.Spread(ours),
		}
		return []table.Line{out.AtLeast(table.Median(ours), least)}, nil
	})
}
