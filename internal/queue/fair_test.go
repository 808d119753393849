package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
)

func of(tool string) func(*queue.Spec) { return func(s *queue.Spec) { s.Tool = tool } }
func large() func(*queue.Spec) {
	return func(s *queue.Spec) { s.InputSize, s.InputAt = 1<<30, job.InFile }
}
func prioritized(p int) func(*queue.Spec)      { return func(s *queue.Spec) { s.Priority = p } }
func summed(sum int64) func(*queue.Spec)       { return func(s *queue.Spec) { s.InputSum = sum } }
func planned(p account.Plan) func(*queue.Spec) { return func(s *queue.Spec) { s.Plan = p } }

// claimAll claims one job after the other until nothing may run, and returns
// what label says of each.
func (b *bench) claimAll(label func(*job.Job) string) string {
	b.t.Helper()
	var order []string
	for {
		got, err := b.q.Claim(b.t.Context(), 1)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(got) == 0 {
			return strings.Join(order, " ")
		}
		order = append(order, label(&got[0].Job))
	}
}

func ownerOf(j *job.Job) string { return j.Owner }

func TestOwnersTakeTurnsByWeight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		heavy := account.Plan{Name: "heavy", Weight: 3}
		for range 7 {
			b.submit("ann", planned(heavy))
			b.submit("bob")
		}
		if got, want := b.claimAll(ownerOf), "ann ann ann bob ann ann ann bob ann bob bob bob bob bob"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestPrioritiesCountWithinOneOwnerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 3 {
			b.submit("ann", prioritized(10-i))
			b.submit("bob", prioritized(-10+i))
		}
		b.submit("bob", of("other"), prioritized(9))
		got := b.claimAll(func(j *job.Job) string { return fmt.Sprint(j.Owner, j.Ready.Priority) })
		if want := "ann10 bob9 ann9 bob-8 ann8 bob-9 bob-10"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestSmallJobsOvertakeLargeOnesOfTheirOwnerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		names := map[job.ID]string{}
		names[b.submit("ann", large()).ID] = "large"
		<-time.After(time.Second)
		names[b.submit("ann").ID] = "small"
		names[b.submit("ann", prioritized(1), large()).ID] = "urgent"
		names[b.submit("bob", large()).ID] = "bob's"
		got := b.claimAll(func(j *job.Job) string { return names[j.ID] })
		if want := "urgent bob's small large"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}

		names[b.submit("ann", large()).ID] = "old"
		<-time.After(30 * time.Second)
		names[b.submit("ann").ID] = "young"
		if got := b.claimAll(func(j *job.Job) string { return names[j.ID] }); got != "old young" {
			t.Errorf("got %s: a large job is overtaken for some time only", got)
		}
	})
}

func TestLimitsOfOwnersAndToolsHoldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 3}
		b.rule("x", queue.ToolRules{MaxRunning: 4})
		for _, owner := range []string{"ann", "bob", "cat"} {
			for range 5 {
				b.submit(owner, of("x"))
			}
			b.submit(owner, of("y"))
		}
		got, err := b.q.Claim(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, c := range got {
			count[c.Job.Tool]++
			count[c.Job.Owner]++
		}
		if count["x"] != 4 || count["y"] != 3 || count["ann"] > 3 || count["bob"] > 3 || count["cat"] > 3 {
			t.Errorf("claimed %v, want 4 of x, 3 of y and at most 3 of each owner", count)
		}
		b.wantNothingToClaim()
		second := b.other("second")
		if more, err := second.Claim(t.Context(), 100); err != nil || len(more) != 0 {
			t.Errorf("another server claimed %d, err %v; limits hold over all", len(more), err)
		}
		w, err := b.q.WaitOf(t.Context(), waiting(t, b, "ann", "x"))
		if err != nil || w.Reason != sched.ReasonToolLimit {
			t.Errorf("a job of x waits for %q, err %v; want tool_limit", w.Reason, err)
		}
		for i := range got {
			if got[i].Job.Tool == "x" {
				if _, err := b.q.Finish(t.Context(), got[i], success()); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if more := b.claim(); more.Job.Tool != "x" {
			t.Errorf("claimed a job of %s after one of x ended", more.Job.Tool)
		}
		b.wantNothingToClaim()
	})
}

