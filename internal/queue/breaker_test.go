package queue_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// An endpoint is a target that takes a moment for each job and fails some
// owners.
type endpoint struct {
	*bench

	breaks map[string]bool // owners whose jobs fail
	called map[string]int
	waited map[job.ID]time.Duration // from submission to success
	begun  map[job.ID]time.Time
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{
		bench: newBench(t), breaks: map[string]bool{}, called: map[string]int{},
		waited: map[job.ID]time.Duration{}, begun: map[job.ID]time.Time{},
	}
	e.rule("x", queue.ToolRules{Breaker: true, MaxAttempts: 100})
	return e
}

func (e *endpoint) hand(owner string) job.ID {
	j := e.submit(owner, of("x"))
	e.begun[j.ID] = time.Now()
	return j.ID
}

// works lets eight workers run jobs for a time.
func (e *endpoint) works(during time.Duration) {
	e.t.Helper()
	broken := fault.ByTarget(fault.New(fault.Upstream, "UPSTREAM_ERROR", "Broken."))
	for end := time.Now().Add(during); time.Now().Before(end); {
		got, err := e.q.Claim(e.t.Context(), 8)
		if err != nil {
			e.t.Fatal(err)
		}
		<-time.After(50 * time.Millisecond)
		synctest.Wait()
		for _, c := range got {
			e.called[c.Job.Owner]++
			if e.breaks[c.Job.Owner] {
				_, err = e.q.Fail(e.t.Context(), c, broken)
			} else if _, err = e.q.Finish(e.t.Context(), c, success()); err == nil {
				e.waited[c.Job.ID] = time.Since(e.begun[c.Job.ID])
			}
			if err != nil {
				e.t.Fatal(err)
			}
		}
	}
}

// TestOneOwnersInputsCloseNoTarget: the other owner is answered at once, again
// and again, and that gives the failing one no more calls.
func TestOneOwnersInputsCloseNoTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		defer e.run(e.q)()
		e.breaks["mallory"] = true
		for range 100 {
			e.hand("mallory")
		}
		e.works(10 * time.Second)
		before := e.called["mallory"]
		for range 20 {
			id := e.hand("ann")
			e.works(3 * time.Second)
			if is, ok := e.waited[id]; !ok || is > time.Second {
				t.Fatalf("the other owner waited %s (%t)", is, ok)
			}
		}
		if more := e.called["mallory"] - before; more > 6 {
			t.Errorf("the failing owner had %d calls in a minute after its first %d, want a few probes", more, before)
		}
	})
}

// TestATargetThatFailsEverybodyIsLeftAlone: after two owners it is probed once
// a second by owners that have not failed, and seldom by the others.
func TestATargetThatFailsEverybodyIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		defer e.run(e.q)()
		for i := range 10 {
			owner := fmt.Sprintf("owner-%d", i)
			e.breaks[owner] = true
			for range 20 {
				e.hand(owner)
			}
		}
		e.works(time.Minute)
		calls := 0
		for owner, n := range e.called {
			if calls += n; n > 12 {
				t.Errorf("%s had %d calls in a minute", owner, n)
			}
		}
		if calls > 40 {
			t.Errorf("a broken target had %d calls in a minute", calls)
		}
		late := e.hand("late") // its target has not failed it
		e.works(2 * time.Second)
		if is, ok := e.waited[late]; !ok || is > 1500*time.Millisecond {
			t.Errorf("an owner that has not failed waited %s (%t)", is, ok)
		}
		clear(e.breaks)
		e.works(3 * time.Minute)
		if len(e.waited) != 201 {
			t.Errorf("%d of 201 jobs are done three minutes after the target works again", len(e.waited))
		}
	})
}

// TestWhatIsNotTheTargetsDoingTellsNothingOfIt: an input that cannot be fetched
// does not close it, and one that is refused before does not open it.
func TestWhatIsNotTheTargetsDoingTellsNothingOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("x", queue.ToolRules{Breaker: true, MaxAttempts: 100})
		for range 40 {
			b.submit("ann", of("x"))
		}
		fail := func(n int, cause error) {
			for range n {
				if _, err := b.q.Fail(t.Context(), b.claim(), cause); err != nil {
					t.Fatal(err)
				}
			}
		}
		fail(20, fault.New(fault.Upstream, "URL_FETCH_FAILED", "The address answered with status 500."))
		broken := fault.ByTarget(fault.New(fault.Timeout, "TIMEOUT", "Too slow."))
		fail(4, broken)
		fail(2, fault.New(fault.Invalid, "URL_NOT_ALLOWED", "No."))
		fail(1, broken)
		b.wantNothingToClaim()
	})
}

// TestAFailingOwnersPaceGrowsWithItsOwnSuccesses: half of the inputs are bad.
func TestAFailingOwnersPaceGrowsWithItsOwnSuccesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		defer e.run(e.q)()
		e.breaks["ann"] = true
		for range 60 {
			e.hand("ann")
		}
		e.works(5 * time.Second)
		for range 10 {
			e.hand("bob")
			e.works(200 * time.Millisecond)
		}
		before := e.called["ann"]
		e.breaks["ann"] = false
		e.works(time.Minute)
		if len(e.waited) != 70 {
			t.Errorf("%d of 70 jobs are done a minute after the target takes ann's jobs again; %d calls before", len(e.waited), before)
		}
	})
}
