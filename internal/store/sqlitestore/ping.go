package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	probeBytes = 64 << 10 // what a probe writes: about a job with its input
	probeEvery = time.Second

	sqlPutProbe  = "INSERT OR REPLACE INTO probe (one, data) VALUES (1, randomblob(?))"
	sqlDropProbe = "DELETE FROM probe"
)

// A probe is the last trial to write.
type probe struct {
	at  time.Time
	err error
}

// Ping fails with Unavailable when the store would refuse a write now. After a
// refused write it tries one of its own, at most once a second, so that the end
// of the trouble is seen without traffic.
func (s *Store) Ping(ctx context.Context) error {
	select {
	case <-s.queue.Closed():
		return fmt.Errorf("ping: %w", record.Stopping())
	default:
	}
	if s.down.Load() {
		return fmt.Errorf("ping: %w", record.Refused(nil))
	}
	if !s.failed.Load() {
		return nil
	}
	var p *probe
	select {
	case p = <-s.ping:
		defer func() { s.ping <- p }()
	case <-ctx.Done():
		return fmt.Errorf("ping: %w", ctx.Err())
	}
	if ago := s.o.Now().Sub(p.at); !p.at.IsZero() && ago >= 0 && ago < probeEvery {
		return p.err
	}
	err := s.probe(ctx)
	if ctx.Err() == nil || err == nil {
		p.at, p.err = s.o.Now(), err
	}
	return err
}

// probe writes as much as a job takes, which needs room in the log and in the
// file, and takes it away again.
func (s *Store) probe(ctx context.Context) error {
	err := s.write(ctx, "ping", true, func(t *tx) error {
		return t.run(sqlPutProbe, func(b *file.Binder) { b.Int(probeBytes) })
	})
	if err != nil {
		return err
	}
	return s.write(ctx, "ping", false, func(t *tx) error { return t.run(sqlDropProbe, nil) })
}
