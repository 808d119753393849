// Package pg is the PostgreSQL database: connections and their sessions, its clock,
// transactions whose outcome is known also when the line is cut or a copy has to
// confirm them, the schema, the leader, partitions, and which errors pass. Of the
// tables it knows what all of them need, nothing of jobs.
package pg

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/store/migrate"
	"claimcheck/internal/store/record"
)

// Options says how to use a database. All fields but URL and Random may be zero.
type Options struct {
	URL         string    // postgres://…; what pgx can read
	Direct      string    // the same database without a pooler between, for notifications; empty: URL
	Replica     string    // a copy that lists may be read from; empty: URL
	Connections int       // of the pool, at most; 0 means 16
	Random      io.Reader // names this process: crypto/rand.Reader
	Log         *slog.Logger

	Now func() time.Time // a test's clock in place of the database's

	// OnCommit is told how long a commit took, its writes included; nil for none.
	OnCommit func(took time.Duration)

	Schema []migrate.Step // that the database is brought to
}

const defaultConnections = 16

// DB is a PostgreSQL database. It is safe for concurrent use.
type DB struct {
	Pool    *pgxpool.Pool
	Replica *pgxpool.Pool // Pool, if there is none

	o       Options
	pooled  bool  // a pooler may be between: no session state
	process int64 // names this process in commits
	n       atomic.Int64
	clock   *clock
	leader  *leader
	pulse   *pulse
	health  health

	hurrying context.Context    //nolint:containedctx // done when the process is about to end
	hurry    context.CancelFunc // see Hurry

	closing chan struct{}
	end     sync.Once
	work    sync.WaitGroup     // everything that runs beside calls
	running context.Context    //nolint:containedctx // of what runs beside calls
	stop    context.CancelFunc // ends it
}

// Connect makes a database that can be asked; nothing runs beside calls before
// start.
func Connect(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Connections == 0 {
		o.Connections = defaultConnections
	}
	var name [8]byte
	if _, err := io.ReadFull(o.Random, name[:]); err != nil {
		return nil, fmt.Errorf("name this process: %w", err)
	}
	db := &DB{o: o, process: int64(binary.BigEndian.Uint64(name[:]) >> 1), closing: make(chan struct{})}
	db.hurrying, db.hurry = context.WithCancel(context.Background())
	db.running, db.stop = context.WithCancel(context.Background())
	var err error
	if db.Pool, db.pooled, err = openPool(ctx, o.URL, o.Connections); err != nil {
		return nil, err
	}
	db.Replica = db.Pool
	if o.Replica != "" {
		if db.Replica, _, err = openPool(ctx, o.Replica, o.Connections); err != nil {
			db.Pool.Close()
			return nil, fmt.Errorf("the replica: %w", err)
		}
	}
	db.clock = newClock(db)
	db.leader = newLeader(db)
	db.pulse = newPulse(db)
	return db, nil
}

// Prepare brings the database up to date and reads what a process needs to know
// of it; check may refuse it once its schema is known. It refuses a database that
// does not keep what it has committed.
func (db *DB) Prepare(ctx context.Context, check func(context.Context) error) error {
	if err := db.Upgrade(ctx); err != nil {
		return err
	}
	if err := check(ctx); err != nil {
		return err
	}
	if err := db.countAnew(ctx); err != nil {
		return fmt.Errorf("read what is noted of commits: %w", err)
	}
	if err := db.clock.measure(ctx); err != nil {
		return fmt.Errorf("read the database's clock: %w", err)
	}
	if err := db.addPartitions(ctx); err != nil {
		return fmt.Errorf("make partitions: %w", err)
	}
	if err := db.pulse.measure(ctx); err != nil {
		return fmt.Errorf("ask whether commits wait for a copy: %w", err)
	}
	return nil
}

// Upgrade brings the schema up to date, unless the database does not keep what it
// has committed.
func (db *DB) Upgrade(ctx context.Context) error {
	if err := db.checkDurable(ctx); err != nil {
		return err
	}
	if _, err := db.ApplySchema(ctx, false); err != nil {
		return fmt.Errorf("bring the database up to date: %w", err)
	}
	return nil
}

// Start runs what runs beside calls.
func (db *DB) Start() {
	db.Beside(db.pulse.run)
	db.Beside(db.clock.keep)
	db.Beside(db.leader.run)
}

// Beside runs something beside calls until its context is done, which is when
// the database is being closed.
func (db *DB) Beside(run func(context.Context)) { db.work.Go(func() { run(db.running) }) }

// Close refuses new calls, has drain wait for what is being written, ends what runs
// beside calls and closes the connections. Later calls wait for the first. In a
// hurry (see Hurry) it does not wait for a database that does not answer: the
// lines to it end with the process.
func (db *DB) Close(drain func()) {
	db.end.Do(func() {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			close(db.closing)
			drain()
			db.stop()
			db.work.Wait()
			db.Disconnect()
		}()
		select {
		case <-closed:
			return
		case <-db.hurrying.Done():
		}
		select {
		case <-closed:
		case <-time.After(hurriedClose):
			db.o.Log.Warn("the database does not answer; the lines to it are left to end with the process")
		}
	})
}

// Disconnect closes the connections.
func (db *DB) Disconnect() {
	db.Pool.Close()
	if db.Replica != nil && db.Replica != db.Pool {
		db.Replica.Close()
	}
}

// Now is the database's time, as far as this process knows it.
func (db *DB) Now() time.Time { return db.clock.now() }

// Closed says when the database began to be closed.
func (db *DB) Closed() <-chan struct{} { return db.closing }

// Name names this process among those that use the database.
func (db *DB) Name() int64 { return db.process }

// Check fails once the database is being closed.
func (db *DB) Check() error {
	select {
	case <-db.closing:
		return record.Stopping()
	default:
		return nil
	}
}
