package queue_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
)

func TestAJobThatKillsItsProcessEachTimeIsWorkerLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		deaths := 0
		for b.get("ann", j.ID).Status != job.Failed {
			if deaths > 10 {
				t.Fatal("the job does not end")
			}
			stop := b.run(b.q)
			<-time.After(2 * time.Minute) // for the backoff
			synctest.Wait()
			b.claim()
			stop()
			b.q = b.restart() // the process died
			deaths++
		}
		if deaths != 4 {
			t.Errorf("given up after %d deaths, want max_attempts = 4", deaths)
		}
		is := b.get("ann", j.ID)
		if !strings.Contains(string(is.Error), "WORKER_LOST") || b.used() != 0 {
			t.Errorf("got %s, charged %d", is.Error, b.used())
		}
	})
}

func TestInnocentJobsAreNotPunishedForADyingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		poison := b.submit("mallory")
		var innocent []job.Job
		for range 3 {
			innocent = append(innocent, b.submit("ann"))
		}
		done := map[job.ID]bool{}
		for range 25 {
			stop := b.run(b.q)
			<-time.After(2 * time.Minute)
			synctest.Wait()
			claimed, err := b.q.Claim(t.Context(), 8)
			if err != nil {
				t.Fatal(err)
			}
			dies := false
			for _, c := range claimed {
				dies = dies || c.Job.ID == poison.ID
			}
			for _, c := range claimed {
				if !dies { // a death takes everything with it
					if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
						t.Fatal(err)
					}
					done[c.Job.ID] = true
				}
			}
			stop()
			if dies {
				b.q = b.restart()
			}
		}
		for _, j := range innocent {
			if is := b.get("ann", j.ID); is.Status != job.Success || is.Losses != 0 {
				t.Errorf("an innocent job is %s with %d losses", is.Status, is.Losses)
			}
		}
		if is := b.get("mallory", poison.ID); is.Status != job.Failed || !strings.Contains(string(is.Error), "WORKER_LOST") {
			t.Errorf("the poison job is %s %s", is.Status, is.Error)
		}
	})
}

func TestSuspectsRunOneAtATimeBesideOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for range 3 {
			b.submit("ann")
		}
		if got, err := b.q.Claim(t.Context(), 8); err != nil || len(got) != 3 {
			t.Fatal(len(got), err)
		}
		b.q = b.restart()
		b.submit("bob")
		got, err := b.q.Claim(t.Context(), 8)
		if err != nil || len(got) != 2 {
			t.Fatalf("claimed %d, err %v; want one suspect and bob's job", len(got), err)
		}
		b.wantNothingToClaim()
		for _, c := range got {
			if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			c := b.claim()
			b.wantNothingToClaim()
			if _, err := b.q.Finish(t.Context(), c, success()); err != nil {
				t.Fatal(err)
			}
		}
		b.wantNothingToClaim()
	})
}

func TestLeasesOfAnotherServerSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		second := b.other("second")
		c, err := second.Claim(t.Context(), 1)
		if err != nil || len(c) != 1 {
			t.Fatal(len(c), err)
		}
		b.q = b.restart()
		b.wantNothingToClaim()
		if is := b.get("ann", j.ID); is.Status != job.Processing {
			t.Errorf("the job is %s, want processing", is.Status)
		}
		if _, err := second.Finish(t.Context(), c[0], success()); err != nil {
			t.Error(err)
		}
	})
}
