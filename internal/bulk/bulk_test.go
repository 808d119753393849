package bulk_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/bulk"
	"claimcheck/internal/clock"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// A bench is a real queue on a real store, in a test's bubble.
type bench struct {
	t     *testing.T
	store *sqlitestore.Store
	queue *queue.Queue
	blobs blob.Store
	plan  account.Plan
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t: t, plan: account.Plan{Name: "default"}}
	var err error
	b.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now})
	b.must(err)
	t.Cleanup(func() { b.must(b.store.Close()) })
	b.blobs, err = dirblob.Open(filepath.Join(dir, "files"))
	b.must(err)
	b.queue, err = queue.New(t.Context(), queue.Config{
		Store: b.store, Blobs: b.blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return b.plan },
		Node:  "test", Lease: 30 * time.Second, MaxAttempts: 4, Retention: 72 * time.Hour, CacheBytes: 1 << 20,
	})
	b.must(err)
	return b
}

func pass(d time.Duration) { <-time.After(d) }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) submit(n int) (ids []job.ID) {
	b.t.Helper()
	slots := make(chan struct{}, 64) // they share transactions
	var all sync.WaitGroup
	for range n {
		id := b.queue.NewID()
		ids = append(ids, id)
		slots <- struct{}{}
		all.Go(func() {
			_, _, err := b.queue.Submit(b.t.Context(), queue.Spec{ID: id, Owner: "ann", Plan: b.plan, Tool: "x", RequestID: "r", Input: []byte("{}"), InputSize: 2})
			if err != nil {
				b.t.Error(err)
			}
			<-slots
		})
	}
	all.Wait()
	return ids
}

// server is one server's bulks, on a store of its own making.
func (b *bench) server(name string, store bulk.Store) *bulk.Bulks {
	return bulk.New(bulk.Config{
		Store: store, Queue: b.queue, Blobs: b.blobs, Log: slog.New(slog.DiscardHandler), Clock: clock.New(time.Now), Node: strings.Split(name, "/")[0], Worker: name,
		AtOnce: 2, Most: 2000, Kept: time.Hour,
	})
}

// run runs a server until stop is called.
func (b *bench) run(s *bulk.Bulks) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return sync.OnceFunc(func() {
		cancel()
		<-done
	})
}

func waiting(a job.BulkAction, status job.Status) *bulk.Order {
	return &bulk.Order{
		Whose: bulk.Whose{Owner: "ann"}, Action: a, Filters: true, RequestID: "bulk",
		Filter: protocol.Filter{Owner: "ann", Status: []job.Status{status}},
	}
}

func (b *bench) over(s *bulk.Bulks, id job.ID) job.Bulk {
	b.t.Helper()
	is, err := s.Await(b.t.Context(), bulk.Whose{Owner: "ann"}, id, func(*job.Bulk) bool { return false })
	b.must(err)
	return is
}

func (b *bench) counted(status job.Status) int {
	b.t.Helper()
	n, err := b.server("counts", b.store).Count(b.t.Context(), waiting(job.BulkCancel, status))
	b.must(err)
	return n
}

// dying is a store that notes no more how far bulks are, after some notes: as if the
// process had died in between. What it did with jobs is done.
type dying struct {
	*sqlitestore.Store
	mu    sync.Mutex
	notes int // that are still made
}

var errDead = errors.New("the process is dead")

func (d *dying) ChangeBulk(ctx context.Context, id job.ID, decide func(*job.Bulk, time.Time) error) (job.Bulk, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.notes == 0 {
		return job.Bulk{}, errDead
	}
	d.notes--
	return d.Store.ChangeBulk(ctx, id, decide)
}

