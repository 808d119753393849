package earlier

import (
	"context"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// idleLatency is the time of a job on an idle server, from before its submission
// until a client that asks without pause sees the success.
var idleLatency = Row{
	Name: "idle latency", text: inMillis, less: true,
	about: func(b *rig.Rig) string {
		return fmt.Sprintf("idle: submit to visible success, %d jobs in a row, p50", b.Latencies)
	},
	open: func(ctx context.Context, b *build) (measure, error) {
		return func(ctx context.Context) (float64, int64, error) {
			var took []time.Duration
			for range b.Latencies {
				began := time.Now()
				id, err := b.server.SubmitOne(ctx)
				if err != nil {
					return 0, 0, err
				}
				if err := b.server.Finished(ctx, id, 0); err != nil {
					return 0, 0, err
				}
				took = append(took, time.Since(began))
			}
			return float64(table.Quantile(took, 0.5)), int64(len(took)), nil
		}, b.serve(ctx)
	},
}

func inMillis(nanoseconds float64) string { return table.Millis(time.Duration(nanoseconds)) }
