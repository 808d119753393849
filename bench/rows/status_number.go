package rows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// statusByNumber compares polls in a full store with polls in one with few
// jobs: with a tiny cache, with one that holds all jobs, and as delivered.
func statusByNumber(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const most = 1.2
	many, err := b.StoredJobs(ctx, b.Stored)
	if err != nil {
		return nil, err
	}
	few, err := b.StoredJobs(ctx, b.Few)
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for _, c := range []struct {
		name, flag string
		warm       bool
	}{
		{"cold", tinyCache, false},
		{"all in memory", "--cache-bytes=8GiB", true},
		{"default cache", "--cache-bytes=32MiB", true},
	} {
		rounds, err := manyAndFew(ctx, b, many, few, c.flag, c.warm)
		if err != nil {
			return lines, err
		}
		p50 := func(s rig.Sample) float64 { return float64(s.P50) / float64(time.Millisecond) }
		what := fmt.Sprintf("status p50 with %d jobs over that with %d, %s", b.Stored, b.Few, c.name)
		l := compared(what, rounds, p50, func(v float64) string { return fmt.Sprintf("%.3f ms", v) })
		lines = append(lines, l.Judged(table.Median(ratios(rounds, p50)) <= most, fmt.Sprintf("≤ %v", most)))
	}
	return lines, nil
}

// manyAndFew compares two servers, one on each folder. If warm, every job was
// asked for before.
func manyAndFew(ctx context.Context, b *rig.Rig, many, few rig.Folder, flag string, warm bool) (_ []rig.Round, err error) {
	big, err := b.Serve(ctx, many.Data, flag)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, big.Stop()) }()
	small, err := b.Serve(ctx, few.Data, flag)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, small.Stop()) }()
	bigLoad, err := b.StatusLoad("many", many.IDFile, big.Key, pollers)
	if err != nil {
		return nil, err
	}
	smallLoad, err := b.StatusLoad("few", few.IDFile, small.Key, pollers)
	if err != nil {
		return nil, err
	}
	if warm {
		if err := errors.Join(big.AskAll(ctx, many.IDFile), small.AskAll(ctx, few.IDFile)); err != nil {
			return nil, err
		}
	}
	return b.Alternate(ctx, rig.Target{Server: big.Process, Load: bigLoad}, rig.Target{Server: small.Process, Load: smallLoad})
}