// TestWhatADeadServerDidIsNotDoneTwice: the server dies after it has done some jobs
// and before it notes that; another goes on when the lease has ended.
func TestWhatADeadServerDidIsNotDoneTwice(t *testing.T) {
	for _, action := range []job.BulkAction{job.BulkCancel, job.BulkRetry, job.BulkDelete} {
		t.Run(action.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				const n = 1500
				b.submit(n)
				status := job.Queued
				if action == job.BulkRetry {
					first := b.server("first", b.store)
					stop := b.run(first)
					is, err := first.Begin(t.Context(), b.queue.NewID(), waiting(job.BulkCancel, job.Queued))
					b.must(err)
					b.over(first, is.ID)
					stop()
					status = job.Failed
				}
				dead := b.server("dead", &dying{Store: b.store, notes: 3}) // the beginning and two pieces
				stop := b.run(dead)
				is, err := dead.Begin(t.Context(), b.queue.NewID(), waiting(action, status))
				b.must(err)
				pass(5 * time.Second)
				stop()
				left, err := b.store.Bulk(t.Context(), is.ID)
				b.must(err)
				if is.Matched != n || left.Next != 1024 || left.State != job.BulkProcessing {
					t.Fatalf("when it died: %+v", left)
				}
				next := b.server("next", b.store)
				defer b.run(next)()
				got := b.over(next, is.ID)
				if got.State != job.BulkDone || got.Done != n || got.Skipped != 0 || got.Worker != "next" {
					t.Errorf("in the end: %+v", got)
				}
				want := map[job.BulkAction][2]int{job.BulkCancel: {0, n}, job.BulkRetry: {n, n}, job.BulkDelete: {0, 0}}[action]
				if queued, failed := b.counted(job.Queued), b.counted(job.Failed); queued != want[0] || failed != want[1] {
					t.Errorf("%d wait and %d have failed, want %v", queued, failed, want)
				}
			})
		})
	}
}

// TestARestartedServerGoesOnAtOnce: it knows that its earlier process is dead.
func TestARestartedServerGoesOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit(1300)
		dead := b.server("one/1", &dying{Store: b.store, notes: 2})
		stop := b.run(dead)
		is, err := dead.Begin(t.Context(), b.queue.NewID(), waiting(job.BulkCancel, job.Queued))
		b.must(err)
		pass(time.Second)
		stop()
		began := time.Now()
		again := b.server("one/2", b.store)
		defer b.run(again)()
		if got := b.over(again, is.ID); got.Done != 1300 || time.Since(began) > 3*time.Second {
			t.Errorf("after %s: %+v", time.Since(began), got)
		}
	})
}

// TestAServerThatStopsLeavesItsBulksToOthersAtOnce: nothing is in doubt then, and
// what was canceled by somebody else meanwhile is told.
func TestAServerThatStopsLeavesItsBulksToOthersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ids := b.submit(900)
		first, second := b.server("first", b.store), b.server("second", b.store)
		is, err := first.Begin(t.Context(), b.queue.NewID(), waiting(job.BulkCancel, job.Queued))
		b.must(err)
		_, err = b.queue.Cancel(t.Context(), "ann", ids[899])
		b.must(err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		first.Run(ctx) // stops before it has begun
		left, err := b.store.Bulk(t.Context(), is.ID)
		b.must(err)
		if left.Worker != "" || left.Next != 0 {
			t.Fatalf("left: %+v", left)
		}
		began := time.Now()
		defer b.run(second)()
		got := b.over(second, is.ID)
		if got.Done != 899 || got.Skipped != 1 || string(got.Skips) != `[{"job_id":"`+ids[899].String()+`","code":"JOB_FINISHED"}]` {
			t.Errorf("in the end: %+v %s", got, got.Skips)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it was waited for %s", took)
		}
	})
}

