package webhook_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
)

// A clock that steps puts no call off for long, also where the process was
// started since.
func TestAClockThatStepsPutsNoCallOff(t *testing.T) {
	for _, step := range []time.Duration{-2 * time.Hour, -10 * 365 * 24 * time.Hour, 2 * time.Hour} {
		for _, restarted := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				h := w.add("ann", "http://in.example/hook")
				w.answer("in.example", status(http.StatusInternalServerError))
				w.fail("ann", "")
				w.after(time.Second)
				if restarted {
					w.stopped()
				}
				w.step.Add(int64(step))
				w.answer("in.example", status(http.StatusOK))
				if restarted {
					w.start(w.store)
				}
				w.after(75 * time.Second)
				if d := w.deliveries(&h)[0]; d.State != job.Delivered || len(w.to("in.example")) != 2 {
					t.Errorf("after a step of %s (restarted: %t) %d calls, %v", step, restarted, len(w.to("in.example")), d.State)
				}
			})
		}
	}
}

// A call that is on its way when the clock is set back is not made twice, and
// what came of it counts.
func TestACallOnItsWayIsNotMadeTwiceWhenTheClockIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/hook")
		w.answer("in.example", func(http.ResponseWriter, *http.Request) { <-time.After(20 * time.Second) })
		w.fail("ann", "")
		w.after(time.Second)
		w.step.Add(int64(-2 * time.Hour))
		w.after(5 * time.Minute)
		if d := w.deliveries(&h)[0]; d.State != job.Delivered || len(w.to("in.example")) != 1 {
			t.Errorf("%d calls, %v", len(w.to("in.example")), d.State)
		}
	})
}

// A clock that is years ahead for a moment neither ends nor removes a delivery.
func TestAClockThatIsWrongByYearsEndsNoDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.add("ann", "http://in.example/hook")
		w.answer("in.example", status(http.StatusInternalServerError))
		w.fail("ann", "")
		w.after(time.Minute)
		w.step.Add(int64(20 * 365 * 24 * time.Hour))
		w.after(5 * time.Minute)
		w.step.Add(-int64(20 * 365 * 24 * time.Hour))
		w.answer("in.example", status(http.StatusOK))
		w.after(2 * time.Minute)
		list := w.deliveries(&h)
		if len(list) != 1 || list[0].State != job.Delivered {
			t.Errorf("got %+v, want one that was delivered", list)
		}
	})
}
