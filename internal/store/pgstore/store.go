// Package pgstore keeps jobs, keys and secrets in PostgreSQL, so that any number
// of servers and workers can share them. What concurrent callers of one process
// ask for shares a transaction, as in the embedded store. A transaction locks what
// it decides about, in one order: jobs by id, then owners by name, then tools by
// name; whoever changes what an owner has, has locked its row in owners. Times are
// the database's. It decides nothing about jobs: that is done by the functions in
// [protocol.Submission] and [protocol.Change].
package pgstore

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"claimcheck/internal/store/group"
	"claimcheck/internal/store/kind"
	"claimcheck/internal/store/migrate"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

// Options says how to open a store. All fields but URL and Random may be zero.
type Options struct {
	URL         string    // postgres://…; what pgx can read
	Direct      string    // the same database without a pooler between, for notifications; empty: URL
	Replica     string    // a copy that lists may be read from; empty: URL
	Connections int       // of the pool, at most; 0 means 16
	Random      io.Reader // names this process: crypto/rand.Reader
	Log         *slog.Logger

	Now func() time.Time // a test's clock in place of the database's

	// OnBatch is called after each transaction with the number of parts in it;
	// nil for none. It must be quick.
	OnBatch func(size int, took time.Duration)
	// OnCommit is told how long a commit took, its writes included; nil for none.
	OnCommit func(took time.Duration)
	// OnLag is told how long a notification of another server was on its way;
	// nil for none.
	OnLag func(took time.Duration)
	// OnDelivery is told that deliveries which are due were written; nil for
	// none. It must not block.
	OnDelivery func()

	Quiet bool // no notifications are sent or heard: a test's broken line
}

const (
	lanes         = 2 // transactions of groups that run at once
	maxGroupParts = 256
	maxGroupBytes = 8 << 20
	queueLength   = 1024
)

// database are the options of the database itself.
func (o *Options) database() pg.Options {
	return pg.Options{
		URL: o.URL, Direct: o.Direct, Replica: o.Replica, Connections: o.Connections, Random: o.Random, Log: o.Log, Now: o.Now, OnCommit: o.OnCommit,
	}
}

// Store is a store in one PostgreSQL database. It is safe for concurrent use.
type Store struct {
	unit.Said // what jobs have said

	db *pg.DB

	o       Options
	queue   *group.Queue[operation]
	loader  *loader
	feed    *feed
	tasks   chan struct{}  // has one for each task that has a connection
	lists   chan struct{}  // has one for each list that is being read
	limited sync.Map       // names of tools whose counters decisions ask for
	writers sync.WaitGroup // the lanes
}

// Open connects, brings the schema up to date and starts the writers. It
// refuses a database that does not keep what it has committed.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db, err := connectTo(ctx, &o)
	if err != nil {
		return nil, err
	}
	if err := db.Prepare(ctx, func(ctx context.Context) error { return checkCopied(ctx, db) }); err != nil {
		db.Disconnect()
		return nil, pg.OpenFailure(err)
	}
	s := &Store{
		Said: unit.Said{DB: db}, db: db, o: o,
		queue: group.New[operation](group.Limits{Parts: maxGroupParts, Bytes: maxGroupBytes, Queue: queueLength}),
		lists: make(chan struct{}, record.ListsAtOnce()),
		tasks: make(chan struct{}, max(int(db.Pool.Config().MaxConns)/2-lanes, 1)), // the rest are for those who read
	}
	s.loader = newLoader(s)
	s.feed = newFeed(s)
	for range lanes {
		s.writers.Go(s.write)
	}
	db.Beside(s.loader.run)
	db.Beside(s.feed.send)
	db.Start()
	return s, nil
}

// connectTo connects to the database of a store.
func connectTo(ctx context.Context, o *Options) (*pg.DB, error) {
	of := o.database()
	var err error
	if of.Schema, err = migrate.Steps(schemaFiles, "schema"); err != nil {
		return nil, err
	}
	return pg.Connect(ctx, of)
}

// Close refuses new calls, waits for what is being written and closes the
// connections. Later calls of Close wait for the first. In a hurry (see Hurry) it
// does not wait for a database that does not answer: the lines to it end with the
// process.
func (s *Store) Close() error {
	s.db.Close(func() {
		s.queue.Close()
		s.writers.Wait()
		s.queue.Gone()
	})
	return nil
}

// Now is the database's time, as far as this process knows it.
func (s *Store) Now() time.Time { return s.db.Now() }

// Leads reports whether this server is the one that does maintenance.
func (s *Store) Leads() bool { return s.db.Leads() }

// Ping fails with Unavailable when the store would refuse a write now.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }

// Stats is what operators want to know of the database. Where that fails, what this
// process knows without the database is returned beside the error.
func (s *Store) Stats(ctx context.Context) (kind.Stats, error) { return s.db.Stats(ctx) }

// Tidy does the maintenance of tables; the leader does it once a minute.
func (s *Store) Tidy(ctx context.Context) error { return s.db.Tidy(ctx) }

// Hurry says that the process is about to end: from now on no transaction is
// waited for as patiently as before, so that a database that does not answer does
// not hold up the end.
func (s *Store) Hurry() { s.db.Hurry() }
