package worker_test

import (
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/pause"
)

func (h *house) pause(kind pause.Kind, name string) {
	h.t.Helper()
	if changed, err := h.q.Pauses().Pause(h.t.Context(), kind, name, "test"); err != nil || !changed {
		h.t.Fatalf("pause %s: changed %t, %v", name, changed, err)
	}
}

func (h *house) resume(kind pause.Kind, name string) {
	h.t.Helper()
	if changed, err := h.q.Pauses().Resume(h.t.Context(), kind, name); err != nil || !changed {
		h.t.Fatalf("resume %s: changed %t, %v", name, changed, err)
	}
}

// TestJobsClaimedAheadDoNotBeginAfterAPause: they are handed back, and nobody sees
// anything; what runs goes on.
func TestJobsClaimedAheadDoNotBeginAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, 1)
		defer h.stop(time.Minute)
		long, ids := h.claimedAhead()
		runs := h.tool.runs.Load()
		h.pause(pause.Tool, "sleep")
		if is := h.final(long); is.Status != job.Success {
			t.Errorf("what ran is %s", is.Status)
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if got := h.tool.runs.Load(); got != runs {
			t.Errorf("%d runs began after the pause", got-runs)
		}
		for _, id := range ids {
			is, err := h.store.Get(t.Context(), id)
			if err != nil || is.Status != job.Queued || is.Attempt != 0 || len(is.History) != 0 {
				t.Errorf("one that did not begin is %s, attempt %d, %s, %v", is.Status, is.Attempt, is.History, err)
			}
		}
		h.resume(pause.Tool, "sleep")
		for _, id := range ids {
			if is := h.final(id); is.Status != job.Success || is.Attempt != 1 {
				t.Errorf("one is %s after %d attempts", is.Status, is.Attempt)
			}
		}
	})
}
