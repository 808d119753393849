package care_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/care"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/upload"
)

// A stepper is a wall clock that may be set.
type stepper struct{ by atomic.Int64 }

func (s *stepper) now() time.Time       { return time.Now().Add(time.Duration(s.by.Load())) }
func (s *stepper) step(d time.Duration) { s.by.Add(int64(d)) }

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

const (
	testLease = 30 * time.Second
	auditKept = 2 * time.Hour
)

// A bench is a keeper of a real store and folder in a test's own directory, with
// the rules of jobs and of uploads, and a clock that may be set.
type bench struct {
	t       *testing.T
	dir     string
	clock   stepper
	store   *sqlitestore.Store
	blobs   blob.Store
	q       *queue.Queue
	uploads *upload.Uploads
	keeper  *care.Keeper
	plan    account.Plan // of all owners
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), plan: account.Plan{Name: "default"}}
	var err error
	if b.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(b.dir, "test.db"), Now: b.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if b.blobs, err = dirblob.Open(filepath.Join(b.dir, "files")); err != nil {
		t.Fatal(err)
	}
	b.restart()
	return b
}

// restart makes the parts anew, as a process does that starts now; the old ones are
// as good as dead.
func (b *bench) restart() { b.restartOn(b.store, nil) }

// restartOn is restart on a store that stands before the bench's own.
func (b *bench) restartOn(store protocol.Store, o care.Observer) {
	b.t.Helper()
	log, wall := slog.New(slog.DiscardHandler), clock.New(b.clock.now)
	var err error
	b.q, err = queue.New(b.t.Context(), queue.Config{
		Store: store, Blobs: b.blobs, Log: log, Now: b.clock.now, Clock: wall, Random: rand.Reader,
		Plans: func(string) account.Plan { return b.plan },
		Node:  "test", Lease: testLease, MaxAttempts: 4, Retention: time.Hour, CacheBytes: 1 << 20,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.uploads = upload.New(upload.Config{
		Store: store, Blobs: b.blobs, Log: log, Now: b.clock.now, Random: rand.Reader, PlanOf: b.q.PlanOf, RetentionOf: b.q.RetentionOf,
	})
	b.keeper = care.New(care.Config{Store: store, Jobs: b.q, Uploads: b.uploads, Blobs: b.blobs, Log: log, Clock: wall, Observer: o, AuditRetention: auditKept})
}

// run starts maintenance until stop is called.
func (b *bench) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { b.q.Run(ctx) })
	all.Go(func() { b.keeper.Run(ctx) })
	return func() {
		cancel()
		all.Wait()
	}
}

func (b *bench) spec() queue.Spec {
	return queue.Spec{ID: b.q.NewID(), Owner: "ann", Tool: "json-formatter", RequestID: "r", Input: []byte("{}"), InputSize: 2}
}

func (b *bench) submit(change ...func(*queue.Spec)) job.Job {
	b.t.Helper()
	s := b.spec()
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

func (b *bench) get(owner string, id job.ID) job.Job {
	b.t.Helper()
	s, err := b.q.Get(b.t.Context(), owner, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return s.Job
}

func success() queue.Outcome { return queue.Outcome{Result: []byte(`{"status":"success"}`)} }

// form asks for the form of an upload.
func (b *bench) form() upload.Form {
	b.t.Helper()
	p, err := b.uploads.Begin(b.t.Context(), "ann", account.Plan{}, "a.json")
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// arrive puts a file into the storage without telling anybody, as a client
// does that posts to a bucket, or a process that dies too early.
func (b *bench) arrive(p upload.Form, content string) {
	b.t.Helper()
	b.put(p.Upload.BlobKey(), content)
}

func (b *bench) put(key, content string) {
	b.t.Helper()
	w, err := b.blobs.Create(b.t.Context(), key)
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

// files counts the files of the storage.
func (b *bench) files() (n int) {
	b.t.Helper()
	err := b.blobs.Walk(b.t.Context(), time.Now().Add(time.Hour), func(string) error { n++; return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// finishedJob is a job that has ended.
func (b *bench) finishedJob() job.Job {
	b.t.Helper()
	b.submit()
	j, err := b.q.Finish(b.t.Context(), b.claim(), queue.Outcome{Result: []byte("{}")})
	if err != nil {
		b.t.Fatal(err)
	}
	return j
}

func (b *bench) kept(j *job.Job) bool {
	_, err := b.store.Get(b.t.Context(), j.ID)
	return err == nil
}

// orphan makes a file that no row names, last changed long ago.
func (b *bench) orphan(key string) (path string) {
	b.t.Helper()
	b.put(key, "x")
	err := filepath.WalkDir(filepath.Join(b.dir, "files"), func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			path = p
			err = os.Chtimes(p, time.Unix(1, 0), time.Unix(1, 0))
		}
		return err
	})
	if err != nil || path == "" {
		b.t.Fatal(path, err)
	}
	return path
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
