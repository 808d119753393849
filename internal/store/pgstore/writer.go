package pgstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/store/group"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// An operation is what a call asks of the writers, in parts that each happen
// wholly or not at all.
type operation interface {
	group.Operation
	// want says what its decisions will need.
	want(w *wants)
	// apply decides part i and notes what follows. It may be called again after
	// the transaction was undone, and must not show results before Settle.
	apply(u *unit, i int) error
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

const maxTries = 5 // of a transaction that was the victim of a deadlock

// attempt does the parts in one transaction.
func (s *Store) attempt(parts []part) (group.Verdict, error) {
	ctx, done := s.patience()
	defer done()
	return s.transact(ctx, func(u *unit) error {
		var w wants
		for _, p := range parts {
			if p.I == 0 || len(parts) == 1 {
				p.Op.want(&w)
			}
		}
		if err := u.load(w); err != nil {
			return err
		}
		for i := range parts {
			p := &parts[i]
			u.ledger.Begin()
			p.Err = p.Op.apply(u, p.I)
			if u.broken != nil {
				return u.broken
			}
			if p.Err == nil {
				u.ledger.Keep()
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
			s.wrote(err)
		}
		p.Op.Settle(p.I, err, refused)
	}
}

// transact runs do in a transaction and commits what it led to. do may be run
// again after a deadlock, and when the line turned out to be broken before the
// commit.
func (s *Store) transact(ctx context.Context, do func(*unit) error) (group.Verdict, error) {
	for try := 1; ; try++ {
		v, err := s.transactOnce(ctx, do)
		switch {
		case v == group.Undone && again(err) && try < maxTries:
		case v == group.Lost && wornOut(err) && try == 1 && ctx.Err() == nil:
		default:
			return v, err
		}
	}
}

func (s *Store) transactOnce(ctx context.Context, do func(*unit) error) (group.Verdict, error) {
	if s.pulse.still.Load() {
		if err := s.pulse.wait(ctx, stillPatience); err != nil {
			return group.Lost, plain(err)
		}
	}
	conn, err := s.connection(ctx)
	if err != nil {
		return group.Lost, fmt.Errorf("connect: %w", plain(err))
	}
	defer conn.Release() // a connection in the middle of a transaction is closed by it
	limited, cancel := context.WithTimeoutCause(ctx, writePatience, errSlow)
	defer cancel()
	u := s.newUnit(limited, conn)
	if err := do(u); err != nil {
		return s.undo(u, err)
	}
	if !u.wrote {
		return s.rollback(u)
	}
	began := time.Now()
	n := s.n.Add(1)
	if err := u.flush(n); err != nil {
		return s.undo(u, err)
	}
	if v, err := s.commit(u, n); v != group.Kept {
		return v, err
	}
	if s.o.OnCommit != nil {
		s.o.OnCommit(time.Since(began))
	}
	s.pulse.note(&u.mark)
	s.wrote(nil)
	s.feed.tell(u)
	if u.due && s.o.OnDelivery != nil {
		s.o.OnDelivery()
	}
	return group.Kept, nil
}

// connection takes one of the pool. Whether others need to wait for one is asked as
// soon as that takes long.
func (s *Store) connection(ctx context.Context) (*pgxpool.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, acquirePatience)
	defer cancel()
	slow := time.AfterFunc(commitPatience, s.pulse.ask)
	defer slow.Stop()
	return s.pool.Acquire(limited)
}

// commit makes the transaction durable. It waits for its end for a time of its own,
// whatever became of its caller, and never has it canceled: a commit whose wait for
// a copy is canceled is one that only the database itself has. One that is given up
// goes on there.
func (s *Store) commit(u *unit, n int64) (group.Verdict, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), commitPatience)
	defer cancel()
	is := sessionOf(u.conn)
	is.warned.Store(false)
	is.committing.Store(true)
	tag, err := u.conn.Exec(ctx, "COMMIT")
	if err == nil || certain(err) {
		is.committing.Store(false)
	}
	switch {
	case err == nil && tag.String() != "COMMIT":
		return group.Undone, fmt.Errorf("commit: the database answered %s", tag)
	case err == nil && !is.warned.Load():
		return group.Kept, nil
	case err == nil:
		u.conn.Release() // who finds out may need its place
		return s.canceled()
	case certain(err):
		return group.Undone, fmt.Errorf("commit: %w", err)
	}
	u.conn.Hijack() // it is closed; the truth needs its place, where many are in doubt at once
	if ctx.Err() != nil {
		s.pulse.stand(err)
	}
	return s.doubt(u, n, fmt.Errorf("commit: %w", err))
}

