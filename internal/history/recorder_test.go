package history_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/history"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// A house is a store and the recorders of servers on it; its time is a bubble's.
type house struct {
	*sqlitestore.Store

	t    *testing.T
	away atomic.Bool  // it takes no minutes
	off  atomic.Int64 // of its clock beside the bubble's, a time.Duration
	rows atomic.Int64 // that were written
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t}
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(t.TempDir(), "test.db"), Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	h.Store = store
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.off.Load())) }

func (h *house) SaveMinutes(ctx context.Context, rows []protocol.Minute) error {
	if h.away.Load() {
		return errors.New("away")
	}
	h.rows.Add(int64(len(rows)))
	return h.Store.SaveMinutes(ctx, rows)
}

// server begins the recorder of a server; stop ends it in good order.
func (h *house) server(node string) (r *history.Recorder, stop func()) {
	h.t.Helper()
	r = h.recorder(node, nil)
	ctx, cancel := context.WithCancel(h.t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	synctest.Wait()
	return r, func() {
		cancel()
		running.Wait()
	}
}

func (h *house) recorder(node string, breakers func() map[string]history.Breaker) *history.Recorder {
	return history.New(history.Config{Store: h, Now: h.now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Node: node, Breakers: breakers})
}

// read is what a recorder tells of the last so many steps.
func (h *house) read(r *history.Recorder, steps int, step time.Duration) *history.Series {
	h.t.Helper()
	now := h.now()
	of, err := history.RangeOf(now, now.Truncate(step).Add(-time.Duration(steps-1)*step), time.Time{}, step)
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := r.Read(h.t.Context(), of)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// accepted fails unless so much was accepted in the last steps.
func (h *house) accepted(r *history.Recorder, step time.Duration, want ...int64) {
	h.t.Helper()
	s := h.read(r, len(want), step)
	var sum int64
	for i, p := range s.Points {
		if p.Accepted != want[i] {
			h.t.Errorf("accepted from %s: %d, want %d", p.At, p.Accepted, want[i])
		}
		sum += want[i]
	}
	if s.Total.Accepted != sum {
		h.t.Errorf("accepted in all %d, want %d", s.Total.Accepted, sum)
	}
}

// sleep lets the time of the bubble pass.
func sleep(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // of a bubble
	synctest.Wait()
}

func TestAMinuteTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		r, stop := h.server("a")
		defer stop()
		sleep(59*time.Second + 900*time.Millisecond)
		r.Accepted("x", "ann")
		sleep(99 * time.Millisecond)
		r.Accepted("y", "bob")
		sleep(time.Millisecond)
		r.Accepted("x", "ann")
		r.Ended("x", "", 40*time.Millisecond)
		h.accepted(r, time.Minute, 2, 1)
		sleep(time.Minute)
		h.accepted(r, time.Minute, 2, 1, 0) // a minute without anything is a point as well
		h.accepted(r, 5*time.Minute, 3)
		sleep(28 * time.Minute)
		h.accepted(r, 30*time.Minute, 3, 0)
		r.Accepted("x", "ann")
		h.accepted(r, 30*time.Minute, 3, 1)
		s := h.read(r, 31, time.Minute)
		if got := s.Points[0].Tools; !maps.Equal(got, map[string]history.Numbers{"x": {Accepted: 1}, "y": {Accepted: 1}}) {
			t.Errorf("tools of the first minute are %v", got)
		}
		if got := s.Points[1].Tools["x"]; got != (history.Numbers{Accepted: 1, Succeeded: 1}) {
			t.Errorf("the second minute of x is %v", got)
		}
	})
}

func TestEverythingThatIsCountedIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		r, stop := h.server("a")
		r.Accepted("x", "ann")
		r.Accepted("x", "bob")
		r.Accepted("x", "bob")
		r.Began("x", 3*time.Second)
		r.Ended("x", "TIMEOUT", 2*time.Second)
		r.Ended("x", "CANCELED", 0)
		r.Ended("x", "", time.Second)
		r.Batched(7, 0)
		r.Committed(5 * time.Millisecond)
		r.Notified(9 * time.Millisecond)
		check := func(r *history.Recorder, step time.Duration) {
			t.Helper()
			all := &h.read(r, 1, step).Total
			if all.Accepted != 3 || all.Succeeded != 1 || all.Failed != 2 {
				t.Errorf("got %d, %d, %d", all.Accepted, all.Succeeded, all.Failed)
			}
			if !maps.Equal(all.Errors, map[string]int64{"TIMEOUT": 1, "CANCELED": 1}) || !maps.Equal(all.Owners, map[string]int64{"ann": 1, "bob": 2}) {
				t.Errorf("got %v of %v", all.Errors, all.Owners)
			}
			for name, is := range map[string]struct {
				h    *history.Histogram
				want int64
			}{
				"wait": {&all.Wait, 3_000_000}, "run": {&all.Run, 2_000_000}, "batch": {&all.Batch, 7}, "commit": {&all.Commit, 5000}, "lag": {&all.Lag, 9000},
			} {
				if got, ok := is.h.Percentiles(1); !ok || max(got[0]-is.want, is.want-got[0]) > is.want/32 {
					t.Errorf("%s is %v, want %d", name, got, is.want)
				}
			}
		}
		check(r, time.Minute)
		check(r, 30*time.Minute)
		stop() // which saves
		next, end := h.server("a")
		defer end()
		check(next, time.Minute)
		check(next, 5*time.Minute)
		check(next, time.Hour)
	})
}

