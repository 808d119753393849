package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// overhead measures what an HTTP tool costs beside calling its target directly,
// the target answering at once.
func overhead(ctx context.Context, b *bench) (_ []line, err error) {
	const most = 5 * time.Millisecond
	target, stopTarget, err := slowTarget(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stopTarget()) }()
	s, err := b.serveTool(ctx, target)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	direct, err := b.times(func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader("x"))
		if err != nil {
			return err
		}
		_, err = do(s.client, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	var lines []line
	for _, way := range []struct{ name, prefer string }{
		{"asynchronously, waited for", "respond-async, wait=25"}, {"synchronously", "wait=25"},
	} {
		took, err := b.times(func() error { return s.callTool(ctx, s.key, way.prefer) })
		if err != nil {
			return lines, err
		}
		more := quantile(took, 0.5) - quantile(direct, 0.5)
		l := line{
			what: fmt.Sprintf("HTTP tool %s, submit to success, %d jobs, p50", way.name, b.latencies), ours: millis(quantile(took, 0.5)),
			other: millis(quantile(direct, 0.5)) + " directly", result: millis(more) + " more",
			spread: millis(slices.Min(took)) + " to " + millis(slices.Max(took)),
		}
		lines = append(lines, l.judged(more <= most, "≤ "+most.String()))
	}
	return lines, nil
}

// times measures something again and again, the first times not counted.
func (b *bench) times(something func() error) ([]time.Duration, error) {
	const warmUp = 20
	var took []time.Duration
	for i := range b.latencies + warmUp {
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
