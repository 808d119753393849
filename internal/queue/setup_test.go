package queue_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// A bench is a queue on a real store and folder in a test's own directory.
type bench struct {
	t     testing.TB
	dir   string
	store *sqlitestore.Store
	blobs blob.Store
	plans map[string]account.Plan
	q     *queue.Queue

	workers  int            // that restart says there are
	observer queue.Observer // of queues that are made from now on; may be nil

	mu    sync.Mutex // guards the field below
	tools map[string]queue.ToolRules
}

// rule sets the rules of a tool, also while queues read them.
func (b *bench) rule(name string, r queue.ToolRules) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tools[name] = r
}

func (b *bench) rules(name string) queue.ToolRules {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tools[name]
}

const testLease = 30 * time.Second

func newBench(tb testing.TB) *bench {
	tb.Helper()
	b := &bench{t: tb, dir: tb.TempDir(), plans: map[string]account.Plan{"default": {Name: "default"}}, tools: map[string]queue.ToolRules{}}
	store, err := sqlitestore.Open(tb.Context(), sqlitestore.Options{Path: filepath.Join(b.dir, "test.db"), Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	b.store = store
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	if b.blobs, err = dirblob.Open(filepath.Join(b.dir, "files")); err != nil {
		tb.Fatal(err)
	}
	b.q = b.restart()
	return b
}

// restart makes another queue on the same store, as a restarted process does;
// the old one is as good as dead.
func (b *bench) restart() *queue.Queue { return b.other("test") }

// other is a queue of another server on the same store.
func (b *bench) other(node string) *queue.Queue {
	b.t.Helper()
	q, err := queue.New(b.t.Context(), b.config(node))
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

// on is a queue on a store that stands before the bench's own.
func (b *bench) on(store protocol.Store) *queue.Queue {
	b.t.Helper()
	config := b.config("test")
	config.Store = store
	q, err := queue.New(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

// config is that of a queue on the bench's store.
func (b *bench) config(node string) queue.Config {
	return queue.Config{
		Store: b.store, Blobs: b.blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		Plans: func(name string) account.Plan { return b.plans[name] },
		Tools: b.rules,
		Node:  node, Lease: testLease, MaxAttempts: 4, Retention: time.Hour, CacheBytes: 1 << 20, Workers: b.workers, Observer: b.observer,
	}
}

// run starts the queue's maintenance until the test ends.
func (b *bench) run(q *queue.Queue) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		q.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (b *bench) spec(owner string) queue.Spec {
	return queue.Spec{
		ID: b.q.NewID(), Owner: owner, Plan: b.plans["default"], Tool: "json-formatter",
		RequestID: "r", Input: []byte("{}"), InputSize: 2,
	}
}

func (b *bench) submit(owner string, change ...func(*queue.Spec)) job.Job {
	b.t.Helper()
	s := b.spec(owner)
	for _, f := range change {
		f(&s)
	}
	j, _, err := b.q.Submit(b.t.Context(), s)
	if err != nil {
		b.t.Fatal(err)
	}
	return j
}

// claim claims exactly one job.
func (b *bench) claim() queue.Claimed {
	b.t.Helper()
	got, err := b.q.Claim(b.t.Context(), 1)
	if err != nil || len(got) != 1 {
		b.t.Fatalf("claimed %d jobs, err %v; want 1", len(got), err)
	}
	return got[0]
}

func (b *bench) wantNothingToClaim() {
	b.t.Helper()
	got, err := b.q.Claim(b.t.Context(), 10)
	if err != nil || len(got) != 0 {
		b.t.Fatalf("claimed %d jobs, err %v; want none", len(got), err)
	}
}

func (b *bench) get(owner string, id job.ID) job.Job {
	b.t.Helper()
	s, err := b.q.Get(b.t.Context(), owner, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return s.Job
}

// used is what was charged to ann this month.
func (b *bench) used() int64 {
	b.t.Helper()
	_, u, _, err := b.q.UsageOf(b.t.Context(), "ann")
	if err != nil {
		b.t.Fatal(err)
	}
	return u.Jobs
}

func success() queue.Outcome { return queue.Outcome{Result: []byte(`{"status":"success"}`)} }
