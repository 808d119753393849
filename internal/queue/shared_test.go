package queue_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/storetest"
)

// share makes a queue on the bench's store that believes it is a cluster's.
func (b *bench) share(leads bool) *queue.Queue {
	b.t.Helper()
	c := b.config("shared")
	c.Store = storetest.Shared{Store: b.store, Led: !leads}
	q, err := queue.New(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

func TestOnlyTheLeaderReaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit("ann")
		c := b.claim() // by the bench's own queue, which renews nothing
		stop := b.run(b.share(false))
		time.Sleep(3 * time.Hour) //nolint:forbidigo // of the bubble's clock
		stop()
		if b.get("ann", c.Job.ID).Status != job.Processing {
			t.Error("a server that does not lead did the leader's work")
		}
	})
}

// TestAServerThatOnlyAnswersKnowsPositionsFromTheCounts: it runs nothing, and keeps
// nothing of what waits.
func TestAServerThatOnlyAnswersKnowsPositionsFromTheCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plans["default"] = account.Plan{Name: "default"}
		c := b.config("front")
		c.Store, c.Passive = storetest.Shared{Store: b.store, Led: true}, true
		q, err := queue.New(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var last job.Job
		for range 40 {
			s := b.spec("ann")
			s.ID = q.NewID()
			if last, _, err = q.Submit(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := q.Claim(t.Context(), 5); len(got) > 0 || err != nil {
			t.Errorf("claimed %d, %v", len(got), err)
		}
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			q.Run(ctx)
		}()
		time.Sleep(3 * time.Second) //nolint:forbidigo // of the bubble's clock
		w, err := q.WaitOf(t.Context(), &last)
		if err != nil || w.Position < 39 || w.Reason != sched.ReasonQueue {
			t.Errorf("got %+v, %v; want about 40 before it", w, err)
		}
		if n := q.Unfinished("ann"); n != 40 {
			t.Errorf("%d unfinished", n)
		}
		end()
		<-done
	})
}

// TestLeasesOfADeadServerEndOneAfterTheOther: whoever ran beside others did not
// run alone, though its lease was the last one to end.
func TestLeasesOfADeadServerEndOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		first, last := b.submit("ann"), b.submit("bob")
		b.claim()
		time.Sleep(testLease / 2) //nolint:forbidigo // of the bubble's clock
		b.claim()                 // the server dies: nothing renews these
		stop := b.run(b.share(true))
		time.Sleep(3 * testLease) //nolint:forbidigo // of the bubble's clock
		stop()
		for _, j := range []job.Job{b.get("ann", first.ID), b.get("bob", last.ID)} {
			if j.Status != job.Queued || j.Losses != 0 {
				t.Errorf("job of %s is %s with %d losses, want queued with none", j.Owner, j.Status, j.Losses)
			}
		}
	})
}
