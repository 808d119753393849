package webhook_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hang makes receivers that never answer, some of each owner, and lets every
// owner have an event for each of its own.
func (w *world) hang(owners, each int) {
	w.t.Helper()
	w.stopped() // not one look for each event
	var all sync.WaitGroup
	for o := range owners {
		name := fmt.Sprint("dead", o)
		_, err := w.endpoints.Own(w.t.Context(), name)
		w.must(err)
		for i := range each {
			host := fmt.Sprintf("d%d-%d.example", o, i)
			w.answer(host, never)
			all.Go(func() { w.fail(name, "http://"+host+"/") })
		}
		all.Wait()
	}
	w.start(w.store)
}

func never(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// promptly lets an owner have an event and wants its receiver to be called for
// it within a second.
func (w *world) promptly(owner, host string) {
	w.t.Helper()
	before, began := len(w.to(host)), time.Now()
	w.fail(owner, "")
	w.after(time.Second)
	calls := w.to(host)
	if len(calls) != before+1 {
		w.t.Errorf("%s: %d calls after a second, want 1", host, len(calls)-before)
	} else if late := calls[before].at.Sub(began); late > time.Second {
		w.t.Errorf("%s was called after %v, want at most a second", host, late)
	}
}

func TestHangingReceiversDelayNoOtherOwner(t *testing.T) {
	for _, c := range []struct{ owners, each int }{{1, hangingOfOne}, {20, 40}, {manyOwners, 40}} {
		t.Run(fmt.Sprintf("%d owners with %d each", c.owners, c.each), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.add("ann", "http://in.example/")
				w.promptly("ann", "in.example")
				w.hang(c.owners, c.each)
				for _, wait := range []time.Duration{0, 15 * time.Second, 45 * time.Second, 6 * time.Minute} {
					w.after(wait)
					fresh := fmt.Sprint("new", wait)
					w.add("new"+fmt.Sprint(wait.Milliseconds()), "http://"+fresh+".example/")
					w.promptly("new"+fmt.Sprint(wait.Milliseconds()), fresh+".example")
					w.promptly("ann", "in.example")
				}
				w.add("torn", "http://half.example/")
				w.answer("half.example", never) // an owner whose own receiver hangs has a slot for its other
				w.fail("torn", "")
				w.after(time.Second)
				w.add("torn", "http://whole.example/")
				w.promptly("torn", "whole.example")
			})
		})
	}
}

// TestAnOwnersDeadReceiversLeaveRoomForItsOthers: those that answer, and those
// that were never called.
func TestAnOwnersDeadReceiversLeaveRoomForItsOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hang(1, 0)
		var now, most atomic.Int64
		for i := range 100 {
			host := fmt.Sprintf("dead%d.example", i)
			w.answer(host, func(_ http.ResponseWriter, r *http.Request) {
				most.Store(max(most.Load(), now.Add(1)))
				<-r.Context().Done()
				now.Add(-1)
			})
		}
		fail := func(host string) time.Duration {
			began := time.Now()
			before := len(w.to(host))
			w.fail("dead0", "http://"+host+"/")
			w.after(time.Second)
			if calls := w.to(host); len(calls) > before {
				return calls[before].at.Sub(began)
			}
			return time.Hour
		}
		fail("good.example")
		for i := range 100 {
			w.fail("dead0", fmt.Sprintf("http://dead%d.example/", i))
		}
		w.after(0)
		if most.Load() != 24 {
			t.Errorf("%d calls hang, want 24", most.Load())
		}
		if late := fail("good.example"); late > time.Second {
			t.Errorf("a receiver that answers was called after %v", late)
		}
		w.after(3 * time.Minute) // now they are known
		for i := range 100 {
			w.fail("dead0", fmt.Sprintf("http://dead%d.example/", i))
		}
		w.after(40 * time.Second)
		most.Store(now.Load())
		for _, host := range []string{"good.example", "new.example"} {
			if late := fail(host); late > time.Second {
				t.Errorf("%s was called after %v", host, late)
			}
		}
		if most.Load() > 16 {
			t.Errorf("%d calls of receivers that are known to fail, want at most 16", most.Load())
		}
	})
}
