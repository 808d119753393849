package queue_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

// TestCopiesOfAPoisonousInputAreTriedOneAtATime: an owner hands in the same
// deadly input again and again. After it was seen to be deadly there is at most
// one such job at a time, and others go on meanwhile.
func TestCopiesOfAPoisonousInputAreTriedOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const copies, deadly = 12, 99
		b := newBench(t)
		var poison, innocent []job.Job
		for i := range copies {
			poison = append(poison, b.submit("mallory", summed(deadly)))
			innocent = append(innocent, b.submit("ann", summed(int64(i)+1)))
		}
		deaths, done := 0, 0
		for range 600 {
			stop := b.run(b.q)
			<-time.After(time.Second)
			synctest.Wait()
			claimed, err := b.q.Claim(t.Context(), 8)
			if err != nil {
				t.Fatal(err)
			}
			dies := 0
			for _, c := range claimed {
				if c.Job.Owner == "mallory" {
					dies++
				}
			}
			if dies > 1 && deaths > 0 {
				t.Errorf("%d copies run at once after %d deaths", dies, deaths)
			}
			stop()
			if dies > 0 {
				deaths++
				b.q = b.restart()
				continue
			}
			for _, c := range claimed {
				if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
					t.Fatal(err)
				}
				done++
			}
		}
		for _, j := range poison {
			if is := b.get("mallory", j.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "WORKER_LOST") {
				t.Errorf("a poisonous job is %s %s", is.Status, is.Error)
			}
		}
		for _, j := range innocent {
			if is := b.get("ann", j.ID); is.Status != job.Success || is.Losses != 0 {
				t.Errorf("an innocent job is %s with %d losses", is.Status, is.Losses)
			}
		}
		// Those of the first death are judged each for itself, up to 4 times
		// alone; once one of them was given up the others are tried once.
		if deaths > copies+14 {
			t.Errorf("%d deaths for %d copies", deaths, copies)
		}
		t.Logf("%d copies, %d deaths", copies, deaths)
	})
}

func TestPoisonRestsSoThatOthersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		mark := job.InputMark{Owner: "mallory", Tool: "json-formatter", Sum: 7}
		b.poison(mark)
		b.q = b.restart()
		b.submit("mallory", summed(7))
		b.submit("mallory", summed(8))
		b.submit("bob", summed(7)) // another owner's: not suspected
		if got := b.claimAll(ownerOf); got != "mallory bob" && got != "bob mallory" {
			t.Errorf("claimed %s, want the other jobs", got)
		}
		<-time.After(11 * time.Second)
		b.wantNothingToClaim() // it runs alone
	})
}

func TestAnInputThatWasSurvivedIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		mark := job.InputMark{Owner: "ann", Tool: "json-formatter", Sum: 7}
		b.poison(mark)
		b.q = b.restart()
		b.submit("ann", summed(7))
		b.wantNothingToClaim()
		<-time.After(11 * time.Second)
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Fatal(err)
		}
		if left, err := b.store.Notes(t.Context(), protocol.PoisonNotes); err != nil || len(left) != 0 {
			t.Errorf("the store still knows %v, err %v", left, err)
		}
		for range 2 {
			b.submit("ann", summed(7))
		}
		if got := b.claimAll(ownerOf); got != "ann ann" {
			t.Errorf("claimed %s, want both at once", got)
		}
	})
}

// TestRemoteLeasesAreNoSuspects: a remote program that goes puts
// nothing on probation here.
func TestRemoteLeasesAreNoSuspects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.rule("pulled", queue.ToolRules{Pull: true, MaxAttempts: 2})
		j := b.submit("ann", of("pulled"), summed(5))
		stop := b.run(b.q)
		defer stop()
		for attempt := 1; attempt <= 2; attempt++ {
			wake := b.q.PullWake()
			got, err := b.q.ClaimFor(t.Context(), queue.PullWorker("k", "w"), []string{"pulled"}, 5)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				<-wake
				attempt--
				continue
			}
			if c := got[0]; c.Lease.Attempt != attempt || c.Job.Ready.Probation != job.Clear {
				t.Fatalf("lease %+v on probation %d", c.Lease, c.Job.Ready.Probation)
			}
			b.submit("bob")
			if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
				t.Fatal(err)
			}
			<-time.After(testLease + 11*time.Second)
			synctest.Wait()
		}
		if is := b.get("ann", j.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "WORKER_LOST") || is.Losses != 2 {
			t.Errorf("the job is %s %s after %d losses", is.Status, is.Error, is.Losses)
		}
		if left, err := b.store.Notes(t.Context(), protocol.PoisonNotes); err != nil || len(left) != 0 {
			t.Errorf("the input is suspected: %v, err %v", left, err)
		}
	})
}

// poison notes that an input was given up.
func (b *bench) poison(m job.InputMark) {
	b.t.Helper()
	err := b.store.SaveNotes(b.t.Context(), protocol.PoisonNotes, []protocol.Note{{Name: m.Name(), Until: time.Now().Add(time.Hour)}})
	if err != nil {
		b.t.Fatal(err)
	}
}
