package queue_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/meter"
	"claimcheck/internal/queue"
	"claimcheck/internal/sched"
)

// limits are those of a tool with a rate.
func limits(tb testing.TB, rate string, by meter.By) *meter.Limits {
	tb.Helper()
	l := &meter.Limits{By: by}
	if rate != "" {
		var err error
		if l.Rate, err = meter.Parse(rate); err != nil {
			tb.Fatal(err)
		}
	}
	return l
}

func with(metadata string) func(*queue.Spec) {
	return func(s *queue.Spec) { s.Metadata = []byte(metadata) }
}

// A runner begins jobs as a pool of workers does: whenever it is woken.
type runner struct {
	b     *bench
	q     *queue.Queue
	room  int
	begun []queue.Claimed
	at    []time.Duration // since it began
	from  time.Time
	asked int // how often it asked for jobs
	keep  bool
}

// run runs jobs that take no time until the time is over.
func (r *runner) run(d time.Duration) {
	r.b.t.Helper()
	if r.from.IsZero() {
		r.from = time.Now()
	}
	end := time.After(d)
	for {
		r.asked++
		got, err := r.q.Claim(r.b.t.Context(), max(r.room, 1))
		if err != nil {
			r.b.t.Fatal(err)
		}
		for _, c := range got {
			r.begun, r.at = append(r.begun, c), append(r.at, time.Since(r.from))
			if r.keep {
				continue
			}
			if _, err := r.q.Finish(r.b.t.Context(), c, success()); err != nil {
				r.b.t.Fatal(err)
			}
		}
		if len(got) > 0 {
			continue
		}
		select {
		case <-end:
			return
		case <-r.q.Wake():
		}
	}
}

func (r *runner) count(of func(*job.Job) string) map[string]int {
	n := map[string]int{}
	for i := range r.begun {
		n[of(&r.begun[i].Job)]++
	}
	return n
}

func metadataOf(j *job.Job) string { return string(j.Metadata) }

func (b *bench) wantBegun(r *runner, least, most int) {
	b.t.Helper()
	if n := len(r.begun); n < least || n > most {
		b.t.Errorf("%d attempts began, want %d to %d", n, least, most)
	}
}

func TestARateIsKeptAndUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "10/s", "")})
		for range 120 {
			b.submit("ann")
		}
		r := &runner{b: b, q: b.q, room: 8}
		r.run(10 * time.Second)
		b.wantBegun(r, 99, 102)
		if r.asked > 400 {
			t.Errorf("asked for jobs %d times in 10 s: that is polling", r.asked)
		}
		for i := 11; i < len(r.at); i++ {
			if d := r.at[i] - r.at[i-11]; d < time.Second-50*time.Millisecond {
				t.Errorf("11 attempts within %s", d)
			}
		}
	})
}

func TestABurstAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		l := limits(t, "60/m", "")
		l.Rate.Burst = 5
		b.rule("json-formatter", queue.ToolRules{Limits: l})
		for range 30 {
			b.submit("ann")
		}
		r := &runner{b: b, q: b.q, room: 8}
		r.run(100 * time.Millisecond)
		b.wantBegun(r, 5, 5)
		r.run(10 * time.Second)
		b.wantBegun(r, 14, 16)
	})
}

// TestARestartBringsNoBurst: what was used of an allowance is in the store.
func TestARestartBringsNoBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		l := limits(t, "10/s", "")
		l.Rate.Burst = 10
		b.rule("json-formatter", queue.ToolRules{Limits: l})
		for range 100 {
			b.submit("ann")
		}
		n := 0
		for range 20 { // a crash each 100 ms
			r := &runner{b: b, q: b.restart(), room: 20, keep: true}
			r.run(100 * time.Millisecond)
			n += len(r.begun)
		}
		if n < 29 || n > 32 {
			t.Errorf("%d attempts in 2 s at 10/s with a burst of 10 and 20 restarts", n)
		}
	})
}

func TestServersShareARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "50/s", "")})
		for range 300 {
			b.submit("ann")
		}
		done, n := make(chan int), 0
		for i := range 3 {
			r := &runner{b: b, q: b.other(fmt.Sprint("server", i)), room: 4}
			go func() {
				r.run(4 * time.Second)
				done <- len(r.begun)
			}()
		}
		for range 3 {
			n += <-done
		}
		if n < 196 || n > 206 {
			t.Errorf("%d attempts of three servers in 4 s at 50/s", n)
		}
	})
}

func TestOwnersTakeTurnsInsideARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "10/s", "")})
		for range 200 {
			b.submit("ann")
		}
		for range 20 {
			b.submit("bob")
			b.submit("cat")
		}
		r := &runner{b: b, q: b.q, room: 4}
		r.run(4 * time.Second)
		for owner, n := range r.count(ownerOf) {
			if n < 12 || n > 15 {
				t.Errorf("%s: %d of %d", owner, n, len(r.begun))
			}
		}
	})
}

func TestEachOwnerHasARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "10/s", meter.Owner)})
		for range 50 {
			b.submit("ann")
			b.submit("bob")
		}
		b.submit("bob", of("other"))
		r := &runner{b: b, q: b.q, room: 4}
		r.run(2 * time.Second)
		n := r.count(ownerOf)
		if n["ann"] < 19 || n["ann"] > 22 || n["bob"] < 20 || n["bob"] > 23 {
			t.Errorf("begun: %v", n)
		}
	})
}

func TestRetriesAndProbesKeepToTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Breaker: true, MaxAttempts: 50, Limits: limits(t, "60/m", "")})
		for range 10 {
			b.submit("ann")
			b.submit("bob")
		}
		defer b.run(b.q)()
		var at []time.Duration
		from := time.Now()
		for end := time.After(3 * time.Minute); time.Since(from) < 3*time.Minute; {
			got, err := b.q.Claim(t.Context(), 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range got {
				at = append(at, time.Since(from))
				if _, err := b.q.Fail(t.Context(), c, errors.New("ours")); err != nil {
					t.Fatal(err)
				}
			}
			if len(got) > 0 {
				continue
			}
			select {
			case <-end:
			case <-b.q.Wake():
			}
		}
		if len(at) < 100 || len(at) > 182 {
			t.Errorf("%d attempts in three minutes at 60/m", len(at))
		}
		for i := 2; i < len(at); i++ {
			if at[i]-at[i-2] < 1900*time.Millisecond {
				t.Fatalf("three attempts within %s", at[i]-at[i-2])
			}
		}
	})
}

func TestClaimsOfProgramsKeepToTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("pulled", queue.ToolRules{Pull: true, Limits: limits(t, "10/s", "")})
		for range 60 {
			b.submit("ann", of("pulled"))
		}
		n, end := 0, time.After(3*time.Second)
		for over := false; !over; {
			wake := b.q.PullWake()
			got, err := b.q.ClaimFor(t.Context(), queue.PullWorker("k", "w"), []string{"pulled"}, 5)
			if err != nil {
				t.Fatal(err)
			}
			n += len(got)
			select {
			case <-end:
				over = true
			case <-wake:
			}
		}
		if n < 29 || n > 32 {
			t.Errorf("%d claims in 3 s at 10/s", n)
		}
	})
}

func TestWhatWaitsForTheRateSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.workers = 4
		b.q = b.restart()
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "10/s", "")})
		var last job.Job
		for range 100 {
			last = b.submit("ann")
		}
		r := &runner{b: b, q: b.q, room: 4}
		r.run(time.Millisecond)
		w, err := b.q.WaitOf(t.Context(), &last)
		if err != nil || w.Reason != sched.ReasonToolRate || !w.Known || w.Left < 9*time.Second || w.Left > 11*time.Second {
			t.Errorf("the last of 100 at 10/s: %+v, %v", w, err)
		}
		if p := b.q.Pacing(); p["json-formatter"] < 98 {
			t.Errorf("waiting for the rate: %v", p)
		}
		r.run(5 * time.Second)
		if w, err = b.q.WaitOf(t.Context(), &last); err != nil || w.Reason != sched.ReasonToolRate || w.Left < 4*time.Second || w.Left > 6*time.Second {
			t.Errorf("five seconds later: %+v, %v", w, err)
		}
		r.run(6 * time.Second)
		b.wantBegun(r, 100, 100)
		if p := b.q.Pacing(); len(p) != 1 || p["json-formatter"] != 0 {
			t.Errorf("waiting for the rate: %v", p)
		}
	})
}

// TestOtherLimitsAfterAReload: a rate that changes holds from then on, and jobs that
// were accepted under other limits get the strands that the new ones ask for.
func TestOtherLimitsAfterAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "1/m", "")})
		for range 600 {
			b.submit("ann", with(`{"customer":"big"}`))
		}
		for range 10 {
			b.submit("ann", with(`{"customer":"small"}`))
		}
		defer b.run(b.q)()
		r := &runner{b: b, q: b.q, room: 4}
		r.run(2 * time.Second)
		b.wantBegun(r, 1, 2)
		set := func(l *meter.Limits) {
			b.rule("json-formatter", queue.ToolRules{Limits: l})
			if err := b.q.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.begun = nil
		}
		set(limits(t, "10/s", ""))
		r.run(2 * time.Second)
		b.wantBegun(r, 19, 22)
		set(limits(t, "1/s", "metadata.customer"))
		r.run(5 * time.Second)
		if n := r.count(metadataOf); n[`{"customer":"big"}`] < 5 || n[`{"customer":"big"}`] > 7 || n[`{"customer":"small"}`] < 5 || n[`{"customer":"small"}`] > 7 {
			t.Errorf("by customer: %v", n)
		}
		set(nil)
		r.run(time.Second)
		b.wantBegun(r, 500, 600)
	})
}

func TestOtherToolsOfAnOwnerDoNotWaitForARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 3}
		b.rule("json-formatter", queue.ToolRules{Limits: limits(t, "1/h", meter.Owner)})
		for range 20 {
			b.submit("ann")
		}
		for range 5 {
			b.submit("ann", of("other"))
		}
		r := &runner{b: b, q: b.q, room: 2}
		r.run(time.Second)
		if n := r.count(func(j *job.Job) string { return j.Tool }); n["json-formatter"] != 1 || n["other"] != 5 {
			t.Errorf("begun: %v", n)
		}
	})
}
