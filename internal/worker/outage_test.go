package worker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/store/storetest"
)

// openBehind opens a house whose store can be away.
func openBehind(t *testing.T, workers int, shared bool) (*house, *storetest.Outage) {
	t.Helper()
	s := &storetest.Outage{AsShared: shared}
	h := open(t, workers, func(of *sqlitestore.Store) protocol.Store {
		s.Store = of
		return s
	})
	return h, s
}

// stored is a job as it is in the store.
func (h *house) stored(id job.ID) job.Job {
	h.t.Helper()
	j, err := h.store.Get(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}

// files counts the files of outputs that are there.
func (h *house) files() (n int) {
	h.t.Helper()
	err := h.blobs.Walk(context.Background(), time.Now().Add(time.Hour), func(string) error { n++; return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestWorkThatEndsWhileTheStoreIsAwayIsRecordedWhenItIsBack: not done again, and
// not forgotten, whatever the outage; files that outcomes name stay.
func TestWorkThatEndsWhileTheStoreIsAwayIsRecordedWhenItIsBack(t *testing.T) {
	for _, outage := range []time.Duration{time.Second, 10 * time.Second, 32 * time.Second, 5 * time.Minute} {
		for _, deaf := range []bool{false, true} {
			name := "away for " + outage.String()
			if deaf {
				name += ", an answer lost"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h, s := openBehind(t, 4, false)
					defer h.stop(time.Minute)
					ids := []job.ID{h.submit("5s"), h.submit("5s"), h.submit("large 5s"), h.submit("wrong 5s")}
					<-time.After(4 * time.Second)
					s.Away.Store(!deaf)
					s.Deaf.Store(deaf)
					<-time.After(outage + 2*time.Second)
					s.Away.Store(false)
					<-time.After(3 * time.Second)
					for i, id := range ids {
						want := job.Success
						if i == 3 {
							want = job.Failed
						}
						if j := h.stored(id); j.Status != want || j.Attempt != 1 {
							t.Errorf("job %d is %s in attempt %d, want %s in the first", i, j.Status, j.Attempt, want)
						}
					}
					if n := h.files(); n != 1 {
						t.Errorf("%d files, want the one of the large output", n)
					}
					if n := h.tool.runs.Load(); n != int64(len(ids)) {
						t.Errorf("%d runs of %d jobs", n, len(ids))
					}
					for range 4 { // every worker is free
						h.submit("5s")
					}
					<-time.After(time.Second)
					if n := h.tool.running.Load(); n != 4 {
						t.Errorf("%d run now, want 4", n)
					}
				})
			})
		}
	}
}

// TestAShutdownWhileTheStoreIsAwayEndsInTime: what is not recorded runs again
// after the next start.
func TestAShutdownWhileTheStoreIsAwayEndsInTime(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			h, s := openBehind(t, 3, false)
			done, runs, large := h.submit("5s"), h.submit("5m"), h.submit("large 5s")
			<-time.After(4 * time.Second)
			s.Away.Store(!deaf)
			s.Deaf.Store(deaf)
			<-time.After(30 * time.Second)
			began := time.Now()
			h.beforeClose = func() {
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("it took %s, want at most the patience of 10 s", took)
				}
				for _, id := range []job.ID{done, runs, large} {
					j := h.stored(id)
					if id == large && j.Output != "" && h.files() == 0 {
						t.Error("the file of a recorded output is gone")
					}
					if deaf && id != runs {
						continue // it was recorded, or it was not
					}
					if j.Status.Final() {
						t.Errorf("%s %s", id, j.Status)
					}
				}
			}
			h.stop(10 * time.Second)
		})
	}
}

// TestNoAttemptOutlivesItsLeaseOnASharedStore: its tool is told to stop, and what
// it makes afterwards is not kept.
func TestNoAttemptOutlivesItsLeaseOnASharedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := openBehind(t, 2, true)
		defer h.stop(time.Minute)
		h.submit("5m")
		deaf := h.submit("deaf large 1m") // it does not listen, and is done within the runner's patience
		<-time.After(10*time.Second - time.Millisecond)
		s.Away.Store(true)
		<-time.After(31 * time.Second) // at most one renewal was made just before
		if n := h.tool.running.Load(); n != 1 {
			t.Errorf("%d run after their leases, want only the one that does not listen", n)
		}
		if !errors.Is(h.tool.cause(), queue.ErrLeaseLost) {
			t.Errorf("the attempt was ended because of %v", h.tool.cause())
		}
		<-time.After(30 * time.Second)
		if n := h.files(); n != 0 {
			t.Errorf("%d files were put after the lease", n)
		}
		s.Away.Store(false)
		<-time.After(2 * time.Minute)
		if j := h.stored(deaf); j.Attempt < 2 {
			t.Errorf("the job is %s in attempt %d, want another attempt", j.Status, j.Attempt)
		}
	})
}

// large is an output that does not fit a row.
var large = strings.Repeat("x", job.MaxInlineBytes+1)

// TestAFreeWorkerDoesNotWaitForARecord: on a shared store, while the outcome of
// its last job is being recorded it takes the next one.
func TestAFreeWorkerDoesNotWaitForARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openSlow(t, 1)
		defer h.stop(time.Minute)
		began := time.Now()
		ids := []job.ID{h.submit("1s"), h.submit("1s"), h.submit("1s")}
		for _, id := range ids {
			h.final(id)
		}
		// Each claim takes as long as a record: three times one of these and a run,
		// and the last record.
		if took := time.Since(began); took > 3*(slowChange+time.Second)+slowChange+100*time.Millisecond {
			t.Errorf("three jobs took %s", took)
		}
	})
}

const slowChange = 10 * time.Second

// slowly is a shared store whose changes take long, however many there are.
type slowly struct{ *sqlitestore.Store }

func (slowly) Peers() protocol.Peers { return storetest.Silent{} }

func (s slowly) Change(ctx context.Context, changes []*protocol.Change) error {
	<-time.After(slowChange)
	return s.Store.Change(ctx, changes)
}

func openSlow(t *testing.T, workers int) *house {
	t.Helper()
	return open(t, workers, func(of *sqlitestore.Store) protocol.Store { return slowly{of} })
}
