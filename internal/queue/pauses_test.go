package queue_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest"
)

func (b *bench) pause(q *queue.Queue, kind pause.Kind, name string) {
	b.t.Helper()
	if changed, err := q.Pauses().Pause(b.t.Context(), kind, name, "test"); err != nil || !changed {
		b.t.Fatalf("pause %s: changed %t, %v", name, changed, err)
	}
}

func (b *bench) resume(q *queue.Queue, kind pause.Kind, name string) {
	b.t.Helper()
	if changed, err := q.Pauses().Resume(b.t.Context(), kind, name); err != nil || !changed {
		b.t.Fatalf("resume %s: changed %t, %v", name, changed, err)
	}
}

// wantPaused fails unless a job of ann says that, gives no estimate and wants to be
// asked as late as can be.
func (b *bench) wantPaused(id job.ID, reason string) {
	b.t.Helper()
	is := b.get("ann", id)
	w, err := b.q.WaitOf(b.t.Context(), &is)
	if err != nil || w.Reason != reason || w.Known {
		b.t.Errorf("it waits: %+v, %v; want %s", w, err, reason)
	}
	if got := b.hint(id, account.Plan{}); got != 60 {
		b.t.Errorf("hint %d, want 60", got)
	}
}

func TestAPausedToolBeginsNothingAndTheRestGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 5 {
			b.runFor(3 * time.Second) // its run times are known: an estimate could be pretended
		}
		b.submit("ann")
		running := b.claim()
		waiting := b.submit("ann")
		b.pause(b.q, pause.Tool, "json-formatter")
		b.wantNothingToClaim()
		b.wantPaused(waiting.ID, sched.ReasonToolPaused)
		later := b.submit("ann")
		b.wantPaused(later.ID, sched.ReasonToolPaused)
		other := b.submit("ann", func(s *queue.Spec) { s.Tool = "other" })
		if c := b.claim(); c.Job.ID != other.ID {
			t.Errorf("claimed %s of %s", c.Job.ID, c.Job.Tool)
		}
		if _, err := b.q.Finish(t.Context(), running, success()); err != nil {
			t.Errorf("an attempt that runs does not go on: %v", err)
		}
		if _, err := b.q.Cancel(t.Context(), "ann", later.ID); err != nil {
			t.Errorf("cancel: %v", err)
		}
		b.resume(b.q, pause.Tool, "json-formatter")
		if c := b.claim(); c.Job.ID != waiting.ID {
			t.Errorf("claimed %s, want the one that waits longest", c.Job.ID)
		}
		b.wantNothingToClaim()
	})
}

func TestAPausedOwnerWaitsAndOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		first := b.submit("ann")
		b.pause(b.q, pause.Owner, "ann")
		bobs := b.submit("bob")
		if c := b.claim(); c.Job.ID != bobs.ID {
			t.Errorf("claimed a job of %s", c.Job.Owner)
		}
		b.wantNothingToClaim()
		b.wantPaused(first.ID, sched.ReasonOwnerPaused)
		b.resume(b.q, pause.Owner, "ann")
		if c := b.claim(); c.Job.ID != first.ID {
			t.Errorf("claimed a job of %s", c.Job.Owner)
		}
	})
}

// TestRetriesAndDelayedJobsWaitToo: also when their time comes during the pause.
func TestRetriesAndDelayedJobsWaitToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		b.submit("ann")
		c := b.claim()
		later := b.submit("ann", func(s *queue.Spec) { s.RunAt = time.Now().Add(5 * time.Second) })
		b.pause(b.q, pause.Tool, "json-formatter")
		if _, err := b.q.Fail(t.Context(), c, errors.New("ours")); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			<-time.After(time.Second)
			b.wantNothingToClaim()
		}
		b.wantPaused(c.Job.ID, sched.ReasonToolPaused)
		b.wantPaused(later.ID, sched.ReasonToolPaused)
		b.resume(b.q, pause.Tool, "json-formatter")
		if got, err := b.q.Claim(t.Context(), 10); err != nil || len(got) != 2 {
			t.Errorf("after the pause %d were claimed, %v", len(got), err)
		}
	})
}

func TestAResumedToolKeepsToItsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{MaxRunning: 2})
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
		b.pause(b.q, pause.Tool, "json-formatter")
		for range 4 {
			b.submit("ann")
			b.submit("bob")
			b.submit("cid")
		}
		b.wantNothingToClaim()
		b.resume(b.q, pause.Tool, "json-formatter")
		got, err := b.q.Claim(t.Context(), 10)
		if err != nil || len(got) != 2 || got[0].Job.Owner == got[1].Job.Owner {
			t.Fatalf("claimed %d, %v", len(got), err)
		}
		begun := map[string]int{got[0].Job.Owner: 1, got[1].Job.Owner: 1}
		for range 4 {
			if _, err := b.q.Finish(t.Context(), got[0], success()); err != nil {
				t.Fatal(err)
			}
			next := b.claim()
			b.wantNothingToClaim()
			begun[next.Job.Owner]++
			got = append(got[1:], next)
		}
		if len(begun) != 3 {
			t.Errorf("begun by owner: %v", begun)
		}
	})
}

func TestAPauseOutlivesTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		b.pause(b.q, pause.Tool, "json-formatter")
		b.pause(b.q, pause.Owner, "bob")
		b.q = b.restart() // the old one is as good as killed
		b.wantNothingToClaim()
		b.wantPaused(j.ID, sched.ReasonToolPaused)
		b.resume(b.q, pause.Tool, "json-formatter")
		b.q = b.restart()
		if c := b.claim(); c.Job.ID != j.ID {
			t.Errorf("claimed %s", c.Job.ID)
		}
	})
}

// TestRemoteProgramsGetNothingOfWhatIsPaused: nor is a tool taken whose work they do.
func TestRemoteProgramsGetNothingOfWhatIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("far", queue.ToolRules{Pull: true})
		far := func(s *queue.Spec) { s.Tool = "far" }
		b.submit("ann", far)
		bobs := b.submit("bob", far)
		claimFor := func() []queue.Claimed {
			t.Helper()
			got, err := b.q.ClaimFor(t.Context(), queue.PullWorker("key_1", "w"), []string{"far"}, 10)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		b.pause(b.q, pause.Tool, "far")
		if got := claimFor(); len(got) > 0 {
			t.Errorf("got %d leases of a paused tool", len(got))
		}
		b.pause(b.q, pause.Owner, "ann")
		wake := b.q.PullWake()
		b.resume(b.q, pause.Tool, "far")
		<-wake
		if got := claimFor(); len(got) != 1 || got[0].Job.ID != bobs.ID {
			t.Errorf("got %d leases, want the one of bob", len(got))
		}
	})
}

// A gate lets a claim wait in the store's transaction, or just after its commit.
type gate struct {
	protocol.Store

	before, after func()
}

func (g *gate) Change(ctx context.Context, changes []*protocol.Change) error {
	if g.before != nil {
		g.before()
	}
	err := g.Store.Change(ctx, changes)
	if g.after != nil {
		g.after()
	}
	return err
}