// canceled is for a commit that has happened, and whose wait for the copy somebody
// has canceled: a later one may tell that the copy has it.
func (s *Store) canceled() (group.Verdict, error) {
	if err := s.pulse.wait(context.Background(), doubtPatience); err != nil {
		return group.Doubted, errCanceled
	}
	return group.Kept, nil
}

// rollback ends a transaction that changes nothing.
func (s *Store) rollback(u *unit) (group.Verdict, error) {
	if !u.open {
		return group.Kept, nil
	}
	if _, err := u.conn.Exec(u.ctx, "ROLLBACK"); err != nil {
		closeConn(u.conn) // which ends it
	}
	return group.Kept, nil
}

// undo ends a transaction because of err, which a decision or the database
// returned before anything was committed.
func (s *Store) undo(u *unit, err error) (group.Verdict, error) {
	if u.open {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), connectTimeout)
		defer cancel()
		if _, e := u.conn.Exec(ctx, "ROLLBACK"); e != nil {
			closeConn(u.conn)
		}
	}
	if passing(err) && !again(err) { // it would meet a smaller one as well
		e := serverError(err)
		if errors.Is(context.Cause(u.ctx), errSlow) || e != nil && e.Code == codeLockTimeout { // who holds it may wait for the copy
			s.pulse.stand(err)
		}
		return group.Lost, plain(err)
	}
	return group.Undone, err
}

// closeConn ends a session whose state is not known.
func closeConn(c *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Conn().Close(ctx) // it is of no more use
}

// task does something rare in a transaction of its own, with these owners
// locked; what says what is being done. f may be called again after its
// transaction was undone.
func (s *Store) task(ctx context.Context, what string, owners []string, f func(*unit) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.open(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.takeTask(ctx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() { <-s.tasks }()
	v, err := s.transact(ctx, func(u *unit) error {
		if err := u.loadOwners(owners, nil); err != nil {
			return err
		}
		u.wrote = true
		if err := f(u); err != nil {
			return err
		}
		u.ledger.Keep()
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
		s.wrote(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// takeTask waits until a task may have a connection: commits that do not end must
// leave some to those who read.
func (s *Store) takeTask(ctx context.Context) error {
	limit := time.NewTimer(commitPatience)
	defer limit.Stop()
	select {
	case s.tasks <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return record.Refused(errors.New("too many others wait to write"))
	}
}

// read runs a query for all of its rows; what says what is being done. A line
// that turns out to be broken before the first row is replaced once.
func (s *Store) read(ctx context.Context, pool *pgxpool.Pool, what string, each func(pgx.Rows) error, sql string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.open(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	limited, cancel := context.WithTimeout(ctx, statementTimeout) // a line may be dead without a word
	defer cancel()
	n, err := readOnce(limited, pool, each, sql, args...)
	if n == 0 && err != nil && limited.Err() == nil && wornOut(err) {
		_, err = readOnce(limited, pool, each, sql, args...)
	}
	if err != nil {
		return readFailure(ctx, what, err)
	}
	return nil
}

// readOnce returns how many rows were seen.
func readOnce(ctx context.Context, pool *pgxpool.Pool, each func(pgx.Rows) error, sql string, args ...any) (n int, err error) {
	rows, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		if err := each(rows); err != nil {
			return n + 1, err
		}
	}
	return n, rows.Err()
}

// one is read for at most one row; it reports whether there was one.
func (s *Store) one(ctx context.Context, what string, into []any, sql string, args ...any) (found bool, err error) {
	err = s.read(ctx, s.pool, what, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(into...)
	}, sql, args...)
	return found, err
}

// news is what a unit has changed, for the feed.
func (u *unit) news() (jobs []protocol.Notice, lines []protocol.Line) {
	for _, j := range u.changed {
		if j.gone {
			if j.stored {
				jobs = append(jobs, protocol.Notice{ID: j.was.ID})
			}
			continue
		}
		jobs = append(jobs, protocol.Notice{ID: j.is.ID, Version: j.is.Version})
		r := j.is.Ready
		if r != nil && !r.Lease.Held() && (j.was.Ready == nil || *j.was.Ready != *r) {
			lines = append(lines, protocol.Line{Owner: j.is.Owner, Tool: j.is.Tool})
		}
	}
	return jobs, lines
}
