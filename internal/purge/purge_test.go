package purge_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/purge"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

func (b *bench) purge(tool, owner string, wantEnded, wantLeft int64) {
	b.t.Helper()
	n, err := purge.Of(b.q, b.store).Count(b.t.Context(), tool, owner)
	if err != nil || n != wantEnded+wantLeft {
		b.t.Errorf("%d are said to wait, %v; want %d", n, err, wantEnded+wantLeft)
	}
	ended, left, err := purge.Of(b.q, b.store).Run(b.t.Context(), tool, owner)
	if err != nil || ended != wantEnded || left != wantLeft {
		b.t.Errorf("ended %d, left %d, %v; want %d and %d", ended, left, err, wantEnded, wantLeft)
	}
}

func (b *bench) wantPurged(owner string, id job.ID) {
	b.t.Helper()
	is := b.get(owner, id)
	const want = `{"code":"CANCELED","message":"The job was canceled by the operator before it ended; it is not charged.","details":{}}`
	if is.Status != job.Failed || string(is.Error) != want || is.Expires.Sub(is.Finished) != time.Hour {
		b.t.Errorf("it is %s %s, kept for %s", is.Status, is.Error, is.Expires.Sub(is.Finished))
	}
}

// TestAPurgeEndsAllThatWaits: what may run, what is delayed, what waits for its next
// attempt and what is on probation; and nothing else.
func TestAPurgeEndsAllThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.submit("ann")
		b.submit("ann")
		one, two := b.claim(), b.claim()
		b.restart() // both are on probation from now on
		running, lost := b.claim(), one
		if running.Job.ID == one.Job.ID {
			lost = two
		}
		b.submit("ann")
		failed := b.claim()
		if _, err := b.q.Fail(t.Context(), failed, errors.New("ours")); err != nil {
			t.Fatal(err)
		}
		later := b.submit("ann", func(s *queue.Spec) { s.RunAt = time.Now().Add(time.Hour) })
		other := b.submit("ann", func(s *queue.Spec) { s.Tool = "other" })
		bobs := b.submit("bob")
		var many []job.ID
		for range 350 {
			many = append(many, b.submit("ann"))
		}
		b.setPaused("json-formatter", true)
		if got, want := b.used(), int64(355); got != want {
			t.Fatalf("%d are charged, want %d", got, want)
		}
		b.purge("json-formatter", "ann", 353, 0)
		b.purge("json-formatter", "ann", 0, 0)
		for _, id := range append(many, lost.Job.ID, failed.Job.ID, later) {
			b.wantPurged("ann", id)
		}
		if b.get("ann", running.Job.ID).Status != job.Processing || b.get("ann", other).Status != job.Queued || b.get("bob", bobs).Status != job.Queued {
			t.Error("what runs, or another tool's or owner's, was ended")
		}
		if got := b.used(); got != 2 {
			t.Errorf("%d are charged, want the one that runs and the other tool's", got)
		}
		b.purge("json-formatter", "", 1, 0)
		b.wantPurged("bob", bobs)
		b.purge("nothing", "", 0, 0)
		if _, err := b.q.Finish(t.Context(), running, success()); err != nil {
			t.Error(err)
		}
		b.setPaused("json-formatter", false)
		if c := b.claim(); c.Job.ID != other {
			t.Errorf("claimed %s of %s", c.Job.ID, c.Job.Tool)
		}
		if got, err := b.q.Claim(t.Context(), 10); err != nil || len(got) != 0 {
			t.Errorf("claimed %d jobs, %v; want none", len(got), err)
		}
		if n := b.q.Unfinished("ann"); n != 1 {
			t.Errorf("ann has %d unfinished", n)
		}
	})
}

// TestAPurgeWhileTheToolRuns: each job ends once, and is charged if it was done.
func TestAPurgeWhileTheToolRuns(t *testing.T) {
	b := newBench(t)
	const jobs = 600
	for range jobs {
		b.submit("ann")
	}
	stop, done := make(chan struct{}), make(chan int64)
	go func() {
		finished := int64(0)
		defer func() { done <- finished }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			got, err := b.q.Claim(context.Background(), 3)
			if err != nil {
				t.Error(err)
				return
			}
			for _, c := range got {
				if _, err := b.q.Finish(context.Background(), c, success()); err != nil {
					t.Error(err)
				}
				finished++
			}
		}
	}()
	ended, left, err := purge.Of(b.q, b.store).Run(t.Context(), "json-formatter", "")
	close(stop)
	finished := <-done
	if err != nil || left != 0 || ended+finished != jobs || b.used() != finished {
		t.Errorf("%d were ended, %d done, %d left of %d, %d charged, %v", ended, finished, left, jobs, b.used(), err)
	}
}

// TestAPurgeThatIsBrokenOffIsGoneOnWith: what it ended is ended, and what it did not
// waits.
func TestAPurgeThatIsBrokenOffIsGoneOnWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		g := &gate{Store: b.store}
		b.store = g
		b.restart()
		for range 250 {
			b.submit("ann")
		}
		ctx, cancel := context.WithCancel(t.Context())
		g.after = cancel // of the first batch
		if ended, _, err := purge.Of(b.q, b.store).Run(ctx, "json-formatter", ""); !errors.Is(err, context.Canceled) || ended != 100 {
			t.Errorf("ended %d, %v", ended, err)
		}
		g.after = func() { <-time.After(19 * time.Second) }
		b.purge("json-formatter", "", 150, 0)
		for range 250 {
			b.submit("ann")
		}
		g.after = func() { <-time.After(21 * time.Second) }
		b.purge("json-formatter", "", 100, 150)
		g.after = nil
		b.purge("json-formatter", "", 150, 0)
		if b.used() != 0 {
			t.Errorf("%d are charged", b.used())
		}
	})
}

// TestAPurgeNeedsNoServer: a command does it on the store alone.
func TestAPurgeNeedsNoServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		p := purge.Purge{Store: b.store, Keep: func(context.Context, string) time.Duration { return time.Hour }}
		p.Change = purge.ChangeOn(b.store)
		if ended, left, err := p.Run(t.Context(), "json-formatter", "ann"); err != nil || ended != 1 || left != 0 {
			t.Errorf("ended %d, left %d, %v", ended, left, err)
		}
		b.restart()
		b.wantPurged("ann", j)
		failing := fault.New(fault.Unavailable, "UNAVAILABLE", "full")
		p.Change = func(_ context.Context, ids []job.ID, _ func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error) {
			return []*protocol.Change{{ID: ids[0], Err: failing}}, nil
		}
		b.submit("ann")
		if _, _, err := p.Run(t.Context(), "json-formatter", ""); !errors.Is(err, failing) {
			t.Errorf("trouble with one job is not told: %v", err)
		}
	})
}
