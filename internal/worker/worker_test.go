package worker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/attempt"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/tool"
	"claimcheck/internal/view"
	"claimcheck/internal/worker"
)

// A sleeper is a tool that sleeps as long as its input says. The word large
// before that makes its output a large one, wrong a failure, and deaf lets it
// sleep on when it is told to stop.
type sleeper struct {
	running, most, runs atomic.Int64

	stopped atomic.Value // why the last one was told to stop
}

// cause is why a run was told to stop.
func (s *sleeper) cause() error {
	err, _ := s.stopped.Load().(error)
	return err
}

func (s *sleeper) Spec() tool.Spec {
	return tool.Spec{Name: "sleep", OutputExt: "txt", ContentType: "text/plain", Text: true}
}

func (s *sleeper) Run(ctx context.Context, c tool.Call) error {
	in, err := io.ReadAll(c.Input)
	if err != nil {
		return err
	}
	s.runs.Add(1)
	n := s.running.Add(1)
	defer s.running.Add(-1)
	for old := s.most.Load(); n > old && !s.most.CompareAndSwap(old, n); old = s.most.Load() {
	}
	if string(in) == "panic" {
		panic("boom")
	}
	words := strings.Fields(string(in))
	d, err := time.ParseDuration(words[len(words)-1])
	if err != nil {
		return err
	}
	done := ctx.Done()
	if slices.Contains(words, "deaf") {
		done = nil
	}
	select {
	case <-time.After(d):
	case <-done:
		s.stopped.Store(context.Cause(ctx))
		return ctx.Err()
	}
	switch {
	case slices.Contains(words, "wrong"):
		return fault.New(fault.Invalid, "INVALID_JSON", "no")
	case slices.Contains(words, "large"):
		_, err = c.Output.Write([]byte(large))
	default:
		_, err = c.Output.Write([]byte("slept"))
	}
	return err
}

type house struct {
	t     *testing.T
	q     *queue.Queue
	pool  *worker.Pool
	tool  *sleeper
	store *sqlitestore.Store
	far   *farSide
	blobs *dirblob.Store
	stop  func(patience time.Duration)

	beforeClose func()
}

// open opens a house; the queue's store may stand before the house's own.
func open(t *testing.T, workers int, before ...func(*sqlitestore.Store) protocol.Store) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{t: t, tool: &sleeper{}, far: &farSide{}}
	log := slog.New(slog.DiscardHandler)
	var err error
	if h.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	blobs, err := dirblob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	var store protocol.Store = h.store
	for _, f := range before {
		store = f(h.store)
	}
	h.q, err = queue.New(t.Context(), queue.Config{
		Store: store, Blobs: blobs, Log: log, Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{} },
		Node:  "test", Lease: 30 * time.Second, MaxAttempts: 2, Retention: time.Hour, CacheBytes: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := tool.NewSet(h.tool)
	if err != nil {
		t.Fatal(err)
	}
	h.blobs = blobs
	h.pool = worker.New(worker.Config{
		Queue: h.q, Tools: set, Inputs: &attempt.Inputs{Queue: h.q, Blobs: blobs, Fetch: h.far}, Log: log, Workers: workers, SyncSlots: 2, JobTimeout: time.Minute,
		Runner: &attempt.Runner{Blobs: blobs, Random: rand.Reader, Log: log, Grace: time.Second},
		Ran:    func(context.Context, string, time.Duration) {},
	})
	keep, endKeep := context.WithCancel(context.Background())
	claim, endClaim := context.WithCancel(context.Background())
	var running, keeping sync.WaitGroup
	keeping.Go(func() { h.q.Run(keep) })
	running.Go(func() { h.pool.Run(claim) })
	h.stop = func(patience time.Duration) {
		endClaim()
		running.Wait()
		h.pool.Drain(patience)
		endKeep()
		keeping.Wait()
		if h.beforeClose != nil {
			h.beforeClose()
		}
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	}
	return h
}

func (h *house) spec(input string) queue.Spec {
	return queue.Spec{ID: h.q.NewID(), Owner: "ann", Tool: "sleep", RequestID: "r", Input: []byte(input), InputSize: int64(len(input))}
}

func (h *house) submit(input string) job.ID {
	h.t.Helper()
	j, _, err := h.q.Submit(h.t.Context(), h.spec(input))
	if err != nil {
		h.t.Fatal(err)
	}
	return j.ID
}

// final waits for a job's end.
func (h *house) final(id job.ID) job.Job {
	h.t.Helper()
	s, err := h.q.Await(h.t.Context(), "ann", id, view.Finished)
	if err != nil {
		h.t.Fatal(err)
	}
	return s.Job
}

func (h *house) call(input string, wait time.Duration) attempt.Call {
	return attempt.Call{
		Spec: h.spec(input), Tool: h.tool, Wait: wait,
		Open:    func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(input)), nil },
		Persist: func(context.Context) error { return nil },
		Release: func() {},
	}
}

