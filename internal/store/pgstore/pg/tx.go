package pg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/store/record"
)

// A Tx is a transaction, which begins with the first statement.
type Tx struct {
	DB    *DB
	ctx   context.Context //nolint:containedctx // of this transaction alone
	conn  *pgxpool.Conn
	begun bool
	n     int64 // names its own row among those of this process
	mark  mark  // once it has written that row

	Broken error // of a statement: the transaction is lost
}

// ErrFence means that a row is not as it was read under its lock.
var ErrFence = errors.New("the row changed under its own transaction")

// Start begins a batch of statements, and the transaction if that is to be done.
func (t *Tx) Start() *pgx.Batch {
	b := &pgx.Batch{}
	if !t.begun {
		b.Queue("BEGIN")
		if t.DB.pooled {
			b.Queue(sqlLimits)
		}
		t.begun = true
	}
	return b
}

// Send sends a batch and waits for all of its answers.
func (t *Tx) Send(b *pgx.Batch) error {
	t.Broken = t.conn.SendBatch(t.ctx, b).Close()
	return t.Broken
}

// Exec runs one statement and returns how many rows it changed.
func (t *Tx) Exec(sql string, args ...any) (rows int64, err error) {
	tag, err := t.conn.Exec(t.ctx, sql, args...)
	if err != nil {
		t.Broken = err
	}
	return tag.RowsAffected(), err
}

// Must makes a statement fail unless it changes so many rows.
func Must(q *pgx.QueuedQuery, rows int) {
	q.Exec(func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() != int64(rows) {
			return fmt.Errorf("%w: %d of %d", ErrFence, tag.RowsAffected(), rows)
		}
		return nil
	})
}

// QueueClock reads the time at this moment, which may be after locks were waited
// for.
func (t *Tx) QueueClock(b *pgx.Batch, into *time.Time) {
	asked := time.Since(t.DB.clock.began)
	b.Queue(sqlMilliNow, t.DB.TestMilli()).QueryRow(func(row pgx.Row) error {
		var ms int64
		err := row.Scan(&ms)
		*into = record.Time(ms)
		if err == nil {
			t.DB.clock.saw(ms, asked)
		}
		return err
	})
}

// QueueMark writes the row that tells whether the transaction has happened, as the
// last of it.
func (t *Tx) QueueMark(b *pgx.Batch, now time.Time) {
	t.n = t.DB.n.Add(1)
	b.Queue(sqlCommitted, t.DB.process, t.n, record.Milli(now), t.DB.pulse.confirmed()).QueryRow(func(row pgx.Row) error { return row.Scan(t.mark.into()...) })
}
