package clock_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/clock"
)

// A wall is a clock that may be set.
type wall struct{ by atomic.Int64 }

func (w *wall) now() time.Time       { return time.Now().Add(time.Duration(w.by.Load())) }
func (w *wall) step(d time.Duration) { w.by.Add(int64(d)) }

func pass(d time.Duration) { <-time.After(d) }

func TestTheSteadyTimeNeverSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		c := clock.New(w.now)
		var told []time.Duration
		c.Tell(func(d time.Duration) { told = append(told, d) })
		began := c.Steady()
		for _, d := range []time.Duration{-2 * time.Hour, 3 * time.Hour, 500 * time.Millisecond, -500 * time.Millisecond} {
			w.step(d)
			pass(time.Minute)
			if got := c.Now(); !got.Equal(w.now()) {
				t.Errorf("after a step of %s it is %s, want %s", d, got, w.now())
			}
		}
		if got := c.Steady().Sub(began); got != 4*time.Minute {
			t.Errorf("%s have passed, want 4 minutes", got)
		}
		if c.Steps() != 2 || len(told) != 2 || told[0] != -2*time.Hour || told[1] != 3*time.Hour {
			t.Errorf("told of %v, %d steps", told, c.Steps())
		}
	})
}

func TestSinceLeavesStepsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		c := clock.New(w.now)
		marks := map[time.Time]time.Time{} // what was shown, and when that was
		mark := func() {
			shown := w.now()
			marks[shown] = time.Now()
		}
		mark()
		for _, d := range []time.Duration{-2 * time.Hour, 365 * 24 * time.Hour, -365 * 24 * time.Hour, 6 * time.Hour} {
			pass(10 * time.Minute)
			mark()
			w.step(d)
			c.Now()
			pass(time.Second)
			mark()
			for shown, when := range marks {
				got, want := c.Since(shown), time.Since(when)
				if got > want || got < want-2*clock.Slack && !ambiguous(w, shown, got) {
					t.Errorf("after a step of %s, %s was %s ago, want %s", d, shown, got, want)
				}
			}
		}
		if got := c.Since(w.now().Add(1000 * time.Hour)); got != 0 {
			t.Errorf("what is still to come was %s ago", got)
		}
	})
}

// A process may be a little behind its store's clock, so what was shown just now
// may seem to be still to come. It did not happen as long ago as the clock was set
// back by.
func TestWhatIsALittleAheadAfterAStepBackIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		c := clock.New(w.now)
		pass(time.Minute)
		w.step(-90 * time.Minute)
		pass(time.Second)
		for _, ahead := range []time.Duration{0, time.Millisecond, clock.Slack / 2, clock.Slack} {
			if got := c.Since(w.now().Add(ahead)); got != 0 {
				t.Errorf("what was shown %s ahead was %s ago, want 0", ahead, got)
			}
		}
	})
}

// ambiguous reports whether the clock as it is now would have shown a time so
// long ago, too.
func ambiguous(w *wall, shown time.Time, ago time.Duration) bool { return w.now().Sub(shown) == ago }

func TestAClockThatLeaptIsNotBelievedForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		c := clock.New(w.now)
		believed := func(when string, want bool) {
			t.Helper()
			if now, ok := c.Believed(); ok != want || !now.Equal(w.now()) {
				t.Errorf("%s: believed %t, want %t", when, ok, want)
			}
		}
		believed("at first", true)
		w.step(23 * time.Hour)
		believed("after 23 hours", true)
		w.step(2 * time.Hour)
		believed("after 25", false)
		pass(59 * time.Minute)
		believed("nearly an hour later", false)
		w.step(-10 * time.Second)
		believed("a small step", false)
		pass(59 * time.Minute)
		believed("nearly an hour after it", false)
		pass(time.Minute)
		believed("an hour after it", true)
		w.step(-25 * time.Hour)
		believed("back again", false)
	})
}

func TestAStoreThatWasLastUsedAtAnotherTimeIsDoubted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, is := range []struct {
			last time.Time
			ok   bool
		}{
			{time.Time{}, true},
			{time.Now().Add(-23 * time.Hour), true},
			{time.Now().Add(time.Hour), true},
			{time.Now().Add(-25 * time.Hour), false},
			{time.Now().Add(25 * time.Hour), false},
		} {
			c := clock.New(time.Now)
			c.Doubt(is.last)
			if _, ok := c.Believed(); ok != is.ok {
				t.Errorf("last used at %s: believed %t, want %t", is.last, ok, is.ok)
			}
		}
	})
}
