package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/view"
)

func startBy(d time.Duration) func(*queue.Spec) {
	at := time.Now().Add(d)
	return func(s *queue.Spec) { s.Terms.StartBy = at }
}

func finishBy(d time.Duration) func(*queue.Spec) {
	at := time.Now().Add(d)
	return func(s *queue.Spec) { s.Terms.FinishBy = at }
}

// wantCode fails unless a job of ann's failed with a code; "" is one that is not over.
func (b *bench) wantCode(id job.ID, code string) job.Job {
	b.t.Helper()
	is := b.get("ann", id)
	if got := job.ErrorCode(is.Error); got != code || is.Status.Final() != (code != "") {
		b.t.Fatalf("the job is %s %s, want %q", is.Status, is.Error, code)
	}
	return is
}

func TestAJobThatNeverBeginsInTimeExpiresAndIsNotCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann", startBy(10*time.Second), finishBy(time.Hour))
		if n := b.used(); n != 1 {
			t.Fatalf("%d jobs are charged, want 1", n)
		}
		pass(9900 * time.Millisecond)
		b.wantCode(j.ID, "")
		pass(1100 * time.Millisecond)
		is := b.wantCode(j.ID, "EXPIRED")
		if late := is.Finished.Sub(is.Created) - 10*time.Second; late < 0 || late > 100*time.Millisecond {
			t.Errorf("it ended %s late", late)
		}
		if n := b.used(); n != 0 {
			t.Errorf("%d jobs are charged, want none", n)
		}
		b.wantNothingToClaim()
	})
}

func TestAJobThatHasBegunInTimeGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann", startBy(10*time.Second))
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		defer release()
		pass(20 * time.Second)
		if err := b.q.Release(t.Context(), c); err != nil { // a server that stops hands it back
			t.Fatal(err)
		}
		pass(20 * time.Second)
		b.wantCode(j.ID, "")
		if ctx.Err() != nil {
			t.Error(context.Cause(ctx))
		}
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAttemptThatIsHandedBackUnbegunHasNotBegun(t *testing.T) {
	for _, ahead := range []bool{true, false} {
		t.Run(fmt.Sprint("ahead ", ahead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.run(b.q)()
				j := b.submit("ann", startBy(10*time.Second))
				claim := b.q.Claim
				if ahead {
					claim = b.q.ClaimAhead
				}
				for range 2 {
					got, err := claim(t.Context(), 1)
					if err != nil || len(got) != 1 {
						t.Fatal(got, err)
					}
					if err := b.q.HandBack(t.Context(), got[0]); err != nil {
						t.Fatal(err)
					}
				}
				pass(11 * time.Second)
				b.wantCode(j.ID, "EXPIRED")
				if n := b.used(); n != 0 {
					t.Errorf("%d jobs are charged, want none", n)
				}
			})
		})
	}
}

func TestARunningJobIsStoppedByItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann", finishBy(10*time.Second))
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		defer release()
		pass(9900 * time.Millisecond)
		if ctx.Err() != nil {
			t.Fatal(context.Cause(ctx))
		}
		pass(200 * time.Millisecond)
		is := b.wantCode(j.ID, "TIMEOUT")
		if !strings.Contains(string(is.History), `"error":"TIMEOUT"`) {
			t.Errorf("its attempts are %s", is.History)
		}
		if !errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
			t.Fatalf("the attempt's context: %v", context.Cause(ctx))
		}
		if _, err := b.q.Finish(t.Context(), c, success()); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("a late outcome: %v, want that it is refused", err)
		}
		b.wantCode(j.ID, "TIMEOUT")
		if n := b.used(); n != 1 {
			t.Errorf("%d jobs are charged, want 1", n)
		}
	})
}

func TestAWaitingJobIsNotFinishedInTimeEither(t *testing.T) {
	for name, wait := range map[string]func(*bench, queue.Claimed) error{
		"in retry backoff": func(b *bench, c queue.Claimed) error {
			_, err := b.q.Fail(b.t.Context(), c, fault.New(fault.Upstream, "UPSTREAM_ERROR", "away").After(20*time.Minute))
			return err
		},
		"handed back": func(b *bench, c queue.Claimed) error { return b.q.Release(b.t.Context(), c) },
		"its tool is taken away": func(b *bench, c queue.Claimed) error {
			b.rule("json-formatter", queue.ToolRules{Unknown: true})
			return b.q.Release(b.t.Context(), c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				defer b.run(b.q)()
				j := b.submit("ann", finishBy(30*time.Minute))
				if err := wait(b, b.claim()); err != nil {
					t.Fatal(err)
				}
				pass(30*time.Minute - time.Second)
				b.wantCode(j.ID, "")
				pass(2 * time.Second)
				b.wantCode(j.ID, "TIMEOUT")
			})
		})
	}
}

func TestARetryWithoutTimeIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 3 { // it takes a minute
			b.submit("ann")
			c := b.claim()
			pass(time.Minute)
			if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
				t.Fatal(err)
			}
		}
		defer b.run(b.q)()
		short, long := b.submit("ann", finishBy(50*time.Second)), b.submit("ann", finishBy(5*time.Minute))
		for _, c := range []queue.Claimed{b.claim(), b.claim()} { // a first attempt begins in any case
			if _, err := b.q.Fail(t.Context(), c, fault.New(fault.Upstream, "UPSTREAM_ERROR", "away")); err != nil {
				t.Fatal(err)
			}
		}
		is := b.wantCode(short.ID, "TIMEOUT")
		if !strings.Contains(string(is.Error), `"last_error":"UPSTREAM_ERROR"`) || !strings.Contains(string(is.Error), `"usual_seconds":60`) {
			t.Errorf("it says %s", is.Error)
		}
		b.wantCode(long.ID, "")
		pass(2 * time.Second)
		c := b.claim()
		if c.Job.ID != long.ID {
			t.Errorf("claimed %s", c.Job.ID)
		}
		// The time for another goes by while it waits for a worker.
		if err := b.q.Release(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		pass(4*time.Minute + 30*time.Second)
		b.wantNothingToClaim()
		b.wantCode(long.ID, "TIMEOUT")
	})
}

func TestNothingIsBegunAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t) // nobody keeps deadlines
		late, lost, good := b.submit("ann", startBy(time.Second)), b.submit("ann", finishBy(time.Second)), b.submit("ann", startBy(time.Minute))
		pass(2 * time.Second)
		if c := b.claim(); c.Job.ID != good.ID {
			t.Errorf("claimed %s", c.Job.ID)
		}
		b.wantCode(late.ID, "EXPIRED")
		b.wantCode(lost.ID, "TIMEOUT")
	})
}

func TestACancelGoesBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann", finishBy(10*time.Second))
		b.claim()
		if _, err := b.q.Cancel(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		pass(11 * time.Second)
		b.wantCode(j.ID, "CANCELED")
	})
}

func TestDeadlinesThatPassWhileNobodyIsThereAreKeptAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		waits, runs := b.submit("ann", startBy(time.Minute)), b.submit("ann", func(s *queue.Spec) { s.Priority = 5 }, finishBy(time.Minute))
		if c := b.claim(); c.Job.ID != runs.ID {
			t.Fatal("the wrong job was claimed")
		}
		pass(2 * time.Minute)
		b.q = b.restart()
		defer b.run(b.q)()
		pass(100 * time.Millisecond)
		b.wantCode(waits.ID, "EXPIRED")
		b.wantCode(runs.ID, "TIMEOUT")
	})
}

func TestAClockThatStepsEndsNoJobEarlyAndNoneMuchLater(t *testing.T) {
	for _, step := range []time.Duration{2 * time.Hour, 365 * 24 * time.Hour, -2 * time.Hour, -365 * 24 * time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, clock := newClockBench(t)
				defer b.run(b.q)()
				pass(time.Minute)
				waits, runs := b.submit("ann", startBy(10*time.Minute)), b.submit("ann", func(s *queue.Spec) { s.Priority = 5 }, finishBy(10*time.Minute))
				b.claim()
				pass(time.Minute)
				clock.step(step)
				after := b.submit("ann", func(s *queue.Spec) { s.Terms.StartBy = clock.now().Add(2 * time.Minute) })
				pass(time.Minute)
				b.wantCode(after.ID, "")
				pass(time.Minute + time.Second)
				b.wantCode(after.ID, "EXPIRED")
				b.wantCode(waits.ID, "")
				b.wantCode(runs.ID, "")
				pass(6 * time.Minute)
				b.wantCode(waits.ID, "")
				b.wantCode(runs.ID, "")
				pass(time.Minute)
				b.wantCode(waits.ID, "EXPIRED")
				b.wantCode(runs.ID, "TIMEOUT")
			})
		})
	}
}

// A process that starts after a step has not seen it: what it takes for a leap ends
// nothing before this process has seen the time go by.
func TestAClockThatLeaptWhileNobodySawItEndsNothingEarly(t *testing.T) {
	for _, step := range []time.Duration{30 * 24 * time.Hour, -30 * 24 * time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, clock := newClockBench(t)
				j := b.submit("ann", startBy(10*time.Minute))
				clock.step(step)
				b.q = b.at(clock)
				defer b.run(b.q)()
				pass(9 * time.Minute)
				b.wantCode(j.ID, "")
				pass(2 * time.Minute)
				b.wantCode(j.ID, "EXPIRED")
			})
		})
	}
}

func TestManyJobsThatComeDueTogetherAllEndInTime(t *testing.T) {
	const jobs = 1500
	b := newBench(t)
	defer b.run(b.q)()
	at := time.Now().Add(3 * time.Second)
	ids := make(chan job.ID, jobs)
	var all []job.ID
	for range 30 {
		go func() {
			for range jobs / 30 {
				s := b.spec("ann")
				s.Terms.StartBy = at
				j, _, err := b.q.Submit(context.Background(), s)
				if err != nil {
					t.Error(err)
				}
				ids <- j.ID
			}
		}()
	}
	for range jobs {
		all = append(all, <-ids)
	}
	var last time.Duration
	for _, id := range all {
		snap, err := b.q.Await(t.Context(), "ann", id, view.Finished)
		if err != nil {
			t.Fatal(err)
		}
		if job.ErrorCode(snap.Job.Error) != "EXPIRED" {
			t.Fatalf("a job ended with %s", snap.Job.Error)
		}
		last = max(last, snap.Job.Finished.Sub(at))
		if snap.Job.Finished.Before(at.Truncate(time.Millisecond)) {
			t.Fatalf("a job ended %s early", at.Sub(snap.Job.Finished))
		}
	}
	t.Logf("%d jobs ended within %s", jobs, last)
}
