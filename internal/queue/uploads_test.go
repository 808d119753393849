package queue_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// place asks for a place for a file.
func (b *bench) place(plan account.Plan) queue.Place {
	b.t.Helper()
	p, err := b.q.NewUpload(b.t.Context(), "ann", plan, "a.json")
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// arrive puts a file into the storage without telling the queue, as a client
// does that posts to a bucket, or a process that dies too early.
func (b *bench) arrive(p queue.Place, content string) {
	b.t.Helper()
	w, err := b.blobs.Create(b.t.Context(), p.Upload.BlobKey())
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = w.Commit(b.t.Context())
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) has() account.Counts {
	b.t.Helper()
	_, _, has, err := b.q.UsageOf(b.t.Context(), "ann")
	if err != nil {
		b.t.Fatal(err)
	}
	return has
}

func TestAnUploadThatNobodyToldOfIsFound(t *testing.T) {
	b := newBench(t)
	p := b.place(account.Plan{})
	if _, err := b.q.FindUpload(t.Context(), "ann", account.Plan{}, p.Upload.Key()); !fault.IsCode(err, "FILE_NOT_FOUND") {
		t.Errorf("before it arrived: %v", err)
	}
	b.arrive(p, "12345")
	u, err := b.q.FindUpload(t.Context(), "ann", account.Plan{}, p.Upload.Key())
	if err != nil || !u.Done || u.Size != 5 || u.ETag == "" {
		t.Errorf("got %+v, %v", u, err)
	}
	if has := b.has(); has != (account.Counts{StoredBytes: 5}) {
		t.Errorf("got %+v", has)
	}
	if err := b.q.FinishUpload(t.Context(), u.ID, account.Plan{}, queue.UploadedFile{Size: 7, ETag: "other"}); !errors.Is(err, queue.ErrUploadExists) {
		t.Errorf("a second end: %v", err)
	}
}

func TestArrivedUploadsDoNotCountAsPending(t *testing.T) {
	b := newBench(t)
	plan := account.Plan{MaxPendingUploads: 2}
	first, second := b.place(plan), b.place(plan)
	if _, err := b.q.NewUpload(t.Context(), "ann", plan, "a.json"); !fault.IsCode(err, "TOO_MANY_UPLOADS") {
		t.Fatalf("got %v, want TOO_MANY_UPLOADS", err)
	}
	b.arrive(first, "1")
	b.place(plan)
	b.arrive(second, "2")
	b.place(plan)
	if has := b.has(); has.PendingUploads != 2 || has.StoredBytes != 2 {
		t.Errorf("got %+v", has)
	}
}

func TestAPlaceSaysHowMuchRoomThereIs(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		plan account.Plan
		want int64
	}{
		{account.Plan{}, 0},
		{account.Plan{MaxInputBytes: 10}, 10},
		{account.Plan{MaxStoredBytes: 10}, 10},
		{account.Plan{MaxInputBytes: 10, MaxStoredBytes: 100}, 10},
		{account.Plan{MaxInputBytes: 100, MaxStoredBytes: 10}, 10},
	} {
		if got := b.place(c.plan).MaxBytes; got != c.want {
			t.Errorf("%+v: got %d, want %d", c.plan, got, c.want)
		}
	}
	full := b.place(account.Plan{})
	b.arrive(full, "0123456789")
	if _, err := b.q.FindUpload(t.Context(), "ann", account.Plan{MaxStoredBytes: 9}, full.Upload.Key()); !fault.IsCode(err, "STORAGE_FULL") {
		t.Errorf("got %v, want STORAGE_FULL", err)
	}
	if _, err := b.q.FindUpload(t.Context(), "ann", account.Plan{}, full.Upload.Key()); err != nil {
		t.Error(err)
	}
	if got := b.place(account.Plan{MaxStoredBytes: 13}).MaxBytes; got != 3 {
		t.Errorf("got room for %d, want 3", got)
	}
	if _, err := b.q.NewUpload(t.Context(), "ann", account.Plan{MaxStoredBytes: 10}, "a.json"); !fault.IsCode(err, "STORAGE_FULL") {
		t.Errorf("got %v, want STORAGE_FULL", err)
	}
}

func TestTheSweeperTakesUnusedUploadsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		never, untold, told, used := b.place(account.Plan{}), b.place(account.Plan{}), b.place(account.Plan{}), b.place(account.Plan{})
		for _, p := range []queue.Place{told, used} {
			b.arrive(p, "1")
			if _, err := b.q.FindUpload(t.Context(), "ann", account.Plan{}, p.Upload.Key()); err != nil {
				t.Fatal(err)
			}
		}
		b.arrive(untold, "1")
		spec := b.spec("ann")
		spec.InputAt, spec.Input = job.InUpload, job.Source{Upload: used.Upload.ID, Key: used.Upload.BlobKey()}.Encode()
		j, _, err := b.q.Submit(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		left := func(after time.Duration, want int) {
			t.Helper()
			<-time.After(after)
			if err := b.q.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := b.files(); got != want {
				t.Errorf("%d files are left, want %d", got, want)
			}
		}
		left(59*time.Minute, 3)                  // the retention is an hour
		left(2*time.Minute, 2)                   // told of and unused
		left(15*time.Minute, 2)                  // the forms have expired: the untold one is kept from now on
		left(50*time.Minute, 2)                  // ...
		left(15*time.Minute, 1)                  // ... for an hour
		for _, p := range []queue.Place{never} { // nothing of it is left either
			if _, err := b.store.Upload(t.Context(), p.Upload.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v", err)
			}
		}
		if err := b.q.Delete(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		left(0, 0)
		if has := b.has(); has != (account.Counts{}) {
			t.Errorf("got %+v", has)
		}
	})
}

// files counts the files of the storage.
func (b *bench) files() (n int) {
	b.t.Helper()
	err := b.blobs.Walk(b.t.Context(), time.Now().Add(time.Hour), func(string) error { n++; return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// watcher is told of missing files.
type watcher struct{ looks, missing atomic.Int64 }

func (*watcher) AttemptEnded(string, string) {}
func (*watcher) NoWorker(string, int64)      {}
func (*watcher) CacheAsked(bool)             {}
func (*watcher) Swept(int, int)              {}
func (*watcher) TargetPaused(string)         {}
func (w *watcher) FilesMissing(n int)        { w.looks.Add(1); w.missing.Store(int64(n)) }

func TestMissingFilesAreReportedOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		p := b.place(account.Plan{})
		b.arrive(p, "1")
		if _, err := b.q.FindUpload(t.Context(), "ann", account.Plan{Retention: 1000 * time.Hour}, p.Upload.Key()); err != nil {
			t.Fatal(err)
		}
		if err := b.blobs.Remove(t.Context(), p.Upload.BlobKey()); err != nil {
			t.Fatal(err)
		}
		w := &watcher{}
		q, err := queue.New(t.Context(), queue.Config{
			Store: b.store, Blobs: b.blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
			Plans: func(string) account.Plan { return account.Plan{} }, Node: "test", Lease: testLease, MaxAttempts: 4, Retention: time.Hour, CacheBytes: 1 << 20, Observer: w,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); q.Run(ctx) }()
		<-time.After(50 * time.Hour)
		cancel()
		<-done
		if w.looks.Load() != 3 || w.missing.Load() != 1 {
			t.Errorf("%d looks, %d missing; want 3 and 1", w.looks.Load(), w.missing.Load())
		}
	})
}

// A picky storage refuses to tell of some files.
type picky struct {
	blob.Store

	bad map[string]error
}

func (p *picky) Open(ctx context.Context, key string) (blob.Reader, error) {
	if err := p.bad[key]; err != nil {
		return nil, err
	}
	return p.Store.Open(ctx, key)
}

