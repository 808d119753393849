package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	pollers   = 32 // connections that ask for statuses
	tinyCache = "--cache-bytes=64KiB"
	noWorkers = "--workers=0"
)

// statusFinished compares polls of finished jobs, all in memory, with a bare
// handler.
func statusFinished(ctx context.Context, b *bench) (_ []line, err error) {
	s, err := b.serveNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	ids, err := s.submitMany(ctx, b.polled)
	if err != nil {
		return nil, err
	}
	if _, err := s.drained(ctx); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("status, %d finished jobs, %d connections", b.polled, pollers)
	return b.againstBare(ctx, s, what, ids, 0.90)
}

// statusUnfinished does the same with jobs that wait.
func statusUnfinished(ctx context.Context, b *bench) (_ []line, err error) {
	s, err := b.serveNew(ctx, noWorkers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	ids, err := s.submitMany(ctx, b.polled)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("status, %d unfinished jobs, %d connections", b.polled, pollers)
	return b.againstBare(ctx, s, what, ids, 0.90)
}

// againstBare compares polls of these jobs with a bare handler.
func (b *bench) againstBare(ctx context.Context, s *server, what string, ids []string, least float64) ([]line, error) {
	path, err := b.writeIDs("polled", ids)
	if err != nil {
		return nil, err
	}
	return b.fileAgainstBare(ctx, s, what, path, ids[0], least)
}

func (b *bench) fileAgainstBare(ctx context.Context, s *server, what, idFile, oneID string, least float64) (_ []line, err error) {
	a, err := s.get(ctx, "/jobs/"+oneID)
	if err != nil {
		return nil, err
	}
	other, err := compare(ctx, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.stop()) }()
	l, err := b.statusLoad("status", idFile, s.key, pollers)
	if err != nil {
		return nil, err
	}
	rounds, err := b.alternate(ctx, target{s.process, l}, target{other, l})
	if err != nil {
		return nil, err
	}
	return ratioLines(what, rounds, least), nil
}

// statusCold compares polls that each read the store with a bare handler.
func statusCold(ctx context.Context, b *bench) (_ []line, err error) {
	full, err := b.storedJobs(ctx, b.stored)
	if err != nil {
		return nil, err
	}
	s, err := b.serve(ctx, full.data, tinyCache)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	what := fmt.Sprintf("status, cold: random ones of %d stored jobs, %d connections", b.stored, pollers)
	return b.fileAgainstBare(ctx, s, what, full.idFile, full.oneID, 0.50)
}

// statusByNumber compares polls in a full store with polls in one with few
// jobs: with a tiny cache, with one that holds all jobs, and as delivered.
func statusByNumber(ctx context.Context, b *bench) ([]line, error) {
	const most = 1.2
	many, err := b.storedJobs(ctx, b.stored)
	if err != nil {
		return nil, err
	}
	few, err := b.storedJobs(ctx, b.few)
	if err != nil {
		return nil, err
	}
	var lines []line
	for _, c := range []struct {
		name, flag string
		warm       bool
	}{
		{"cold", tinyCache, false},
		{"all in memory", "--cache-bytes=8GiB", true},
		{"default cache", "--cache-bytes=32MiB", true},
	} {
		rounds, err := b.manyAndFew(ctx, many, few, c.flag, c.warm)
		if err != nil {
			return lines, err
		}
		p50 := func(s sample) float64 { return float64(s.p50) / float64(time.Millisecond) }
		what := fmt.Sprintf("status p50 with %d jobs over that with %d, %s", b.stored, b.few, c.name)
		l := compared(what, rounds, p50, func(v float64) string { return fmt.Sprintf("%.3f ms", v) })
		lines = append(lines, l.judged(median(ratios(rounds, p50)) <= most, fmt.Sprintf("≤ %v", most)))
	}
	return lines, nil
}

// manyAndFew compares two servers, one on each folder. If warm, every job was
// asked for before.
func (b *bench) manyAndFew(ctx context.Context, many, few folder, flag string, warm bool) (_ []round, err error) {
	big, err := b.serve(ctx, many.data, flag)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, big.stop()) }()
	small, err := b.serve(ctx, few.data, flag)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, small.stop()) }()
	bigLoad, err := b.statusLoad("many", many.idFile, big.key, pollers)
	if err != nil {
		return nil, err
	}
	smallLoad, err := b.statusLoad("few", few.idFile, small.key, pollers)
	if err != nil {
		return nil, err
	}
	if warm {
		if err := errors.Join(big.askAll(ctx, many.idFile), small.askAll(ctx, few.idFile)); err != nil {
			return nil, err
		}
	}
	return b.alternate(ctx, target{big.process, bigLoad}, target{small.process, smallLoad})
}