func TestJobsRunAsManyAtATimeAsThereAreWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 4)
		defer h.stop(time.Minute)
		var ids []job.ID
		for range 12 {
			ids = append(ids, h.submit("1s"))
		}
		began := time.Now()
		for _, id := range ids {
			if j := h.final(id); j.Status != job.Success {
				t.Errorf("got %s %s", j.Status, j.Error)
			}
		}
		if took := time.Since(began); took < 3*time.Second || took > 4*time.Second || h.tool.most.Load() != 4 {
			t.Errorf("12 jobs took %s, at most %d at once; want 3 s and 4", took, h.tool.most.Load())
		}
	})
}

func TestAJobThatTakesTooLongEndsAsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		if j := h.final(h.submit("2m")); !strings.Contains(string(j.Error), `"code":"TIMEOUT"`) || h.tool.runs.Load() != 2 {
			t.Errorf("got %s %s after %d runs, want TIMEOUT after 2", j.Status, j.Error, h.tool.runs.Load())
		}
	})
}

func TestAPanickingToolFailsOnlyItsJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 2)
		defer h.stop(time.Minute)
		bad, good := h.submit("panic"), h.submit("1s")
		if j := h.final(good); j.Status != job.Success {
			t.Errorf("the other job: %s", j.Error)
		}
		if j := h.final(bad); !strings.Contains(string(j.Error), "INTERNAL_ERROR") || strings.Contains(string(j.Error), "boom") {
			t.Errorf("got %s", j.Error)
		}
	})
}

func TestShutdownFinishesWhatItCanAndHandsBackTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 2)
		short, long, waiting := h.submit("5s"), h.submit("50s"), h.submit("1s")
		<-time.After(time.Second)
		began := time.Now()
		statuses := map[job.ID]job.Status{}
		h.beforeClose = func() {
			for _, id := range []job.ID{short, long, waiting} {
				j, err := h.store.Get(context.Background(), id)
				if err != nil {
					t.Error(err)
				}
				statuses[id] = j.Status
			}
		}
		h.stop(10 * time.Second)
		if took := time.Since(began); took > 11*time.Second {
			t.Errorf("it took %s, want the patience of 10 s", took)
		}
		if statuses[short] != job.Success || statuses[long] != job.Queued || statuses[waiting] != job.Queued {
			t.Errorf("short %s, long %s, waiting %s; want success, queued, queued", statuses[short], statuses[long], statuses[waiting])
		}
	})
}

func TestASynchronousCallBecomesAJobWhenItsTimeIsUpAndItsAttemptGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		began := time.Now()
		res, err := h.pool.Do(t.Context(), h.call("40s", 25*time.Second))
		if err != nil || res.Job == nil || time.Since(began) != 25*time.Second {
			t.Fatalf("after %s: %+v, %v; want a job after 25 s", time.Since(began), res, err)
		}
		j := h.final(res.Job.ID)
		if j.Status != job.Success || time.Since(began) != 40*time.Second || h.tool.runs.Load() != 1 {
			t.Errorf("%s after %s and %d runs; want success after 40 s and 1", j.Status, time.Since(began), h.tool.runs.Load())
		}
	})
}

func TestAClientThatGoesAwayLosesNoWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		res, err := h.pool.Do(ctx, h.call("10s", 25*time.Second))
		if err != nil || res.Job == nil {
			t.Fatalf("got %+v, %v; want a job", res, err)
		}
		if j := h.final(res.Job.ID); j.Status != job.Success {
			t.Errorf("got %s", j.Status)
		}
	})
}

func TestAFullPoolTurnsACallIntoAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		var all sync.WaitGroup
		for range 2 { // as many as there are slots
			all.Go(func() {
				if res, err := h.pool.Do(t.Context(), h.call("10s", 25*time.Second)); err != nil || res.Job != nil {
					t.Errorf("got %+v, %v; want an outcome", res, err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		res, err := h.pool.Do(t.Context(), h.call("1s", 25*time.Second))
		if err != nil || res.Job == nil || time.Since(began) > time.Second {
			t.Errorf("got %+v, %v after %s; want a job within a second", res, err, time.Since(began))
		}
		all.Wait()
	})
}

func TestACanceledJobStopsItsTool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		id := h.submit("50s")
		<-time.After(time.Second)
		began := time.Now()
		if _, err := h.q.Cancel(t.Context(), "ann", id); err != nil {
			t.Fatal(err)
		}
		if j := h.final(id); !strings.Contains(string(j.Error), "CANCELED") || time.Since(began) > time.Second {
			t.Errorf("got %s after %s", j.Error, time.Since(began))
		}
	})
}

func TestARefusedPromotionStopsTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		call := h.call("50s", time.Second)
		full := errors.New("disk full")
		call.Persist = func(context.Context) error { return full }
		began := time.Now()
		if _, err := h.pool.Do(t.Context(), call); !errors.Is(err, full) {
			t.Errorf("got %v, want the refusal", err)
		}
		<-time.After(2 * time.Second)
		if n := h.tool.running.Load(); n != 0 {
			t.Errorf("the tool still runs after %s", time.Since(began))
		}
	})
}
