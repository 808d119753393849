package queue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/storetest"
)

// behind puts the bench's queue behind a store that can be away.
func (b *bench) behind(shared bool) *storetest.Outage {
	b.t.Helper()
	s := &storetest.Outage{Store: b.store, AsShared: shared}
	b.q = b.on(s)
	return s
}

// outcomes are the ways in which an attempt can end, and what the job is then.
var outcomes = []struct {
	name   string
	end    func(ctx context.Context, b *bench, c queue.Claimed) error
	status job.Status
}{
	{"success", func(ctx context.Context, b *bench, c queue.Claimed) error {
		_, err := b.q.Finish(ctx, c, success())
		return err
	}, job.Success},
	{"success with a file", func(ctx context.Context, b *bench, c queue.Claimed) error {
		out := success()
		out.Output = &job.Output{Token: fmt.Sprintf("%032d", 1), Name: fmt.Sprintf("x_%032d.json", 1), Size: 1, File: true}
		_, err := b.q.Finish(ctx, c, out)
		return err
	}, job.Success},
	{"failure for good", func(ctx context.Context, b *bench, c queue.Claimed) error {
		_, err := b.q.Fail(ctx, c, fault.New(fault.Invalid, "INVALID_JSON", "no"))
		return err
	}, job.Failed},
	{"failure", func(ctx context.Context, b *bench, c queue.Claimed) error {
		_, err := b.q.Fail(ctx, c, errors.New("disk on fire"))
		return err
	}, job.Queued},
	{"release", func(ctx context.Context, b *bench, c queue.Claimed) error {
		return b.q.Release(ctx, c)
	}, job.Queued},
}

// TestAnOutcomeIsRecordedHoweverLongTheStoreIsAway, and once, and what runs is
// counted right afterwards; also where the answer of the commit was what was
// lost.
func TestAnOutcomeIsRecordedHoweverLongTheStoreIsAway(t *testing.T) {
	for _, o := range outcomes {
		for _, lost := range []bool{false, true} {
			for _, outage := range []time.Duration{time.Second, 25 * time.Second, 5 * time.Minute} {
				t.Run(fmt.Sprintf("%s, answer lost %t, away for %s", o.name, lost, outage), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						b := newBench(t)
						b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
						b.rule("json-formatter", queue.ToolRules{MaxRunning: 1})
						s := b.behind(false)
						defer b.run(b.q)()
						j := b.submit("ann")
						c := b.claim()
						s.Away.Store(!lost)
						s.Deaf.Store(lost)
						ended := make(chan error, 1)
						go func() { ended <- o.end(context.WithoutCancel(t.Context()), b, c) }()
						<-time.After(outage)
						select {
						case err := <-ended:
							t.Fatalf("it ended while the store was away: %v", err)
						default:
						}
						s.Away.Store(false)
						<-time.After(3 * time.Second)
						if err := <-ended; err != nil {
							t.Fatal(err)
						}
						is, err := b.store.Get(t.Context(), j.ID)
						if err != nil || is.Status != o.status || is.Attempt != 1 || is.Failures > 1 {
							t.Fatalf("the job is %s after attempt %d with %d failures, %v; want %s after the first", is.Status, is.Attempt, is.Failures, err, o.status)
						}
						if got := b.get("ann", j.ID); got.Status != o.status {
							t.Errorf("clients see %s", got.Status)
						}
						b.wantRoom(j.ID, o.status)
					})
				})
			}
		}
	}
}

// wantRoom checks that no slot is taken after a job: whatever waits can be
// claimed, and the owner has as many unfinished jobs as there are.
func (b *bench) wantRoom(first job.ID, status job.Status) {
	b.t.Helper()
	want := int64(0)
	if !status.Final() {
		want = 1
	}
	if n := b.q.Unfinished("ann"); n != want {
		b.t.Errorf("%d jobs are counted as unfinished, want %d", n, want)
	}
	if status.Final() {
		first = b.submit("ann").ID
	}
	<-time.After(2 * time.Second) // the wait before a second attempt
	synctest.Wait()
	if c := b.claim(); c.Job.ID != first {
		b.t.Errorf("claimed another job")
	} else if _, err := b.q.Finish(b.t.Context(), c, success()); err != nil {
		b.t.Error(err)
	}
	if n := b.q.Unfinished("ann"); n != 0 {
		b.t.Errorf("%d jobs are counted as unfinished at the end", n)
	}
}

