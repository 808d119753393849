package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/store/group"
)

const maxTries = 5 // of a transaction that was the victim of a deadlock

// Transact runs do in a transaction and commits what it led to: do returns what
// writes that, which ends with the mark (see [Tx.QueueMark]), or nil if nothing is
// to be written. do may be run again after a deadlock, and when the line turned
// out to be broken before the commit.
func (db *DB) Transact(ctx context.Context, do func(*Tx) (flush func() error, err error)) (group.Verdict, error) {
	for try := 1; ; try++ {
		v, err := db.transactOnce(ctx, do)
		switch {
		case v == group.Undone && again(err) && try < maxTries:
		case v == group.Lost && wornOut(err) && try == 1 && ctx.Err() == nil:
		default:
			return v, err
		}
	}
}

func (db *DB) transactOnce(ctx context.Context, do func(*Tx) (func() error, error)) (group.Verdict, error) {
	if db.pulse.still.Load() {
		if err := db.pulse.wait(ctx, stillPatience); err != nil {
			return group.Lost, Plain(err)
		}
	}
	conn, err := db.connection(ctx)
	if err != nil {
		return group.Lost, fmt.Errorf("connect: %w", Plain(err))
	}
	defer conn.Release() // a connection in the middle of a transaction is closed by it
	limited, cancel := context.WithTimeoutCause(ctx, writePatience, errSlow)
	defer cancel()
	t := &Tx{DB: db, ctx: limited, conn: conn}
	flush, err := do(t)
	if err != nil {
		return db.undo(t, err)
	}
	if flush == nil {
		return db.rollback(t)
	}
	began := time.Now()
	if err := flush(); err != nil {
		return db.undo(t, err)
	}
	if v, err := db.commit(t); v != group.Kept {
		return v, err
	}
	if db.o.OnCommit != nil {
		db.o.OnCommit(time.Since(began))
	}
	db.pulse.note(&t.mark)
	db.Wrote(nil)
	return group.Kept, nil
}

// connection takes one of the pool. Whether commits end is asked as soon as that
// takes long.
func (db *DB) connection(ctx context.Context) (*pgxpool.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, acquirePatience)
	defer cancel()
	slow := time.AfterFunc(CommitPatience, db.pulse.ask)
	defer slow.Stop()
	return db.Pool.Acquire(limited)
}

// commit makes the transaction durable. It waits for its end for a time of its own,
// whatever became of its caller, and never has it canceled: a commit whose wait for
// a copy is canceled is one that only the database itself has. One that is given up
// goes on there.
func (db *DB) commit(t *Tx) (group.Verdict, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), CommitPatience)
	defer cancel()
	is := sessionOf(t.conn)
	is.warned.Store(false)
	is.committing.Store(true)
	tag, err := t.conn.Exec(ctx, "COMMIT")
	if err == nil || certain(err) {
		is.committing.Store(false)
	}
	switch {
	case err == nil && tag.String() != "COMMIT":
		return group.Undone, fmt.Errorf("commit: the database answered %s", tag)
	case err == nil && !is.warned.Load():
		return group.Kept, nil
	case err == nil:
		t.conn.Release() // who finds out may need it
		return db.canceled()
	case certain(err):
		return group.Undone, fmt.Errorf("commit: %w", err)
	}
	t.conn.Hijack() // it is closed; the truth needs its slot, where many are in doubt at once
	if ctx.Err() != nil {
		db.pulse.stand(err)
	}
	return db.doubt(t.mark.tx, t.n, fmt.Errorf("commit: %w", err))
}

// canceled is for a commit that has happened, and whose wait for the copy somebody
// has canceled: a later one may tell that the copy has it.
func (db *DB) canceled() (group.Verdict, error) {
	if err := db.pulse.wait(context.Background(), doubtPatience); err != nil {
		return group.Doubted, errCanceled
	}
	return group.Kept, nil
}

// rollback ends a transaction that changes nothing.
func (db *DB) rollback(t *Tx) (group.Verdict, error) {
	if !t.begun {
		return group.Kept, nil
	}
	if _, err := t.conn.Exec(t.ctx, "ROLLBACK"); err != nil {
		closeConn(t.conn) // which ends it
	}
	return group.Kept, nil
}

// undo ends a transaction because of err, which a decision or the database
// returned before anything was committed.
func (db *DB) undo(t *Tx, err error) (group.Verdict, error) {
	if t.begun {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), ConnectTimeout)
		defer cancel()
		if _, e := t.conn.Exec(ctx, "ROLLBACK"); e != nil {
			closeConn(t.conn)
		}
	}
	if Passing(err) && !again(err) { // it would meet a smaller one as well
		e := ServerError(err)
		if errors.Is(context.Cause(t.ctx), errSlow) || e != nil && e.Code == codeLockTimeout { // who has the lock may wait for the copy
			db.pulse.stand(err)
		}
		return group.Lost, Plain(err)
	}
	return group.Undone, err
}

// closeConn ends a session whose state is not known.
func closeConn(c *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Conn().Close(ctx) // it is of no more use
}
