package pg

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	leadEvery = 3 * time.Second  // between two signs of life, and between two trials of other servers
	leadTrust = 5 * time.Second  // how long a sign of life is believed
	leadTerm  = time.Minute      // after it the lock is given back and asked for again
	tidyEvery = time.Minute      // between two looks at partitions and old rows
	keepRows  = 60 * time.Minute // rows of commits are kept that long: hardly any commit is in doubt as long

	// A copy has locks of its own: who has one there leads nothing.
	sqlTryLead = "SELECT CASE WHEN pg_is_in_recovery() THEN false ELSE pg_try_advisory_xact_lock($1) END"
)

// A leader is the one server that does what one is to do: take back lost leases,
// remove what expired, make and drop partitions. It has an advisory lock in a
// transaction that it gives signs of life in; when it stands still, PostgreSQL
// ends the transaction after idleTimeout, and the lock is another's within 15 s.
// What a leader does is right even where two believe to be one: decisions are
// fenced, and removing twice is removing.
type leader struct {
	db    *DB
	alive atomic.Int64 // when the lock was last known to be its own, on the monotonic clock of db.clock; 0 if it is not
	tidy  time.Time    // of this process's clock: when partitions were last looked at
}

func newLeader(db *DB) *leader { return &leader{db: db} }

// Leads reports whether this server is the one that does maintenance.
func (db *DB) Leads() bool {
	alive := db.leader.alive.Load()
	return alive != 0 && int64(time.Since(db.clock.began))-alive < int64(leadTrust)
}

// sign notes that the lock was its own at a time after this one.
func (l *leader) sign(asked time.Time) {
	l.alive.Store(max(int64(asked.Sub(l.db.clock.began)), 1))
}

// run tries to lead until ctx is done.
func (l *leader) run(ctx context.Context) {
	var c *pgx.Conn
	defer func() { closeDirect(c) }()
	for ctx.Err() == nil {
		var err error
		if c == nil || c.IsClosed() {
			c, err = l.db.Direct(ctx)
		}
		if err == nil {
			err = l.term(ctx, c)
		}
		l.alive.Store(0)
		if err != nil && ctx.Err() == nil {
			l.db.o.Log.DebugContext(ctx, "cannot lead", "err", Plain(err))
			closeDirect(c)
			c = nil
		}
		if !Pause(ctx, leadEvery) {
			return
		}
	}
}

func closeDirect(c *pgx.Conn) {
	if c != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Close(ctx) // it has nothing to lose
	}
}

// Pause waits; it reports false if ctx was done first.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// term leads for leadTerm if nobody else does.
func (l *leader) term(ctx context.Context, c *pgx.Conn) error {
	for until := time.Now().Add(leadTerm); ctx.Err() == nil; until = time.Now().Add(leadTerm) {
		led, err := l.keepLock(ctx, c, until)
		if err != nil || !led {
			return err
		}
	}
	return nil
}

// keepLock takes the lock if it is free, and keeps it until then.
func (l *leader) keepLock(ctx context.Context, c *pgx.Conn, until time.Time) (led bool, err error) {
	tx, led, err := l.try(ctx, c)
	if tx == nil {
		return false, err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), ConnectTimeout)
		defer cancel()
		l.alive.Store(0)
		_ = tx.Rollback(end) // there is nothing in it but the lock
	}()
	if err != nil || !led {
		return false, err
	}
	for time.Now().Before(until) && ctx.Err() == nil {
		asked := time.Now() // not the answer's time: this process may have stood still since
		limited, cancel := context.WithTimeout(ctx, ConnectTimeout)
		_, err := tx.Exec(limited, "SELECT 1")
		cancel()
		if err != nil {
			return true, err
		}
		l.sign(asked)
		l.maintain(ctx)
		if !Pause(ctx, leadEvery) {
			break
		}
	}
	return true, nil
}

// try begins a transaction, which is not nil once it has begun, and asks for the
// lock in it. It does not wait for an answer that does not come: that of a
// machine that is gone.
func (l *leader) try(ctx context.Context, c *pgx.Conn) (tx pgx.Tx, led bool, err error) {
	limited, cancel := context.WithTimeout(ctx, ConnectTimeout)
	defer cancel()
	if tx, err = c.Begin(limited); err != nil {
		return nil, false, err
	}
	if _, err := tx.Exec(limited, sqlLimits); err != nil {
		return tx, false, err
	}
	err = tx.QueryRow(limited, sqlTryLead, int64(lockLeader)).Scan(&led)
	return tx, led, err
}

// maintain looks after the tables, in turns of their own.
func (l *leader) maintain(ctx context.Context) {
	if time.Since(l.tidy) < tidyEvery {
		return
	}
	l.tidy = time.Now()
	l.db.work.Go(func() {
		limited, cancel := context.WithTimeout(ctx, tidyEvery)
		defer cancel()
		if err := l.db.Tidy(limited); err != nil && ctx.Err() == nil {
			l.db.o.Log.ErrorContext(ctx, "maintenance failed", "what", "tables", "err", err)
		}
	})
}
