package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// settleTime is how long a server is left alone before its memory is read.
const settleTime = 3 * time.Second

// idleMemory measures what a server that does nothing occupies, on an empty
// folder and on a full one.
func idleMemory(ctx context.Context, b *bench) ([]line, error) {
	const most = 40e6
	empty, err := b.newFolder()
	if err != nil {
		return nil, err
	}
	full, err := b.storedJobs(ctx, b.stored)
	if err != nil {
		return nil, err
	}
	var lines []line
	for _, c := range []struct{ name, data string }{
		{"empty folder", empty},
		{fmt.Sprintf("%d jobs stored", b.stored), full.data},
	} {
		resident, err := b.residentIdle(ctx, c.data)
		if err != nil {
			return lines, err
		}
		l := line{what: "idle memory, " + c.name, ours: megabytes(resident), result: megabytes(resident)}
		lines = append(lines, l.judged(resident < most, "< "+megabytes(most)))
	}
	return lines, nil
}

func (b *bench) residentIdle(ctx context.Context, data string) (bytes int64, err error) {
	p, err := b.start(ctx, data)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	time.Sleep(settleTime)
	return p.memory("VmRSS")
}

// startTime measures from the start of the process to its line "listening on"
// with many jobs stored.
func startTime(ctx context.Context, b *bench) ([]line, error) {
	const most = 300 * time.Millisecond
	full, err := b.storedJobs(ctx, b.stored)
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for range b.rounds {
		p, err := b.start(ctx, full.data)
		if err != nil {
			return nil, err
		}
		took = append(took, p.ready)
		if err := p.stop(); err != nil {
			return nil, err
		}
	}
	middle := quantile(took, 0.5)
	l := line{
		what: fmt.Sprintf("start to ready, %d jobs stored", b.stored), ours: millis(middle), result: millis(middle),
		spread: millis(slices.Min(took)) + " to " + millis(slices.Max(took)),
	}
	return []line{l.judged(middle < most, "< "+most.String())}, nil
}
