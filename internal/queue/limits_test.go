package queue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

func TestQuotaIsExactAndTurnsWithTheMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", JobsPerMonth: 3}
		for range 2 {
			b.submit("ann")
		}
		if _, err := b.q.Record(t.Context(), queue.Call{Owner: "ann", Plan: b.plans["default"], Tool: "t"}); err != nil {
			t.Fatal(err)
		}
		_, _, err := b.q.Submit(t.Context(), b.spec("ann"))
		if !fault.IsCode(err, "QUOTA_EXCEEDED") {
			t.Fatalf("fourth job: %v, want QUOTA_EXCEEDED", err)
		}
		turn := fault.Of(err).RetryAfter
		if got := time.Now().Add(turn).UTC(); got.Day() != 1 || got.Hour() != 0 || got.Minute() != 0 || got.Second() != 0 {
			t.Errorf("retry at %s, want the first second of a month", got)
		}
		if err := b.q.CheckQuota(t.Context(), "ann", b.plans["default"]); !fault.IsCode(err, "QUOTA_EXCEEDED") {
			t.Errorf("beforehand: %v, want QUOTA_EXCEEDED", err)
		}
		if n := b.used(); n != 3 {
			t.Errorf("%d jobs are charged, want 3: a refused one costs nothing", n)
		}
		b.submit("bob") // another owner's quota is its own
		<-time.After(turn)
		b.submit("ann")
		if n := b.used(); n != 1 {
			t.Errorf("%d jobs are charged in the new month, want 1", n)
		}
	})
}

// usageReads counts how often usage is read.
type usageReads struct {
	protocol.Store

	n int
}

func (s *usageReads) Owner(ctx context.Context, owner string, month int) (protocol.Owner, error) {
	s.n++
	return s.Store.Owner(ctx, owner, month)
}

// TestUsageIsReadOftenOnlyNearTheQuota: beforehand, that is; the charge knows.
func TestUsageIsReadOftenOnlyNearTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		reads := &usageReads{Store: b.store}
		q := b.on(reads)
		for _, c := range []struct {
			left int64
			want int
		}{{1_000_000, 1}, {10_000, 1}, {9999, 5}, {1, 5}} {
			reads.n = 0
			for range 5 {
				if err := q.CheckQuota(t.Context(), "ann", account.Plan{JobsPerMonth: c.left}); err != nil {
					t.Fatal(err)
				}
			}
			if reads.n != c.want {
				t.Errorf("with %d jobs left usage was read %d times, want %d", c.left, reads.n, c.want)
			}
			<-time.After(time.Second)
		}
	})
}

func TestARefundGoesToTheMonthThatWasCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit("ann")
		month := account.MonthOf(time.Now())
		<-time.After(40 * 24 * time.Hour)
		b.submit("ann")
		for range 4 {
			c := b.claim()
			if c.Job.Charged.Month != month {
				t.Fatal("not the oldest job")
			}
			if _, err := b.q.Fail(t.Context(), c, errors.New("ours")); err != nil {
				t.Fatal(err)
			}
			stop := b.run(b.q)
			<-time.After(time.Minute)
			synctest.Wait()
			stop()
		}
		u, err := b.store.Owner(t.Context(), "ann", month)
		if err != nil || u.Usage.Jobs != 0 {
			t.Errorf("the old month has %d jobs, err %v; want 0", u.Usage.Jobs, err)
		}
		if n := b.used(); n != 1 {
			t.Errorf("the new month has %d jobs, want 1", n)
		}
	})
}

func TestQueuedJobsAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", MaxQueuedJobs: 2}
		b.submit("ann")
		b.submit("ann")
		if _, _, err := b.q.Submit(t.Context(), b.spec("ann")); !fault.IsCode(err, "TOO_MANY_JOBS") {
			t.Fatalf("third waiting job: %v, want TOO_MANY_JOBS", err)
		}
		b.claim()
		b.submit("ann")
	})
}

func TestRunningJobsOfAnOwnerAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 2}
		for range 5 {
			b.submit("ann")
		}
		b.submit("bob")
		got, err := b.q.Claim(t.Context(), 10)
		if err != nil || len(got) != 3 {
			t.Fatalf("claimed %d, err %v; want 2 of ann and 1 of bob", len(got), err)
		}
		b.wantNothingToClaim()
		second := b.other("second")
		if more, err := second.Claim(t.Context(), 10); err != nil || len(more) != 0 {
			t.Errorf("another server claimed %d, err %v; the limit holds over all", len(more), err)
		}
		if _, err := b.q.Finish(t.Context(), got[0], success()); err != nil {
			t.Fatal(err)
		}
		b.claim()
		b.wantNothingToClaim()
	})
}

func TestOwnersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 1000 {
			b.submit("mass")
		}
		owners := []string{"a", "b", "c"}
		for _, o := range owners {
			b.submit(o)
		}
		got, err := b.q.Claim(t.Context(), 8)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range owners {
			if !slices.ContainsFunc(got, func(c queue.Claimed) bool { return c.Job.Owner == o }) {
				t.Errorf("%s is not among the first 8", o)
			}
		}
	})
}

func TestEveryJobOfALongQueueIsClaimedInOrderOfPriorityAndAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		const n = 1500 // several windows
		for i := range n {
			s := b.spec("ann")
			s.Priority = i % 3
			if _, _, err := b.q.Submit(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		b.q = b.restart() // half of the fun: the backlog is read from the store
		seen := map[job.ID]bool{}
		last := 2
		for len(seen) < n {
			got, err := b.q.Claim(t.Context(), 100)
			if err != nil || len(got) == 0 {
				t.Fatalf("claimed %d after %d of %d, err %v", len(got), len(seen), n, err)
			}
			for _, c := range got {
				if seen[c.Job.ID] {
					t.Fatal("claimed twice")
				}
				seen[c.Job.ID] = true
				if p := c.Job.Ready.Priority; p > last {
					t.Fatalf("priority %d after %d", p, last)
				} else {
					last = p
				}
			}
		}
		b.wantNothingToClaim()
	})
}

func TestADelayedJobRunsWhenItsTimeHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run(b.q)()
		s := b.spec("ann")
		s.RunAt = time.Now().Add(3 * time.Hour)
		if _, _, err := b.q.Submit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		<-time.After(3*time.Hour - time.Second)
		b.wantNothingToClaim()
		<-time.After(2 * time.Second)
		synctest.Wait()
		b.claim()
	})
}

// TestOwnersWhoWaitForAToolComeBeforeTheNextOfOneWhoHadIt: although the end of a
// job makes room for its owner too.
func TestOwnersWhoWaitForAToolComeBeforeTheNextOfOneWhoHadIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("json-formatter", queue.ToolRules{MaxRunning: 2})
		b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
		for range 8 {
			b.submit("ann")
			b.submit("bob")
			b.submit("cid")
		}
		got, err := b.q.Claim(t.Context(), 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("claimed %d, %v", len(got), err)
		}
		begun := map[string]int{}
		for range 12 {
			if _, err := b.q.Finish(t.Context(), got[0], success()); err != nil {
				t.Fatal(err)
			}
			next := b.claim()
			b.wantNothingToClaim() // cid is looked at
			begun[next.Job.Owner]++
			got = append(got[1:], next)
		}
		if begun["ann"] != 4 || begun["bob"] != 4 || begun["cid"] != 4 {
			t.Errorf("begun by owner: %v", begun)
		}
	})
}