func (p *picky) Remove(ctx context.Context, keys ...string) error {
	var all error
	for _, key := range keys {
		if err := p.bad[key]; err != nil {
			all = errors.Join(all, err)
			continue
		}
		all = errors.Join(all, p.Store.Remove(ctx, key))
	}
	return all
}

// TestWhatCannotBeSweptHoldsUpNothingElse, however much of it there is, and is
// told.
func TestWhatCannotBeSweptHoldsUpNothingElse(t *testing.T) {
	for _, c := range []struct {
		name  string
		bad   int
		err   error
		turns int
	}{
		{"one", 1, errors.New("disk on fire"), 1},
		{"more than a batch", 450, errors.New("disk on fire"), 1},
		{"some that the storage is away for", 12, fault.New(fault.Unavailable, "UNAVAILABLE", "away"), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				storage := &picky{Store: b.blobs, bad: map[string]error{}}
				b.blobs = storage
				b.q = b.restart()
				for range c.bad {
					p := b.place(account.Plan{})
					storage.bad[p.Upload.BlobKey()] = c.err
				}
				<-time.After(time.Second) // those are the oldest
				for range 3 {
					b.place(account.Plan{})
				}
				<-time.After(2 * time.Hour)
				for range c.turns {
					if err := b.q.Sweep(t.Context()); !errors.Is(err, c.err) {
						t.Errorf("the sweep said %v, want what was wrong", err)
					}
				}
				if has := b.has(); has.PendingUploads != int64(c.bad) {
					t.Errorf("%d uploads are left, want the %d that cannot be removed", has.PendingUploads, c.bad)
				}
				storage.bad = nil
				<-time.After(2 * time.Hour)
				if err := b.q.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
				if has := b.has(); has.PendingUploads != 0 {
					t.Errorf("%d uploads are left", has.PendingUploads)
				}
			})
		})
	}
}

// TestAnExpiredJobWhoseFileStaysHoldsUpNoUpload: one sweep removes an upload
// though the file of a job before it cannot be removed.
func TestAnExpiredJobWhoseFileStaysHoldsUpNoUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fire := errors.New("disk on fire")
		storage := &picky{Store: b.blobs, bad: map[string]error{}}
		b.blobs = storage
		b.q = b.restart()
		j := b.submit("ann", func(s *queue.Spec) { s.InputAt, s.Input = job.InFile, nil })
		storage.bad[job.InputKey(j.ID)] = fire
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Fatal(err)
		}
		b.place(account.Plan{})
		<-time.After(3 * time.Hour)
		if err := b.q.Sweep(t.Context()); !errors.Is(err, fire) {
			t.Errorf("the sweep said %v", err)
		}
		if has := b.has(); has.PendingUploads != 0 {
			t.Error("the upload is left")
		}
		if _, err := b.store.Get(t.Context(), j.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the job is left: %v", err)
		}
	})
}

// TestAFileThatCannotBeRemovedHoldsUpNoOrphan: all others are gone after one
// collection.
func TestAFileThatCannotBeRemovedHoldsUpNoOrphan(t *testing.T) {
	b := newBench(t)
	fire := errors.New("disk on fire")
	storage := &picky{Store: b.blobs, bad: map[string]error{}}
	b.blobs = storage
	b.q = b.restart()
	const n = 450
	for i := range n {
		key := job.OutputKey(fmt.Sprintf("%032x", i))
		b.orphan(key)
		if i%200 == 0 {
			storage.bad[key] = fire
		}
	}
	if _, err := b.q.CollectOrphans(t.Context(), time.Now()); !errors.Is(err, fire) {
		t.Errorf("got %v", err)
	}
	if left := b.files(); left != len(storage.bad) {
		t.Errorf("%d files are left, want the %d that cannot be removed", left, len(storage.bad))
	}
}
