package rows

import (
	"context"
	"fmt"
	"slices"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// startTime measures from the start of the process to its line "listening on"
// with many jobs stored.
func startTime(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const most = 300 * time.Millisecond
	full, err := b.StoredJobs(ctx, b.Stored)
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for range b.Rounds {
		p, err := b.Start(ctx, full.Data)
		if err != nil {
			return nil, err
		}
		took = append(took, p.Ready)
		if err := p.Stop(); err != nil {
			return nil, err
		}
	}
	middle := table.Quantile(took, 0.5)
	l := table.Line{
		What: fmt.Sprintf("start to ready, %d jobs stored", b.Stored), Ours: table.Millis(middle), Result: table.Millis(middle),
		Spread: table.Millis(slices.Min(took)) + " to " + table.Millis(slices.Max(took)),
	}
	return []table.Line{l.Judged(middle < most, "< "+most.String())}, nil
}
