package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/group"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

// An operation is what a call asks of the writers, in parts that each happen
// wholly or not at all.
type operation interface {
	group.Operation
	// want says what its decisions will need.
	want(w *unit.Wants)
	// apply decides part i and notes what follows. It may be called again after
	// the transaction was undone, and must not show results before Settle.
	apply(u *unit.Unit, i int) error
	// Settle is told after the commit (nil), or why nothing of part i was
	// written: by its own decision (refused), or because of the store's trouble.
	Settle(i int, err error, refused bool)
}

type part = group.Part[operation]

// write serves groups until the store is closed.
func (s *Store) write() {
	var g group.Group[operation]
	for s.queue.Take(context.Background(), &g) == nil { // Close ends it
		began := time.Now()
		group.Write(g.Parts, s.attempt, s.settle)
		g.Answer()
		if s.o.OnBatch != nil {
			s.o.OnBatch(len(g.Parts), time.Since(began))
		}
	}
}

// attempt does the parts in one transaction.
func (s *Store) attempt(parts []part) (group.Verdict, error) {
	ctx, done := s.db.Patience()
	defer done()
	return s.unitOf(ctx, func(u *unit.Unit) error {
		var w unit.Wants
		for _, p := range parts {
			if p.I == 0 || len(parts) == 1 {
				p.Op.want(&w)
			}
		}
		if err := u.Load(w); err != nil {
			return err
		}
		for i := range parts {
			p := &parts[i]
			u.Ledger.Begin()
			p.Err = p.Op.apply(u, p.I)
			if u.Broken != nil {
				return u.Broken
			}
			if p.Err == nil {
				u.Ledger.Keep()
			}
		}
		return nil
	})
}

// settle tells the parts how their transaction ended.
func (s *Store) settle(parts []part, v group.Verdict, cause error) {
	for i := range parts {
		p := &parts[i]
		p.Wrote = true // if one part did; which is not noted
		refused, err := record.Settle(p, v, cause, writeFailure)
		if v != group.Kept {
			s.db.Wrote(err)
		}
		p.Op.Settle(p.I, err, refused)
	}
}

// task does something rare in a transaction of its own, with these owners
// locked; what says what is being done. f may be called again after its
// transaction was undone.
func (s *Store) task(ctx context.Context, what string, owners []string, f func(*unit.Unit) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.db.Check(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.takeTask(ctx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { <-s.tasks }()
	v, err := s.unitOf(ctx, func(u *unit.Unit) error {
		if err := u.LoadOwners(owners, nil); err != nil {
			return err
		}
		u.Wrote = true
		if err := f(u); err != nil {
			return err
		}
		u.Ledger.Keep()
		return nil
	})
	switch {
	case v == group.Kept:
		return nil
	case ctx.Err() != nil && v != group.Doubted:
		err = ctx.Err()
	case v == group.Doubted:
		err = record.Unknown(err)
	case v == group.Undone:
		err = writeFailure(err)
	default:
		err = record.Refused(err)
	}
	if ctx.Err() == nil {
		s.db.Wrote(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unitOf runs do on what a transaction works on, commits what it led to and tells
// of it. do may be run again, see transact.
func (s *Store) unitOf(ctx context.Context, do func(*unit.Unit) error) (group.Verdict, error) {
	var u *unit.Unit
	v, err := s.db.Transact(ctx, func(t *pg.Tx) (func() error, error) {
		u = unit.New(t, &s.limited)
		if err := do(u); err != nil || !u.Wrote {
			return nil, err
		}
		return u.Flush, nil
	})
	if v == group.Kept && u.Wrote {
		if !s.o.Quiet {
			jobs, lines := u.News()
			s.feed.tell(jobs, lines, u.Due)
		}
		if u.Due && s.o.OnDelivery != nil {
			s.o.OnDelivery()
		}
	}
	return v, err
}

// writeFailure is what a caller is told of an error that undid its operation.
func writeFailure(err error) error {
	switch {
	case fault.Of(err) != nil:
		return err
	case pg.Unique(err) && strings.HasPrefix(pg.ServerError(err).TableName, "jobs"):
		return record.JobTaken(err)
	case pg.Passing(err):
		return record.Refused(pg.Plain(err))
	default:
		return fmt.Errorf("write to the store: %w", err)
	}
}

// takeTask waits until a task may have a connection: commits that do not end must
// leave some to those who read.
func (s *Store) takeTask(ctx context.Context) error {
	limit := time.NewTimer(pg.CommitPatience)
	defer limit.Stop()
	select {
	case s.tasks <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return record.Refused(errors.New("too many wait to write"))
	}
}
