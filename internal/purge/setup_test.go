package purge_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/job"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// A bench is a real queue on a real store.
type bench struct {
	t     *testing.T
	store protocol.Store
	blobs blob.Store
	q     *queue.Queue
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t: t}
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now})
	b.must(err)
	t.Cleanup(func() { b.must(store.Close()) })
	b.store = store
	b.blobs, err = dirblob.Open(filepath.Join(dir, "files"))
	b.must(err)
	b.restart()
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// restart makes another queue on the same store, as a restarted process does; the
// old one is as good as dead.
func (b *bench) restart() {
	b.t.Helper()
	var err error
	b.q, err = queue.New(b.t.Context(), queue.Config{
		Store: b.store, Blobs: b.blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{Name: "default"} },
		Node:  "test", Lease: 30 * time.Second, Workers: 1, MaxAttempts: 3, Retention: time.Hour,
	})
	b.must(err)
}

// submit hands a job of json-formatter in, unless it is changed.
func (b *bench) submit(owner string, change ...func(*queue.Spec)) job.ID {
	b.t.Helper()
	s := queue.Spec{
		ID: b.q.NewID(), Owner: owner, Plan: account.Plan{Name: "default"}, Tool: "json-formatter", RequestID: "r",
		Input: []byte("{}"), InputSize: 2,
	}
	for _, f := range change {
		f(&s)
	}
	_, _, err := b.q.Submit(b.t.Context(), s)
	b.must(err)
	return s.ID
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

func (b *bench) setPaused(tool string, paused bool) {
	b.t.Helper()
	var changed bool
	var err error
	if paused {
		changed, err = b.q.Pauses().Pause(b.t.Context(), pause.Tool, tool, "test")
	} else {
		changed, err = b.q.Pauses().Resume(b.t.Context(), pause.Tool, tool)
	}
	if err != nil || !changed {
		b.t.Fatalf("pause %s: changed %t, %v", tool, changed, err)
	}
}

func (b *bench) get(owner string, id job.ID) job.Job {
	b.t.Helper()
	s, err := b.q.Get(b.t.Context(), owner, id)
	b.must(err)
	return s.Job
}

// used is what was charged to ann this month.
func (b *bench) used() int64 {
	b.t.Helper()
	_, u, _, err := b.q.UsageOf(b.t.Context(), "ann")
	b.must(err)
	return u.Jobs
}

func success() queue.Outcome { return queue.Outcome{Result: []byte(`{"status":"success"}`)} }

// A gate calls a function after each change.
type gate struct {
	protocol.Store

	after func()
}

// Change changes, then calls after.
func (g *gate) Change(ctx context.Context, changes []*protocol.Change) error {
	err := g.Store.Change(ctx, changes)
	if g.after != nil {
		g.after()
	}
	return err
}
