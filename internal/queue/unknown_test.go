package queue_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sched"
)

// without is a queue of another server on the bench's store that does not know
// a tool.
func (b *bench) without(tool string) *queue.Queue {
	b.t.Helper()
	c := b.config("without")
	c.Tools = func(name string) queue.ToolRules {
		if name == tool {
			return queue.ToolRules{Unknown: true}
		}
		return b.rules(name)
	}
	q, err := queue.New(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

// TestNobodyClaimsWhatItCannotRun: jobs of a tool that a server does not know
// are left to those that do, and it runs all others.
func TestNobodyClaimsWhatItCannotRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("new", queue.ToolRules{MaxAttempts: 10})
		var ids []job.ID
		for range 300 {
			ids = append(ids, b.submit("ann", of("new")).ID)
			b.submit("ann", of("old"))
		}
		claimed, err := b.q.Claim(t.Context(), 1)
		if err != nil || len(claimed) != 1 {
			t.Fatal(len(claimed), err)
		}
		b.q = b.restart() // one of them is on probation
		stranger := b.without("new")
		defer b.run(stranger)()
		<-time.After(time.Minute)
		synctest.Wait()
		for range 10 {
			got, err := stranger.Claim(t.Context(), 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range got {
				if c.Job.Tool != "old" {
					t.Fatalf("a server that does not know %s claimed its job", c.Job.Tool)
				}
				if _, err := stranger.Finish(t.Context(), c, success()); err != nil {
					t.Fatal(err)
				}
			}
		}
		j := b.get("ann", ids[5])
		w, err := stranger.WaitOf(t.Context(), &j)
		if err != nil || w.Reason != sched.ReasonNoWorker || w.Known {
			t.Errorf("waits for %q, err %v; want no_worker", w.Reason, err)
		}
		if hint := stranger.Hint(&j, &account.Plan{}); hint != 60 {
			t.Errorf("hint %d, want 60", hint)
		}
		defer b.run(b.q)()
		done := 0
		for done < 300 {
			got, err := b.q.Claim(t.Context(), 8)
			if err != nil || len(got) == 0 {
				t.Fatalf("claimed %d after %d, %v", len(got), done, err)
			}
			for _, c := range got {
				if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
					t.Fatal(err)
				}
				done++
			}
		}
		for _, id := range ids {
			if is := b.get("ann", id); is.Status != job.Success || is.Failures != 0 {
				t.Errorf("job %s is %s after %d failures", id, is.Status, is.Failures)
			}
		}
	})
}

// TestAToolThatIsTakenAwayUsesNoAttemptsUp: whatever is on its way meanwhile.
func TestAToolThatIsTakenAwayUsesNoAttemptsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("x", queue.ToolRules{MaxAttempts: 1})
		j := b.submit("ann", of("x"))
		waits := b.submit("ann", of("x"))
		defer b.run(b.q)()
		c := b.claim()
		b.rule("x", queue.ToolRules{Unknown: true})
		b.wantNothingToClaim() // before the reload is over
		if err := b.q.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.q.Fail(t.Context(), c, errors.New("ours")); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Minute)
		synctest.Wait()
		b.wantNothingToClaim()
		if is := b.get("ann", j.ID); is.Status != job.Queued {
			t.Errorf("the job is %s: how many attempts it may have is not known here", is.Status)
		}
		b.rule("x", queue.ToolRules{MaxAttempts: 2})
		if err := b.q.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []job.ID{j.ID, waits.ID} {
			if is := b.get("ann", id); is.Status != job.Success {
				t.Errorf("job %s is %s", id, is.Status)
			}
		}
	})
}