// TestAKilledServerLosesSecondsAndCountsNothingTwice: its successor goes on in the
// same minute.
func TestAKilledServerLosesSecondsAndCountsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		killed, stop := h.server("a")
		defer stop()
		for range 3 {
			killed.Accepted("x", "ann")
		}
		sleep(5 * time.Second) // it has saved
		killed.Accepted("x", "ann")
		next := h.recorder("a", nil) // and not this one: the other is dead
		h.accepted(next, time.Minute, 3)
		next.Accepted("x", "ann")
		for range 3 {
			if err := next.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		h.accepted(next, time.Minute, 4)
		h.accepted(next, 5*time.Minute, 4)
	})
}

func TestServersAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		a, stopA := h.server("a")
		b, stopB := h.server("b")
		defer stopA()
		defer stopB()
		a.Accepted("x", "ann")
		b.Accepted("x", "ann")
		b.Accepted("y", "bob")
		h.accepted(a, time.Minute, 1) // of the other only what it has saved
		h.accepted(b, time.Minute, 2)
		sleep(5 * time.Second)
		for _, r := range []*history.Recorder{a, b} {
			h.accepted(r, time.Minute, 3)
			h.accepted(r, 30*time.Minute, 3)
		}
		if got := h.read(a, 1, time.Minute).Total.Owners; !maps.Equal(got, map[string]int64{"ann": 2, "bob": 1}) {
			t.Errorf("owners are %v", got)
		}
	})
}

func TestAStoreThatWasAwayGetsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		r, stop := h.server("a")
		defer stop()
		h.away.Store(true)
		for range 7 {
			r.Accepted("x", "ann")
			sleep(time.Minute)
		}
		h.accepted(r, time.Minute, 1, 1, 1, 1, 1, 1, 1, 0)
		h.away.Store(false)
		sleep(5 * time.Second)
		other := h.recorder("b", nil)
		h.accepted(other, time.Minute, 1, 1, 1, 1, 1, 1, 1, 0)
		h.accepted(other, 5*time.Minute, 5, 2)
		rows := h.rows.Load()
		for range 100 { // what a save does itself is no reason for another
			r.Batched(1, time.Millisecond)
			r.Committed(time.Millisecond)
			r.Notified(time.Millisecond)
			sleep(5 * time.Second)
		}
		if now := h.rows.Load(); now != rows {
			t.Errorf("%d rows were written although nothing happened", now-rows)
		}
	})
}

// TestAnOutageThatLastsIsForgottenInPart: what waits for the store is bounded, and
// what is newest is kept.
func TestAnOutageThatLastsIsForgottenInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		r := h.recorder("a", nil)
		h.away.Store(true)
		for range 300 {
			r.Accepted("x", "ann")
			sleep(time.Minute)
		}
		if r.Save(t.Context()) == nil {
			t.Fatal("saved to a store that is away")
		}
		h.away.Store(false)
		if err := r.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := h.read(h.recorder("b", nil), 301, time.Minute)
		if first, last := s.Points[0].Accepted, s.Points[299].Accepted; first != 0 || last != 1 || s.Total.Accepted < 180 {
			t.Errorf("got %d and %d, %d in all", first, last, s.Total.Accepted)
		}
	})
}

// TestAClockThatIsSetBackLosesNothing: minutes that come twice have what was counted
// each time.
func TestAClockThatIsSetBackLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		r, stop := h.server("a")
		defer stop()
		sleep(time.Hour)
		for range 6 {
			r.Accepted("x", "ann")
			sleep(time.Minute)
		}
		h.off.Store(int64(-5 * time.Minute))
		for range 3 {
			r.Accepted("x", "ann")
			sleep(time.Minute)
		}
		sleep(2 * time.Minute)
		h.accepted(r, time.Minute, 1, 2, 2, 2, 1, 1, 0)
		h.accepted(r, 30*time.Minute, 9)
		h.accepted(h.recorder("b", nil), 30*time.Minute, 9)
	})
}

func TestBreakersOfOtherServersAreKnownForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		is := map[string]history.Breaker{"x": {State: "open", Owners: 2}, "y": {State: "closed"}, "z": {State: "closed", Owners: 1}}
		worker := h.recorder("w", func() map[string]history.Breaker { return maps.Clone(is) })
		api := h.recorder("a", func() map[string]history.Breaker {
			return map[string]history.Breaker{"x": {State: "half_open", Owners: 3}, "y": {State: "half_open"}}
		})
		sees := func(want map[string]history.Breaker) {
			t.Helper()
			if got, err := api.Breakers(t.Context()); err != nil || !maps.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		}
		save := func() {
			t.Helper()
			if err := worker.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		own := map[string]history.Breaker{"x": {State: "half_open", Owners: 3}, "y": {State: "half_open"}}
		sees(own)
		save()
		both := map[string]history.Breaker{"x": {State: "open", Owners: 3}, "y": {State: "half_open"}, "z": {State: "closed", Owners: 1}}
		sees(both)
		sleep(14 * time.Second)
		sees(both)
		sleep(2 * time.Second) // the worker is gone
		sees(own)
		save()
		is = map[string]history.Breaker{"x": {State: "closed"}}
		save()
		sees(own)
	})
}
