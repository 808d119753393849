package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

func TestAJobIsClaimedOnceAndFinishedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		if j.Status != job.Queued || j.Version != 1 {
			t.Fatalf("submitted as %s version %d", j.Status, j.Version)
		}
		c := b.claim()
		b.wantNothingToClaim()
		if is := b.get("ann", j.ID); is.Status != job.Processing || is.Attempt != 1 {
			t.Errorf("claimed: status %s, attempt %d", is.Status, is.Attempt)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Fatal(err)
		}
		is := b.get("ann", j.ID)
		if is.Status != job.Success || string(is.Result) != `{"status":"success"}` || is.Expires.Sub(is.Finished) != time.Hour {
			t.Errorf("finished: %+v", is)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("second finish: %v, want a lost lease", err)
		}
		if _, err := b.q.Fail(t.Context(), c, errors.New("late")); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("failing a finished job: %v, want a lost lease", err)
		}
		if n := b.q.Unfinished("ann"); n != 0 {
			t.Errorf("%d unfinished jobs are counted, want 0", n)
		}
	})
}

func TestRetryUntilSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann")
		began := time.Now()
		for range 3 {
			c := b.claim()
			if _, err := b.q.Fail(t.Context(), c, errors.New("disk on fire")); err != nil {
				t.Fatal(err)
			}
			b.wantNothingToClaim() // not before its time
			<-time.After(time.Minute)
			synctest.Wait()
		}
		c := b.claim()
		if c.Lease.Attempt != 4 || c.Job.Failures != 3 {
			t.Errorf("attempt %d after %d failures, want 4 after 3", c.Lease.Attempt, c.Job.Failures)
		}
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Fatal(err)
		}
		if is := b.get("ann", j.ID); is.Status != job.Success || !strings.Contains(string(is.History), "INTERNAL_ERROR") {
			t.Errorf("got %s with history %s after %s", is.Status, is.History, time.Since(began))
		}
	})
}

func TestAttemptsThatFailThroughOurFaultAreUsedUpAndGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann")
		for range 4 {
			if _, err := b.q.Fail(t.Context(), b.claim(), errors.New("secret path /etc/x")); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Minute)
			synctest.Wait()
		}
		b.wantNothingToClaim()
		is := b.get("ann", j.ID)
		if is.Status != job.Failed || !strings.Contains(string(is.Error), `"code":"INTERNAL_ERROR"`) || strings.Contains(string(is.Error), "secret") {
			t.Errorf("got %s %s", is.Status, is.Error)
		}
		if n := b.used(); n != 0 {
			t.Errorf("%d jobs are charged, want 0: the fault was ours", n)
		}
	})
}

func TestBadInputIsNotTriedAgainAndStaysCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		bad := fault.New(fault.Invalid, "INVALID_JSON", "JSON validation failed.").With("line", 2).With("column", 5)
		if _, err := b.q.Fail(t.Context(), b.claim(), bad); err != nil {
			t.Fatal(err)
		}
		is := b.get("ann", j.ID)
		want := `{"code":"INVALID_JSON","message":"JSON validation failed.","details":{"line":2,"column":5}}`
		if is.Status != job.Failed || string(is.Error) != want {
			t.Errorf("got %s %s\nwant %s", is.Status, is.Error, want)
		}
		if n := b.used(); n != 1 {
			t.Errorf("%d jobs are charged, want 1", n)
		}
	})
}

func TestTimeoutEndsAsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann")
		for range 4 {
			if _, err := b.q.Fail(t.Context(), b.claim(), fault.New(fault.Timeout, "TIMEOUT", "The job took longer than 10m.")); err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Minute)
			synctest.Wait()
		}
		if is := b.get("ann", j.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "TIMEOUT") {
			t.Errorf("got %s %s", is.Status, is.Error)
		}
		if n := b.used(); n != 1 {
			t.Errorf("%d jobs are charged, want 1: a timeout is not given back", n)
		}
	})
}

func TestAReleasedJobIsClaimableAtOnceAndCountsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit("ann")
		for range 10 {
			if err := b.q.Release(t.Context(), b.claim()); err != nil {
				t.Fatal(err)
			}
		}
		c := b.claim()
		listed := string(c.Job.History)
		if !strings.Contains(listed, `{"attempt":10,`) || strings.Count(listed, `"error":"RELEASED"`) != 10 {
			t.Errorf("the attempts that were handed back are not listed: %s", listed)
		}
		if c.Job.Failures != 0 || c.Job.Losses != 0 || c.Lease.Attempt != 11 {
			t.Errorf("failures %d, losses %d, attempt %d; want 0, 0, 11", c.Job.Failures, c.Job.Losses, c.Lease.Attempt)
		}
	})
}

func TestALeaseIsRenewedWhileTheProcessLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		b.submit("ann")
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		defer release()
		<-time.After(20 * testLease)
		if ctx.Err() != nil {
			t.Fatalf("the attempt was stopped: %v", context.Cause(ctx))
		}
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Error(err)
		}
	})
}

func TestAWorkerThatWasPausedBeyondItsLeaseIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		paused := b.q // its Run is not running: nothing is renewed
		late := b.claim()
		ctx, release := paused.Bind(t.Context(), late)
		defer release()
		<-time.After(testLease + time.Second)

		b.q = b.other("other")
		defer b.run(b.q)()
		synctest.Wait()
		<-time.After(time.Minute)
		synctest.Wait()
		now := b.claim()
		if now.Lease.Attempt != 2 {
			t.Fatalf("attempt %d, want 2", now.Lease.Attempt)
		}
		if _, err := b.q.Finish(t.Context(), now, success()); err != nil {
			t.Fatal(err)
		}
		// The paused worker comes back.
		stop := b.run(paused)
		synctest.Wait()
		if !errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
			t.Errorf("the late attempt's context ended with %v, want a lost lease", context.Cause(ctx))
		}
		out := queue.Outcome{Result: []byte(`{"status":"late"}`)}
		if _, err := paused.Finish(t.Context(), late, out); !fault.Is(err, fault.LeaseLost) {
			t.Errorf("the late result: %v, want a lost lease", err)
		}
		stop()
		if is := b.get("ann", j.ID); string(is.Result) != `{"status":"success"}` {
			t.Errorf("the result was overwritten: %s", is.Result)
		}
	})
}
