package worker_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// TestAJobThatIsOnlyClaimedAheadIsNotSeenToRun: after many quick jobs come slow
// ones. Whoever asks sees no job run and then wait again, no more run than there
// are workers, and one attempt at each.
func TestAJobThatIsOnlyClaimedAheadIsNotSeenToRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 2
		h := open(t, workers)
		defer h.stop(time.Minute)
		for range 300 {
			h.submit("0s")
		}
		h.final(h.submit("0s"))
		var ids []job.ID
		for range 40 {
			ids = append(ids, h.submit("3s"))
		}
		seen := map[job.ID]job.Status{}
		for range 200 {
			<-time.After(100 * time.Millisecond)
			synctest.Wait()
			running, listed := 0, map[job.ID]job.Job{}
			list, _, err := h.q.List(t.Context(), protocol.Filter{Owner: "ann", Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range list {
				listed[j.ID] = j
			}
			for _, id := range ids {
				snap, err := h.q.Get(t.Context(), "ann", id)
				if err != nil {
					t.Fatal(err)
				}
				is := snap.Job
				if l := listed[id]; l.Status != is.Status || l.Attempt != is.Attempt {
					t.Fatalf("the list says %s, attempt %d, version %d; the job %s, attempt %d, version %d", l.Status, l.Attempt, l.Version, is.Status, is.Attempt, is.Version)
				}
				if is.Status == job.Processing {
					running++
				}
				if is.Status == job.Queued && (seen[id] == job.Processing || is.Attempt != 0) {
					t.Fatalf("a job waits again, or after %d attempts", is.Attempt)
				}
				seen[id] = is.Status
			}
			if running > workers {
				t.Fatalf("%d jobs are seen to run", running)
			}
		}
		for _, id := range ids {
			if is := h.final(id); is.Status != job.Success || is.Attempt != 1 {
				t.Errorf("a job is %s after %d attempts", is.Status, is.Attempt)
			}
		}
	})
}

// TestJobsClaimedAheadAreHandedBackAtShutdown: no attempt is counted, and nobody
// sees anything.
func TestJobsClaimedAheadAreHandedBackAtShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		long, ids := h.claimedAhead()
		h.beforeClose = func() {
			if is := h.final(long); is.Status != job.Success || is.Attempt != 1 {
				t.Errorf("the one that ran is %s after %d attempts", is.Status, is.Attempt)
			}
			for _, id := range ids {
				is, err := h.store.Get(t.Context(), id)
				if err != nil || is.Status != job.Queued || is.Attempt != 0 || len(is.History) != 0 {
					t.Errorf("one that did not is %s, attempt %d, %s, %v", is.Status, is.Attempt, is.History, err)
				}
			}
		}
		h.stop(time.Minute)
	})
}

// TestAJobClaimedAheadMayBeCanceled: it ends so, whoever has it.
func TestAJobClaimedAheadMayBeCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		for range 100 {
			h.submit("0s")
		}
		h.final(h.submit("0s"))
		h.submit("10s")
		synctest.Wait()
		id := h.submit("1s")
		synctest.Wait()
		if _, err := h.q.Cancel(t.Context(), "ann", id); err != nil {
			t.Fatal(err)
		}
		if is := h.final(id); is.Status != job.Failed || !strings.Contains(string(is.Error), "CANCELED") {
			t.Errorf("it is %s %s", is.Status, is.Error)
		}
	})
}

// claimedAhead has the one worker run a long job and claim some short ones ahead
// of its end.
func (h *house) claimedAhead() (long job.ID, ids []job.ID) {
	h.t.Helper()
	for range 100 {
		h.submit("0s")
	}
	h.final(h.submit("0s"))
	long = h.submit("10s")
	synctest.Wait()
	ids = []job.ID{h.submit("1s"), h.submit("1s"), h.submit("1s")}
	synctest.Wait()
	if is, err := h.store.Get(h.t.Context(), ids[0]); err != nil || is.Status != job.Processing {
		h.t.Fatalf("in the store one is %s, %v: nothing is claimed ahead", is.Status, err)
	}
	return long, ids
}