// waiting returns a waiting job of an owner and tool.
func waiting(t *testing.T, b *bench, owner, tool string) *job.Job {
	t.Helper()
	list, _, err := b.q.List(t.Context(), protocol.Filter{Owner: owner, Tools: []string{tool}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Status == job.Queued {
			return &list[i]
		}
	}
	t.Fatalf("no job of %s waits for %s", owner, tool)
	return nil
}

// TestAToolThatMayNotRunHidesNoOther: more jobs of it wait than a window holds.
func TestAToolThatMayNotRunHidesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("x", queue.ToolRules{MaxRunning: 1})
		b.rule("pulled", queue.ToolRules{Pull: true})
		for range 300 {
			b.submit("ann", of("x"))
			b.submit("ann", of("pulled"))
		}
		b.submit("ann", of("y"))
		if got := b.claimAll(func(j *job.Job) string { return j.Tool }); got != "x y" {
			t.Errorf("claimed %s, want x y", got)
		}
		b.q = b.restart()
		if got := b.claimAll(func(j *job.Job) string { return j.Tool }); got != "x" && got != "y" {
			t.Errorf("claimed %s after a restart, want a suspect", got)
		}
		got, err := b.q.ClaimFor(t.Context(), queue.PullWorker("k", "w"), []string{"pulled"}, 1000)
		if err != nil || len(got) != 300 {
			t.Errorf("claimed %d for a remote program, err %v; want 300", len(got), err)
		}
	})
}

func TestABrokenTargetIsLeftAloneAndProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("x", queue.ToolRules{Breaker: true, MaxAttempts: 100})
		for range 40 {
			b.submit("ann", of("x"))
		}
		broken := fault.ByTarget(fault.New(fault.Upstream, "UPSTREAM_ERROR", "Broken."))
		failAll := func() (n int) {
			got, err := b.q.Claim(t.Context(), 8)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range got {
				if _, err := b.q.Fail(t.Context(), c, broken); err != nil {
					t.Fatal(err)
				}
			}
			return len(got)
		}
		if n := failAll(); n != 8 {
			t.Fatalf("claimed %d, want 8", n)
		}
		b.submit("ann", of("y"))
		if c := b.claim(); c.Job.Tool != "y" {
			t.Errorf("claimed %s, want y: its target is not broken", c.Job.Tool)
		}
		b.wantNothingToClaim()
		if w, err := b.q.WaitOf(t.Context(), waiting(t, b, "ann", "x")); err != nil || w.Reason != sched.ReasonToolLimit && w.Reason != sched.ReasonBackoff {
			t.Errorf("waits for %q, err %v", w.Reason, err)
		}
		for _, pause := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
			<-time.After(pause - time.Millisecond)
			b.wantNothingToClaim()
			<-time.After(time.Millisecond)
			synctest.Wait()
			if n := failAll(); n != 1 {
				t.Fatalf("claimed %d after the pause of %s, want one probe", n, pause)
			}
		}
		<-time.After(16 * time.Second)
		synctest.Wait()
		probe := b.claim()
		b.wantNothingToClaim()
		if _, err := b.q.Finish(t.Context(), probe, success()); err != nil {
			t.Fatal(err)
		}
		for _, speed := range []int{2, 4, 8} { // as if it were well, but carefully
			got, err := b.q.Claim(t.Context(), 8)
			if err != nil || len(got) != speed {
				t.Fatalf("claimed %d after jobs worked, %v; want %d", len(got), err, speed)
			}
			if _, err := b.q.Finish(t.Context(), got[0], success()); err != nil {
				t.Fatal(err)
			}
			for _, c := range got[1:] {
				if err := b.q.Release(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestARefusalSaysThatTheTargetWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("x", queue.ToolRules{Breaker: true})
		for range 20 {
			b.submit("ann", of("x"))
		}
		for i := range 20 {
			cause := fault.New(fault.Upstream, "UPSTREAM_ERROR", "Broken.")
			if i%4 == 3 {
				cause = fault.New(fault.Invalid, "BAD", "Bad.")
			}
			if _, err := b.q.Fail(t.Context(), b.claim(), fault.ByTarget(cause)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestASuspectOfAFullOwnerWaits: it must neither run nor keep the others, nor
// the claim itself, from going on.
func TestASuspectOfAFullOwnerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
		lost := b.submit("ann")
		b.claim()
		b.q = b.restart()
		other := b.other("second")
		b.submit("ann", prioritized(5))
		if err := other.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := other.Claim(t.Context(), 1); err != nil || len(got) != 1 {
			t.Fatal(len(got), err)
		}
		b.submit("bob")
		got, err := b.q.Claim(t.Context(), 9)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(got, func(c queue.Claimed) bool { return c.Job.ID == lost.ID }) || len(got) != 1 {
			t.Errorf("claimed %d jobs, the suspect among them or bob's not", len(got))
		}
	})
}

func TestOwnersTakeTurnsBehindAToolsLimit(t *testing.T) {
	b := newBench(t)
	b.rule("json-formatter", queue.ToolRules{MaxRunning: 1})
	b.q = b.restart()
	for range 3 {
		for _, owner := range []string{"ann", "bob", "cy"} {
			b.submit(owner)
		}
	}
	var order []string
	for range 9 {
		c := b.claim()
		b.wantNothingToClaim()
		order = append(order, c.Job.Owner)
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(order, " "); got != "ann bob cy ann bob cy ann bob cy" {
		t.Errorf("they ran in the order %s", got)
	}
}
