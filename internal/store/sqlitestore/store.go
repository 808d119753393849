// Package sqlitestore keeps jobs, keys and secrets in one SQLite file. One
// goroutine writes: it takes whatever waits, runs it in one transaction and answers
// every caller after the commit, so that a commit's fsync is shared by all who wait
// for it. Reads go to a few connections of their own and never wait for the writer.
// It decides nothing about jobs: that is done by the functions in
// [protocol.Submission] and [protocol.Change].
package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"claimcheck/internal/store/group"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/beside"
	"claimcheck/internal/store/sqlitestore/file"
)

// Options says how to open a store.
type Options struct {
	Path    string           // the database file; made if it is not there. The caller has locked its folder
	Now     func() time.Time // the store's clock; nil means time.Now
	Readers int              // connections for reading; 0 means 4
	Log     *slog.Logger     // trouble and its end; nil for none

	// OnBatch is called by the writer after each transaction with the number of
	// operations in it; nil for none. It must be quick.
	OnBatch func(size int, took time.Duration)

	OnDelivery func() // told after a commit that wrote deliveries which are due; nil for none. It must not block

	MaxPages int    // the file's limit in pages of 4 KiB, 0 for none; a test's small disk
	Faults   Faults // a test's broken disk
}

// Faults are how a test makes the disk fail. Each function may be
// nil; they are called by the writer's goroutine.
type Faults struct {
	Write        func(n int) error // before the n-th step of an operation's statements: it fails and is not made
	BeforeCommit func() error      // the commit does not happen, and its answer is lost
	AfterCommit  func() error      // the commit has happened, and its answer is lost
	Reopen       func() error      // opening the file again fails
}

const (
	defaultReaders = 4
	queueLength    = 1024 // calls waiting for the writer; the next ones wait to wait
)

// Store is a store in one SQLite file. It is safe for concurrent use.
type Store struct {
	*beside.Rows // what is not about jobs

	o Options

	queue   *group.Queue[operation] // to the writer
	stopped chan struct{}           // closed when the writer has ended
	result  error                   // of closing; read after stopped

	pool atomic.Pointer[file.Pool]

	down   atomic.Bool // the file is being reopened
	failed atomic.Bool // the last write that needed room was refused
	ping   chan *probe // has the one probe, while nobody writes it
}

// Open opens the file, brings its schema up to date and starts the writer.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Readers == 0 {
		o.Readers = defaultReaders
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		o:       o,
		queue:   group.New[operation](group.Limits{Parts: maxBatchParts, Bytes: maxBatchBytes, Queue: queueLength}),
		stopped: make(chan struct{}),
		ping:    make(chan *probe, 1),
	}
	s.Rows = s.besideJobs()
	s.ping <- &probe{}
	if err := file.Touch(o.Path); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	w := newWriter(s)
	if err := w.open(); err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Path, err)
	}
	go w.loop(context.WithoutCancel(ctx)) // Close ends it
	return s, nil
}

// Close refuses new calls, waits for what is being written and closes the file.
// Later calls of Close wait for the first and return the same.
func (s *Store) Close() error {
	s.queue.Close()
	<-s.stopped
	return s.result
}

// Peers are none: no other process uses the file.
func (s *Store) Peers() protocol.Peers { return nil }

// shut closes everything in the end; the writer calls it.
func (w *writer) shut() {
	w.s.result = errors.New("the store was closed while its file could not be opened")
	if w.tx.c.Conn != nil {
		w.s.pool.Load().Drain(record.Stopping())
		_, err := w.tx.c.Checkpoint("TRUNCATE")
		w.s.result = errors.Join(err, w.tx.c.Close())
	}
	w.s.queue.Gone()
	close(w.s.stopped)
}
