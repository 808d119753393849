package webhook_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/webhook"
)

// sequences are the numbers of the events that a host was called for.
func (w *world) sequences(host string) (numbers []int64) {
	for _, c := range w.to(host) {
		numbers = append(numbers, c.event(w.t).Data.Sequence)
	}
	return numbers
}

// down answers that it does not work.
func down(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }

func TestWhatWasNotTakenIsSentAgainInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.another(w.store)
		h := w.add("ann", "http://in.example/")
		w.fail("ann", "")
		w.after(time.Minute)
		w.answer("in.example", down)
		since := time.Now()
		for range 12 {
			w.fail("ann", "")
			w.after(10 * time.Second)
		}
		gone := w.fail("ann", "")
		w.after(10 * time.Minute)
		w.must(w.queue.Delete(t.Context(), "ann", gone))
		w.after(time.Hour) // its delivery finds that out
		w.mu.Lock()
		w.calls = nil
		w.mu.Unlock()
		w.answer("in.example", func(http.ResponseWriter, *http.Request) { <-time.After(700 * time.Millisecond) })
		n, err := w.endpoints.Recover(t.Context(), "ann", h.ID, since)
		w.must(err)
		again, err := w.endpoints.Recover(t.Context(), "ann", h.ID, since)
		w.must(err)
		w.after(3 * time.Second)
		during, err := w.endpoints.Recover(t.Context(), "ann", h.ID, since)
		w.must(err)
		w.fail("ann", "") // what comes meanwhile comes after
		w.after(time.Minute)
		if n != 12 || again != 0 || during != 0 {
			t.Errorf("recovered %d, then %d, and while it was under way %d, want 12, 0 and 0", n, again, during)
		}
		if told, paced := w.recovered.Load(), w.paced.Load(); told != 12 || paced != 0 {
			t.Errorf("%d are counted as recovered, want 12, and %d as paced, want 0", told, paced)
		}
		want := []int64{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15}
		if got := w.sequences("in.example"); !slices.Equal(got, want) {
			t.Errorf("got events %v, want %v", got, want)
		}
		for _, d := range w.deliveries(&h) {
			if d.State != job.Delivered && d.Job != gone {
				t.Errorf("got %+v", d)
			}
		}
		if n, err := w.endpoints.Recover(t.Context(), "ann", h.ID, time.Time{}); n != 0 || err != nil {
			t.Errorf("in the end: %d, %v", n, err)
		}
	})
}

// TestRecoveringADisabledWebhook: after its owner has enabled it again.
func TestRecoveringADisabledWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", status(http.StatusGone))
		w.fail("ann", "")
		w.after(time.Second)
		recovered := func() (int, error) { return w.endpoints.Recover(t.Context(), "ann", h.ID, h.Created) }
		if _, err := recovered(); !fault.IsCode(err, "WEBHOOK_DISABLED") {
			t.Errorf("got %v", err)
		}
		yes := true
		is, err := w.endpoints.Change(t.Context(), "ann", h.ID, &webhook.Ask{Enabled: &yes})
		w.must(err)
		if !is.Enabled || is.Reason != "" {
			t.Errorf("got %+v", is)
		}
		w.answer("in.example", nil)
		if n, err := recovered(); n != 1 || err != nil {
			t.Errorf("recovered %d, %v", n, err)
		}
		w.after(time.Second)
		if d := w.deliveries(&h)[0]; d.State != job.Delivered || d.Reason != "" || len(webhook.Attempts(d.Log)) != 2 {
			t.Errorf("got %+v", d)
		}
		for _, owner := range []string{"bob", ""} {
			if _, err := w.endpoints.Recover(t.Context(), owner, h.ID, h.Created); !fault.IsCode(err, "WEBHOOK_NOT_FOUND") {
				t.Errorf("another owner: %v", err)
			}
		}
	})
}

// TestACallThatIsOnItsWayIsNotRecovered: nor what waits for its first one.
func TestACallThatIsOnItsWayIsNotRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", down)
		w.fail("ann", "")
		w.after(time.Second)
		w.answer("in.example", func(http.ResponseWriter, *http.Request) { <-time.After(20 * time.Second) })
		w.after(6 * time.Second) // the second attempt is on its way
		w.fail("ann", "")
		w.after(time.Second)
		if n, err := w.endpoints.Recover(t.Context(), "ann", h.ID, h.Created); n != 0 || err != nil {
			t.Errorf("recovered %d, %v, want none", n, err)
		}
		w.after(time.Minute)
		if got := w.sequences("in.example"); !slices.Equal(got, []int64{1, 1, 2}) {
			t.Errorf("got events %v", got)
		}
	})
}

// TestARecoveryGoesOnAfterACrash: what was to be sent in order is, though the process
// dies in between, and what it had sent may come twice.
func TestARecoveryGoesOnAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/")
		w.answer("in.example", down)
		for range 5 {
			w.fail("ann", "")
		}
		w.after(time.Minute)
		w.stopped()
		w.mu.Lock()
		w.calls = nil
		w.mu.Unlock()
		w.answer("in.example", nil)
		n, err := w.endpoints.Recover(t.Context(), "ann", h.ID, h.Created)
		w.must(err)
		w.start(&forgetful{Outbox: w.store}) // it calls, and dies before it can write that down
		w.after(20 * time.Second)
		w.stopped()
		w.start(w.store)
		w.after(5 * time.Minute)
		if got := w.sequences("in.example"); n != 5 || !slices.Equal(got, []int64{1, 1, 2, 3, 4, 5}) {
			t.Errorf("recovered %d, got events %v", n, got)
		}
	})
}
