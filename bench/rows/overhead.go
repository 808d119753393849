package rows

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// overhead measures what an HTTP tool costs beside calling its target directly,
// the target answering at once.
func overhead(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	const most = 5 * time.Millisecond
	target, stopTarget, err := rig.SlowTarget(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stopTarget()) }()
	s, err := b.ServeTool(ctx, target)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	direct, err := times(b, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader("x"))
		if err != nil {
			return err
		}
		_, err = rig.Do(s.Client, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for _, way := range []struct{ name, prefer string }{
		{"asynchronously, waited for", "respond-async, wait=25"}, {"synchronously", "wait=25"},
	} {
		took, err := times(b, func() error { return s.CallTool(ctx, s.Key, way.prefer) })
		if err != nil {
			return lines, err
		}
		more := table.Quantile(took, 0.5) - table.Quantile(direct, 0.5)
		l := table.Line{
			What: fmt.Sprintf("HTTP tool %s, submit to success, %d jobs, p50", way.name, b.Latencies), Ours: table.Millis(table.Quantile(took, 0.5)),
			Other: table.Millis(table.Quantile(direct, 0.5)) + " directly", Result: table.Millis(more) + " more",
			Spread: table.Millis(slices.Min(took)) + " to " + table.Millis(slices.Max(took)),
		}
		lines = append(lines, l.Judged(more <= most, "≤ "+most.String()))
	}
	return lines, nil
}

// times measures something again and again, the first times not counted.
func times(b *rig.Rig, something func() error) ([]time.Duration, error) {
	const warmUp = 20
	var took []time.Duration
	for i := range b.Latencies + warmUp {
		began := time.Now()
		if err := something(); err != nil {
			return nil, err
		}
		if i >= warmUp {
			took = append(took, time.Since(began))
		}
	}
	return took, nil
}
