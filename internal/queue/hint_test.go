package queue_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/ratelimit"
	"claimcheck/internal/sched"
	"claimcheck/internal/words"
)

// runFor runs one job that takes d.
func (b *bench) runFor(d time.Duration) {
	b.t.Helper()
	b.submit("ann")
	c := b.claim()
	<-time.After(d)
	if _, err := b.q.Finish(b.t.Context(), c, success()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) hint(id job.ID, plan account.Plan) int64 {
	b.t.Helper()
	s, err := b.q.Get(b.t.Context(), "ann", id)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.q.Hint(&s.Job, &plan)
}

func TestHintsFollowTheRunTimesOfLately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		unknown := b.submit("ann")
		if got := b.hint(unknown.ID, account.Plan{}); got != 1 {
			t.Errorf("nothing is known: %d, want 1", got)
		}
		c := b.claim()
		<-time.After(41 * time.Second)
		if got := b.hint(unknown.ID, account.Plan{}); got < 5 || got > 10 {
			t.Errorf("nothing is known after 41 s: %d, want it to have grown with the time", got)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			b.runFor(39 * time.Second)
		}
		j := b.submit("ann")
		b.claim()
		if got := b.hint(j.ID, account.Plan{}); got < 35 || got > 40 {
			t.Errorf("at the beginning of a run of about 40 s: %d", got)
		}
		<-time.After(30 * time.Second)
		if got := b.hint(j.ID, account.Plan{}); got < 5 || got > 10 {
			t.Errorf("10 s before its end: %d", got)
		}
		<-time.After(time.Hour)
		if got := b.hint(j.ID, account.Plan{}); got < 1 || got > 60 {
			t.Errorf("much later than ever: %d, want within the limits", got)
		}
	})
}

func TestRunTimesSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		stop := b.run(b.q)
		for range 10 {
			b.runFor(20 * time.Second)
		}
		<-time.After(time.Minute)
		stop()
		b.q = b.restart()
		j := b.submit("ann")
		b.claim()
		if got := b.hint(j.ID, account.Plan{}); got < 18 || got > 22 {
			t.Errorf("got %d, want about 20", got)
		}
	})
}

func TestAClientPerJobThatObeysTheHintIsNeverLimited(t *testing.T) {
	for _, n := range []int{1, 10, 60} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			plan := account.Plan{Name: "default", StatusPerMinute: 60}
			b.plans["default"] = plan
			allowance := ratelimit.New(time.Now).Owner("ann")
			var clients sync.WaitGroup
			polls := 0
			var mu sync.Mutex
			for range n {
				j := b.submit("ann")
				clients.Go(func() {
					for began := time.Now(); time.Since(began) < 10*time.Minute; {
						if res := allowance.Status.Allow(time.Now(), plan.StatusPerMinute, 1); !res.OK {
							t.Errorf("%d jobs: refused after %s", n, time.Since(began))
							return
						}
						mu.Lock()
						polls++
						mu.Unlock()
						<-time.After(time.Duration(b.hint(j.ID, plan)) * time.Second)
					}
				})
			}
			clients.Wait()
			if polls < n*10 {
				t.Errorf("%d jobs: %d polls in ten minutes, want at least one a minute for each", n, polls)
			}
		})
	}
}

func TestProgressNeverGoesBackAndKeepsTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		c := b.claim()
		version := b.get("ann", j.ID).Version
		for _, percent := range []int{10, 40, 30, 200} {
			if err := b.q.Progress(t.Context(), c, words.Sign{Percent: percent}); err != nil {
				t.Fatal(err)
			}
		}
		is := b.get("ann", j.ID)
		w, err := b.q.WaitOf(t.Context(), &is)
		if err != nil || w.Progress != 100 || w.Reason != "" {
			t.Errorf("got %+v, %v", w, err)
		}
		if is.Version != version {
			t.Errorf("the version moved from %d to %d: progress is not part of the status", version, is.Version)
		}
		if _, err := b.q.Fail(t.Context(), c, queue.ErrCanceled); err != nil {
			t.Fatal(err)
		}
		if b.q.Progress(t.Context(), c, words.Sign{Percent: 50}) == nil {
			t.Error("a finished attempt can report progress")
		}
	})
}

func TestPlacesInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 5 {
			b.submit("bob")
		}
		first, second := b.submit("ann"), b.submit("ann")
		for _, c := range []struct {
			j    job.Job
			want int64
		}{{first, 1}, {second, 3}} {
			w, err := b.q.WaitOf(t.Context(), &c.j)
			if err != nil || w.Reason != sched.ReasonQueue || w.Position != c.want {
				t.Errorf("got %+v, %v; want position %d: owners take turns", w, err, c.want)
			}
		}
	})
}

func TestTheHintIsNeverBeforeAJobMayBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		stop := b.run(b.q)
		defer stop()
		for range 10 {
			b.runFor(3 * time.Second)
		}
		at := func(d time.Duration) func(*queue.Spec) {
			return func(s *queue.Spec) { s.RunAt = time.Now().Add(d) }
		}
		paused := b.submit("ann")
		if _, err := b.q.Fail(t.Context(), b.claim(), fault.New(fault.Upstream, "UPSTREAM_ERROR", "busy").After(10*time.Minute)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name   string
			id     job.ID
			begins time.Duration
			reason string
		}{
			{"in half a minute", b.submit("ann", at(30*time.Second)).ID, 30 * time.Second, sched.ReasonScheduled},
			{"in an hour", b.submit("ann", at(time.Hour)).ID, time.Hour, sched.ReasonScheduled},
			{"in 29 days", b.submit("ann", at(29*24*time.Hour)).ID, 29 * 24 * time.Hour, sched.ReasonScheduled},
			{"the target asked for ten minutes", paused.ID, 10 * time.Minute, sched.ReasonBackoff},
		} {
			most := min(int64(c.begins/time.Second)+4, 60)
			for _, q := range []*queue.Queue{b.q, b.restart()} { // from what was published, and from the store
				s, err := q.Get(t.Context(), "ann", c.id)
				if err != nil {
					t.Fatal(err)
				}
				if got := q.Hint(&s.Job, &account.Plan{}); got < min(int64(c.begins/time.Second), 60) || got > most {
					t.Errorf("%s: the hint is %d", c.name, got)
				}
				w, err := q.WaitOf(t.Context(), &s.Job)
				if err != nil {
					t.Fatal(err)
				}
				if w.Reason != c.reason || time.Until(w.RunAt).Round(time.Second) != c.begins || !w.Known || w.Left < c.begins || w.Left > c.begins+4*time.Second {
					t.Errorf("%s: %+v", c.name, w)
				}
			}
		}
	})
}

func TestAJobThatWaitsForNothingKnownIsAskedAboutLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{Pull: true})
		b.q = b.restart()
		j := b.submit("ann")
		last := int64(0)
		for range 8 {
			got := b.hint(j.ID, account.Plan{})
			if got < last {
				t.Errorf("%d after %d", got, last)
			}
			last = got
			<-time.After(time.Duration(got) * time.Second)
		}
		if last < 5 {
			t.Errorf("nobody comes for the job, and after eight polls the hint is %d", last)
		}
	})
}
