package rows

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const (
	pollers   = 32 // connections that ask for statuses
	tinyCache = "--cache-bytes=64KiB"
	noWorkers = "--workers=0"
)

// statusFinished compares polls of finished jobs, all in memory, with a bare
// handler.
func statusFinished(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	ids, err := s.SubmitMany(ctx, b.Polled)
	if err != nil {
		return nil, err
	}
	if _, err := s.Drained(ctx); err != nil {
		return nil, err
	}
	what := fmt.Sprintf("status, %d finished jobs, %d connections", b.Polled, pollers)
	return againstBare(ctx, b, s, what, ids, 0.90)
}

// statusUnfinished does the same with jobs that wait.
func statusUnfinished(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx, noWorkers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	ids, err := s.SubmitMany(ctx, b.Polled)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("status, %d unfinished jobs, %d connections", b.Polled, pollers)
	return againstBare(ctx, b, s, what, ids, 0.90)
}

// againstBare compares polls of these jobs with a bare handler.
func againstBare(ctx context.Context, b *rig.Rig, s *rig.Server, what string, ids []string, least float64) ([]table.Line, error) {
	path, err := b.WriteIDs("polled", ids)
	if err != nil {
		return nil, err
	}
	return fileAgainstBare(ctx, b, s, what, path, ids[0], least)
}

func fileAgainstBare(ctx context.Context, b *rig.Rig, s *rig.Server, what, idFile, oneID string, least float64) (_ []table.Line, err error) {
	a, err := s.Get(ctx, "/jobs/"+oneID)
	if err != nil {
		return nil, err
	}
	other, err := rig.StartBare(ctx, a)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, other.Stop()) }()
	l, err := b.StatusLoad("status", idFile, s.Key, pollers)
	if err != nil {
		return nil, err
	}
	rounds, err := b.Alternate(ctx, rig.Target{Server: s.Process, Load: l}, rig.Target{Server: other, Load: l})
	if err != nil {
		return nil, err
	}
	return ratioLines(what, rounds, least), nil
}
