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

// idleLatency measures a job's time on an idle server, from before its
// submission until a client that asks without pause sees the success.
func idleLatency(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	took, err := idleTimes(ctx, b, s)
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for _, c := range []struct {
		name string
		q    float64
		most time.Duration
	}{{"p50", 0.5, 3 * time.Millisecond}, {"p99", 0.99, 15 * time.Millisecond}} {
		got := table.Quantile(took, c.q)
		l := table.Line{
			What: fmt.Sprintf("idle: submit to visible success, %d jobs, %s", b.Latencies, c.name),
			Ours: table.Millis(got), Result: table.Millis(got), Spread: table.Millis(slices.Min(took)) + " to " + table.Millis(slices.Max(took)),
		}
		lines = append(lines, l.Judged(got <= c.most, "≤ "+c.most.String()))
	}
	return lines, nil
}

// idleTimes are how long jobs took that were handed in one after the other.
func idleTimes(ctx context.Context, b *rig.Rig, s *rig.Server) (took []time.Duration, err error) {
	const warmUp = 20
	for i := range b.Latencies + warmUp {
		began := time.Now()
		id, err := s.SubmitOne(ctx)
		if err != nil {
			return nil, err
		}
		if err := s.Finished(ctx, id, 0); err != nil {
			return nil, err
		}
		if i >= warmUp {
			took = append(took, time.Since(began))
		}
	}
	return took, nil
}
