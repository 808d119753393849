package onread_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/onread"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// A shaky is a queue whose changes fail while it is away.
type shaky struct {
	*queue.Queue
	away atomic.Bool
}

func (s *shaky) ChangeAll(ctx context.Context, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error) {
	if s.away.Load() {
		return nil, fault.New(fault.Unavailable, "UNAVAILABLE", "away")
	}
	return s.Queue.ChangeAll(ctx, ids, decide)
}

// A bench is a queue with an hour's retention and the marks of what was read of it.
type bench struct {
	t     *testing.T
	q     *shaky
	marks *onread.Marks
	read  atomic.Int64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(t.TempDir(), "test.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	blobs, err := dirblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.New(t.Context(), queue.Config{
		Store: store, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{} }, Node: "n", Lease: 30 * time.Second, Workers: 1, MaxAttempts: 1, Retention: time.Hour, CacheBytes: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, q: &shaky{Queue: q}}
	b.marks = &onread.Marks{Jobs: b.q, Log: slog.New(slog.DiscardHandler), Read: func() { b.read.Add(1) }}
	return b
}

// done is a finished job with a file.
func (b *bench) done(terms job.Terms) job.ID {
	b.t.Helper()
	id := b.q.NewID()
	if _, _, err := b.q.Submit(b.t.Context(), queue.Spec{ID: id, Owner: "ann", Tool: "x", Input: []byte("{}"), InputSize: 2, Terms: terms}); err != nil {
		b.t.Fatal(err)
	}
	c, err := b.q.Claim(b.t.Context(), 1)
	if err != nil || len(c) != 1 {
		b.t.Fatal(len(c), err)
	}
	out := &job.Output{Token: rand.Text(), Name: "x_" + id.String() + ".txt", Data: []byte("out"), Size: 3}
	if _, err := b.q.Finish(b.t.Context(), c[0], queue.Outcome{Result: []byte(`{"file":""}`), LinkAt: 9, Output: out}); err != nil {
		b.t.Fatal(err)
	}
	return id
}

// left is how long a job and its file are there for its owner.
func (b *bench) left(id job.ID) time.Duration {
	b.t.Helper()
	snap, err := b.q.Get(b.t.Context(), "ann", id)
	if err != nil {
		b.t.Fatal(err)
	}
	return time.Until(snap.Job.Expires)
}

func TestAJobGoesAMinuteAfterItWasFirstRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		id, other := b.done(job.Terms{DeleteOnRead: true}), b.done(job.Terms{})
		b.left(id) // it is in memory
		b.marks.Outcome(t.Context(), id, other, b.q.NewID())
		if got := b.left(id); got != time.Minute {
			t.Errorf("it goes in %s", got)
		}
		if got := b.left(other); got != time.Hour {
			t.Errorf("one that nobody asked to delete goes in %s", got)
		}
		<-time.After(40 * time.Second)
		b.marks.Outcome(t.Context(), id)
		if got := b.left(id); got != 20*time.Second || b.read.Load() != 1 {
			t.Errorf("read again it goes in %s, told %d times", got, b.read.Load())
		}
		<-time.After(20 * time.Second)
		if _, err := b.q.Get(t.Context(), "ann", id); !fault.IsCode(err, "JOB_NOT_FOUND") {
			t.Errorf("after a minute: %v", err)
		}
	})
}

func TestWhatCannotBeNotedIsNotedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		id := b.done(job.Terms{DeleteOnRead: true})
		ctx, stop := context.WithCancelCause(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); b.marks.Run(ctx) }()
		b.q.away.Store(true)
		gone, cancel := context.WithCancel(ctx)
		cancel() // the client has its answer, and goes
		b.marks.Outcome(gone, id)
		<-time.After(10 * time.Second)
		if got := b.left(id); got != time.Hour-10*time.Second {
			t.Errorf("while the store is away it goes in %s", got)
		}
		b.q.away.Store(false)
		<-time.After(2 * time.Second)
		if got := b.left(id); got > time.Minute {
			t.Errorf("afterwards it goes in %s", got)
		}
		stop(errors.New("over"))
		<-ended
	})
}
