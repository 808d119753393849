// Package pgstore keeps jobs, keys and secrets in PostgreSQL (design, section
// 7), so that any number of servers and workers can share them. What concurrent
// callers of one process ask for shares a transaction, as in the embedded
// store. A transaction locks what it decides about, in one order: jobs by id,
// then owners by name, then tools by name; whoever changes what an owner has holds the lock of its
// row in owners. Times are the database's. It decides nothing about jobs: that
// is done by the functions in [protocol.Submission] and [protocol.Change].
package pgstore

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

	"claimcheck/internal/store/group"
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
	defaultConnections = 16
	lanes              = 2 // transactions of groups that run at once
	maxGroupParts      = 256
	maxGroupBytes      = 8 << 20
	queueLength        = 1024
)

// Store is a store in one PostgreSQL database. It is safe for concurrent use.
type Store struct {
	o       Options
	pool    *pgxpool.Pool
	replica *pgxpool.Pool
	pooled  bool  // a pooler may be between: no session state
	process int64 // names this process in commits
	n       atomic.Int64
	clock   *clock
	queue   *group.Queue[operation]
	loader  *loader
	feed    *feed
	leader  *leader
	pulse   *pulse
	tasks   chan struct{} // holds one for each task that has a connection
	health  health
	lists   chan struct{} // holds one for each list that is being read
	limited sync.Map      // names of tools whose counters decisions ask for

	hurrying context.Context    //nolint:containedctx // done when the process is about to end
	hurry    context.CancelFunc // see Hurry

	closing chan struct{}
	end     sync.Once
	work    sync.WaitGroup     // everything that runs beside calls
	writers sync.WaitGroup     // the lanes
	stop    context.CancelFunc // of what runs beside calls
}

// Open connects, brings the schema up to date and starts the writers. It
// refuses a database that does not keep what it has committed.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	s, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.closePools()
			err = openFailure(err)
		}
	}()
	if err := s.checkDurable(ctx); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, fmt.Errorf("bring the database up to date: %w", err)
	}
	if err := s.checkCopied(ctx); err != nil {
		return nil, err
	}
	if err := s.countAnew(ctx); err != nil {
		return nil, fmt.Errorf("read what is noted of commits: %w", err)
	}
	if err := s.clock.measure(ctx); err != nil {
		return nil, fmt.Errorf("read the database's clock: %w", err)
	}
	if err := s.addPartitions(ctx); err != nil {
		return nil, fmt.Errorf("make partitions: %w", err)
	}
	if err := s.pulse.measure(ctx); err != nil {
		return nil, fmt.Errorf("ask whether commits wait for a copy: %w", err)
	}
	s.start()
	return s, nil
}

// connect makes a store that can be asked but runs nothing.
func connect(ctx context.Context, o Options) (*Store, error) {
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
	s := &Store{
		o:       o,
		process: int64(binary.BigEndian.Uint64(name[:]) >> 1),
		queue:   group.New[operation](group.Limits{Parts: maxGroupParts, Bytes: maxGroupBytes, Queue: queueLength}),
		lists:   make(chan struct{}, record.ListsAtOnce()),
		closing: make(chan struct{}),
	}
	s.hurrying, s.hurry = context.WithCancel(context.Background())
	var err error
	if s.pool, s.pooled, err = openPool(ctx, o.URL, o.Connections); err != nil {
		return nil, err
	}
	s.replica = s.pool
	if o.Replica != "" {
		if s.replica, _, err = openPool(ctx, o.Replica, o.Connections); err != nil {
			s.pool.Close()
			return nil, fmt.Errorf("the replica: %w", err)
		}
	}
	s.clock = newClock(s)
	s.loader = newLoader(s)
	s.feed = newFeed(s)
	s.leader = newLeader(s)
	s.pulse = newPulse(s)
	s.tasks = make(chan struct{}, max(o.Connections/2-lanes, 1)) // the others are for those who read
	return s, nil
}

// start runs what runs beside calls.
func (s *Store) start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	for range lanes {
		s.writers.Go(s.write)
	}
	s.work.Go(func() { s.loader.run(ctx) })
	s.work.Go(func() { s.feed.send(ctx) })
	s.work.Go(func() { s.pulse.run(ctx) })
	s.work.Go(func() { s.clock.keep(ctx) })
	s.work.Go(func() { s.leader.run(ctx) })
}

// Close refuses new calls, waits for what is being written and closes the
// connections. Later calls of Close wait for the first. In a hurry (see Hurry) it
// does not wait for a database that does not answer: the lines to it end with the
// process.
func (s *Store) Close() error {
	s.end.Do(func() {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			s.close()
		}()
		select {
		case <-closed:
			return
		case <-s.hurrying.Done():
		}
		select {
		case <-closed:
		case <-time.After(hurriedClose):
			s.o.Log.Warn("the database does not answer; the lines to it are left to end with the process")
		}
	})
	return nil
}

func (s *Store) close() {
	close(s.closing)
	s.queue.Close()
	s.writers.Wait()
	s.queue.Gone()
	s.stop()
	s.work.Wait()
	s.closePools()
}

func (s *Store) closePools() {
	s.pool.Close()
	if s.replica != nil && s.replica != s.pool {
		s.replica.Close()
	}
}

// Now is the database's time, as far as this process knows it.
func (s *Store) Now() time.Time { return s.clock.now() }

// open fails once the store is being closed.
func (s *Store) open() error {
	select {
	case <-s.closing:
		return record.Stopping()
	default:
		return nil
	}
}