// TestABulkThatIsEndedGoesNoFurther: what was done stays done and is counted.
func TestABulkThatIsEndedGoesNoFurther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit(1200)
		s := b.server("one", b.store)
		is, err := s.Begin(t.Context(), b.queue.NewID(), waiting(job.BulkCancel, job.Queued))
		b.must(err)
		ended, err := s.End(t.Context(), bulk.Whose{Owner: "ann"}, is.ID)
		b.must(err)
		defer b.run(s)()
		pass(time.Minute)
		got := b.over(s, is.ID)
		if ended.State != job.BulkEnded || got.State != job.BulkEnded || got.Done > 512 || b.counted(job.Queued) != 1200-int(got.Done) {
			t.Errorf("ended %+v, then %+v with %d left", ended, got, b.counted(job.Queued))
		}
		pass(2 * time.Hour)
		if _, err := s.Get(t.Context(), bulk.Whose{Owner: "ann"}, is.ID); !fault.IsCode(err, "BULK_NOT_FOUND") {
			t.Errorf("two hours later: %v", err)
		}
		if _, err := b.store.Bulk(t.Context(), is.ID); !fault.IsCode(err, "BULK_NOT_FOUND") {
			t.Errorf("its row: %v", err)
		}
	})
}

func TestAnOwnerHasSoManyBulksAtOnceAndABulkSoManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit(2001)
		s := b.server("one", b.store)
		if _, err := s.Begin(t.Context(), b.queue.NewID(), waiting(job.BulkCancel, job.Queued)); !fault.IsCode(err, "TOO_MANY_MATCHED") {
			t.Errorf("too many jobs: %v", err)
		}
		few := waiting(job.BulkCancel, job.Queued)
		few.IDs = b.submit(2)
		for range 2 { // the one that came to nothing does not count
			_, err := s.Begin(t.Context(), b.queue.NewID(), few)
			b.must(err)
		}
		if _, err := s.Begin(t.Context(), b.queue.NewID(), few); !fault.IsCode(err, "TOO_MANY_BULKS") || fault.Of(err).RetryAfter <= 0 {
			t.Errorf("the third: %v", err)
		}
		few.Owner = "bob"
		_, err := s.Begin(t.Context(), b.queue.NewID(), few)
		b.must(err)
	})
}

// away is a store that is away for a while, as far as bulks are concerned.
type away struct {
	*sqlitestore.Store
	mu sync.Mutex
	on bool
}

func (a *away) set(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.on = on
}

func (a *away) ChangeBulk(ctx context.Context, id job.ID, decide func(*job.Bulk, time.Time) error) (job.Bulk, error) {
	a.mu.Lock()
	on := a.on
	a.mu.Unlock()
	is, err := a.Store.ChangeBulk(ctx, id, decide)
	if on && err == nil {
		return job.Bulk{}, fault.New(fault.Unavailable, "UNAVAILABLE", "away").With("outcome", "unknown") // though it was done
	}
	return is, err
}

// TestAnAnswerThatIsLostCountsNothingTwice: the store takes notes, and says that it
// does not know whether it has.
func TestAnAnswerThatIsLostCountsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit(1500)
		store := &away{Store: b.store}
		s := b.server("one", store)
		is, err := s.Begin(t.Context(), b.queue.NewID(), waiting(job.BulkCancel, job.Queued))
		b.must(err)
		store.set(true)
		defer b.run(s)()
		pass(10 * time.Second)
		store.set(false)
		if got := b.over(s, is.ID); got.Done != 1500 || got.Skipped != 0 {
			t.Errorf("in the end: %+v", got)
		}
	})
}

// TestABulkWhoseMakerDiedComesToNothing: nobody has been told of it.
func TestABulkWhoseMakerDiedComesToNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit(3)
		dead := b.server("dead", &dying{Store: b.store})
		id := b.queue.NewID()
		if _, err := dead.Begin(t.Context(), id, waiting(job.BulkCancel, job.Queued)); !errors.Is(err, errDead) {
			t.Fatal(err)
		}
		next := b.server("next", b.store)
		defer b.run(next)()
		pass(10 * time.Minute)
		if _, err := b.store.Bulk(t.Context(), id); !fault.IsCode(err, "BULK_NOT_FOUND") {
			t.Errorf("it is still there: %v", err)
		}
		if n := b.counted(job.Queued); n != 3 {
			t.Errorf("%d wait, want 3", n)
		}
	})
}
