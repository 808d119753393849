package rows

import (
	"context"
	"fmt"
	"slices"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// sharedIdle measures a job's time on an idle server.
func sharedIdle(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const most = 8 * time.Millisecond
	return onFresh(ctx, b, "api,worker", func(s *rig.Server, _ string) ([]table.Line, error) {
		took, err := idleTimes(ctx, b, s)
		if err != nil {
			return nil, err
		}
		middle := table.Quantile(took, 0.5)
		l := table.Line{
			What: fmt.Sprintf("PostgreSQL: idle, submit to visible success, %d jobs, p50", b.Latencies), Ours: table.Millis(middle), Result: table.Millis(middle),
			Spread: table.Millis(slices.Min(took)) + " to " + table.Millis(slices.Max(took)) + ", p99 " + table.Millis(table.Quantile(took, 0.99)),
		}
		return []table.Line{l.Judged(middle <= most, "≤ "+most.String())}, nil
	})
}