// TestALeaseThatWasGivenUpEnds: nothing renews it, and the job runs again.
func TestALeaseThatWasGivenUpEnds(t *testing.T) {
	for _, o := range outcomes {
		t.Run(o.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
				s := b.behind(false)
				defer b.run(b.q)()
				b.submit("ann")
				c := b.claim()
				s.Away.Store(true)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				if err := o.end(ctx, b, c); !fault.Is(err, fault.Unavailable) {
					t.Fatalf("got %v, want the store's trouble", err)
				}
				<-time.After(time.Minute)
				s.Away.Store(false)
				<-time.After(2 * testLease)
				again := b.claim()
				if again.Lease.Attempt != 2 || again.Job.Losses != 0 || again.Job.Ready.Probation != job.Clear {
					t.Errorf("attempt %d after %d losses, probation %d: want the second, and no suspicion", again.Lease.Attempt, again.Job.Losses, again.Job.Ready.Probation)
				}
				if _, err := b.q.Finish(t.Context(), again, success()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestWhoLeavesWithoutAWordGivesTheLeaseUp: an attempt whose worker released it
// and recorded nothing must not be renewed.
func TestWhoLeavesWithoutAWordGivesTheLeaseUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		j := b.submit("ann")
		_, release := b.q.Bind(t.Context(), b.claim())
		<-time.After(5 * time.Minute)
		if is := b.get("ann", j.ID); is.Attempt != 1 || is.Status != job.Processing {
			t.Fatalf("%s, attempt %d: want the first to run", is.Status, is.Attempt)
		}
		release()
		<-time.After(2 * testLease)
		if c := b.claim(); c.Lease.Attempt != 2 {
			t.Errorf("attempt %d, want 2", c.Lease.Attempt)
		}
	})
}

// TestAnAttemptEndsWithItsLease: a worker that is cut off from a shared store
// has stopped when another one may begin the next attempt.
func TestAnAttemptEndsWithItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		s := b.behind(true)
		cutOff := b.q
		defer b.run(cutOff)()
		b.submit("ann")
		first := b.claim()
		ctx, release := cutOff.Bind(context.Background(), first)
		end := make(chan time.Time, 1)
		defer context.AfterFunc(ctx, func() { end <- time.Now() })()
		<-time.After(5 * testLease / 2)
		if ctx.Err() != nil {
			t.Fatalf("it was stopped while its lease was renewed: %v", context.Cause(ctx))
		}
		s.Away.Store(true)
		b.q = b.other("other")
		defer b.run(b.q)()
		var second queue.Claimed
		for second.Lease.Attempt == 0 {
			<-time.After(10 * time.Millisecond)
			got, err := b.q.Claim(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) > 0 {
				second = got[0]
			}
		}
		if len(end) == 0 || !errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
			t.Fatalf("attempt 2 began at %s; the context of attempt 1: %v", time.Now(), context.Cause(ctx))
		}
		if ended := <-end; !ended.Before(time.Now()) {
			t.Fatalf("attempt 2 began at %s, attempt 1 ended at %s", time.Now(), ended)
		}
		// The worker says so, which takes until the store is back, and changes nothing.
		left := make(chan error, 1)
		go func() {
			_, err := cutOff.Fail(context.Background(), first, context.Cause(ctx))
			release()
			left <- err
		}()
		<-time.After(time.Minute)
		s.Away.Store(false)
		if err := <-left; !fault.Is(err, fault.LeaseLost) {
			t.Errorf("got %v, want a lost lease", err)
		}
		if _, err := b.q.Finish(t.Context(), second, success()); err != nil {
			t.Error(err)
		}
	})
}

// TestAShortOutageEndsNoAttempt: a store that is away for half a lease, time and
// again, costs no attempt.
func TestAShortOutageEndsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		s := b.behind(true)
		defer b.run(b.q)()
		b.submit("ann")
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		defer release()
		for range 5 {
			s.Away.Store(true)
			<-time.After(testLease / 2)
			s.Away.Store(false)
			<-time.After(testLease / 2)
		}
		if ctx.Err() != nil {
			t.Fatalf("stopped: %v", context.Cause(ctx))
		}
		if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
			t.Error(err)
		}
	})
}

// TestAnAttemptThatItsOwnClockEndedIsHandedBack: nobody is suspected, and it does
// not take another lease's time.
func TestAnAttemptThatItsOwnClockEndedIsHandedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
		s := b.behind(true)
		defer b.run(b.q)()
		b.submit("ann")
		c := b.claim()
		ctx, release := b.q.Bind(t.Context(), c)
		s.Away.Store(true)
		<-ctx.Done()
		left := make(chan error, 1)
		go func() {
			_, err := b.q.Fail(context.Background(), c, context.Cause(ctx))
			release()
			left <- err
		}()
		<-time.After(time.Minute)
		s.Away.Store(false)
		if err := <-left; !fault.Is(err, fault.LeaseLost) {
			t.Errorf("got %v, want a lost lease", err)
		}
		<-time.After(time.Second)
		again := b.claim()
		if again.Lease.Attempt != 2 || again.Job.Losses != 0 || again.Job.Failures != 0 || again.Job.Ready.Probation != job.Clear {
			t.Errorf("got %+v", again.Job)
		}
	})
}