// TestWhatIsClaimedWhileItIsPaused: a job that was picked before the pause is not
// claimed; one whose lease was given before it was answered does not begin.
func TestWhatIsClaimedWhileItIsPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		g := &gate{Store: b.store}
		b.q = b.on(g)
		j := b.submit("ann")
		g.before = func() { g.before = nil; b.pause(b.q, pause.Tool, "json-formatter") }
		b.wantNothingToClaim()
		if is := b.get("ann", j.ID); is.Status != job.Queued || is.Attempt != 0 {
			t.Errorf("it is %s after %d attempts", is.Status, is.Attempt)
		}
		b.resume(b.q, pause.Tool, "json-formatter")
		g.after = func() { g.after = nil; b.pause(b.q, pause.Tool, "json-formatter") }
		c := b.claim()
		if b.q.MayBegin(t.Context(), c.Job.Owner, c.Job.Tool) {
			t.Error("it may begin after its tool was paused")
		}
		if err := b.q.HandBack(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		b.wantNothingToClaim()
		b.rule("far", queue.ToolRules{Pull: true})
		far := b.submit("ann", func(s *queue.Spec) { s.Tool = "far" })
		g.after = func() { g.after = nil; b.pause(b.q, pause.Tool, "far") }
		if got, err := b.q.ClaimFor(t.Context(), queue.PullWorker("key_1", "w"), []string{"far"}, 10); err != nil || len(got) > 0 {
			t.Errorf("a program got %d leases, %v", len(got), err)
		}
		if is := b.get("ann", far.ID); is.Status != job.Queued {
			t.Errorf("what it did not get is %s", is.Status)
		}
	})
}

// TestAPauseThatWasAnsweredHolds: however many claim and begin at once.
func TestAPauseThatWasAnsweredHolds(t *testing.T) {
	b := newBench(t)
	const jobs, workers, rounds = 400, 4, 10
	for range jobs {
		b.submit("ann")
	}
	var answered atomic.Bool
	var late atomic.Int64
	for round := range rounds {
		var all sync.WaitGroup
		stop := make(chan struct{})
		for range workers {
			all.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					was := answered.Load()
					got, err := b.q.Claim(context.Background(), 2)
					if err != nil {
						t.Error(err)
						return
					}
					for _, c := range got {
						if b.q.MayBegin(context.Background(), c.Job.Owner, c.Job.Tool) && was {
							late.Add(1)
						}
						if err := b.q.HandBack(context.Background(), c); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		kind, name := pause.Tool, "json-formatter"
		if round%2 == 1 {
			kind, name = pause.Owner, "ann"
		}
		b.pause(b.q, kind, name)
		answered.Store(true)
		if b.q.MayBegin(context.Background(), "ann", "json-formatter") {
			t.Error("an attempt may begin right after the answer")
		}
		close(stop)
		all.Wait()
		answered.Store(false)
		b.resume(b.q, kind, name)
	}
	if n := late.Load(); n > 0 {
		t.Errorf("%d attempts began after the pause was answered", n)
	}
}

// TestAnotherServerKnowsWithinASecond: it reads again in time, and what it cannot
// read it does not begin.
func TestAnotherServerKnowsWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		broken := &storetest.Outage{Store: b.store, AsShared: true}
		c := b.config("other")
		c.Store = broken
		other, err := queue.New(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		may := func() bool { return other.MayBegin(t.Context(), "ann", "json-formatter") }
		if !may() {
			t.Fatal("nothing is paused")
		}
		b.pause(b.q, pause.Tool, "json-formatter")
		<-time.After(time.Second - time.Millisecond)
		if may() {
			t.Error("a second later an attempt may begin elsewhere")
		}
		stop := b.run(other)
		b.resume(b.q, pause.Tool, "json-formatter")
		<-time.After(time.Second)
		synctest.Wait()
		if other.PauseOf("ann", "json-formatter") != "" {
			t.Error("a second later it is paused elsewhere still")
		}
		b.pause(b.q, pause.Owner, "ann")
		<-time.After(time.Second)
		synctest.Wait()
		if other.PauseOf("ann", "json-formatter") != sched.ReasonOwnerPaused {
			t.Error("a server that only answers does not say that the owner is paused")
		}
		b.resume(b.q, pause.Owner, "ann")
		<-time.After(time.Second)
		synctest.Wait()
		if !may() {
			t.Error("nothing is paused")
		}
		broken.Away.Store(true)
		<-time.After(time.Second)
		if may() {
			t.Error("an attempt may begin although nobody knows whether it is paused")
		}
		if _, err := other.Claim(t.Context(), 1); err == nil {
			t.Error("jobs are claimed by what was known long ago")
		}
		broken.Away.Store(false)
		stop()
	})
}
