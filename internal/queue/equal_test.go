package queue_test

import (
	"context"
	"errors"
	"fmt"
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

// A reader counts what schedulers read of a store, and refuses to be read for
// ever.
type reader struct {
	protocol.Store

	pages, rows int
}

func (s *reader) Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) ([]job.Candidate, error) {
	if s.pages++; s.pages > 5000 {
		return nil, errors.New("the same page again and again")
	}
	found, err := s.Store.Ready(ctx, owner, tool, after, limit)
	s.rows += len(found)
	return found, err
}

// An equal is a bench whose jobs mostly have the same input.
type equal struct {
	*bench

	reads *reader
	done  map[job.ID]int
}

func newEqual(t *testing.T) *equal {
	t.Helper()
	return &equal{bench: newBench(t), done: map[job.ID]int{}}
}

// dies restarts the server after its process died.
func (e *equal) dies() {
	e.t.Helper()
	e.reads = &reader{Store: e.store}
	e.q = e.on(e.reads)
}

func (e *equal) claimed(limit int) []queue.Claimed {
	e.t.Helper()
	var all []queue.Claimed
	for len(all) < limit {
		got, err := e.q.Claim(e.t.Context(), limit-len(all))
		if err != nil {
			e.t.Fatal(err)
		}
		if len(got) == 0 {
			break
		}
		all = append(all, got...)
	}
	return all
}

func (e *equal) finish(all ...queue.Claimed) {
	e.t.Helper()
	for _, c := range all {
		if _, err := e.q.Finish(e.t.Context(), c, success()); err != nil {
			e.t.Fatal(err)
		}
		e.done[c.Job.ID]++
	}
}

// work lets workers run jobs of a second each until none is left. None of the
// first rounds may be without work.
func (e *equal) work(workers, jobs int) (took time.Duration) {
	e.t.Helper()
	defer e.run(e.q)()
	began := time.Now()
	for len(e.done) < jobs {
		got := e.claimed(workers)
		if len(got) == 0 {
			e.t.Fatalf("nothing runs after %d of %d jobs", len(e.done), jobs)
		}
		<-time.After(time.Second)
		synctest.Wait()
		e.finish(got...)
	}
	for id, n := range e.done {
		if n != 1 {
			e.t.Errorf("job %s ran %d times", id, n)
		}
	}
	return time.Since(began)
}

// TestEqualInputsGoOnAfterADeath: one of them is tried, then all go on.
func TestEqualInputsGoOnAfterADeath(t *testing.T) {
	for _, n := range []int{5, 100, 256, 257, 400, 1500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEqual(t)
				for range n {
					e.submit("ann", summed(7))
				}
				e.claimed(4)
				e.dies()
				trial := e.claimed(4)
				if len(trial) != 1 {
					t.Fatalf("claimed %d after the death, want one", len(trial))
				}
				for range 10 { // however often it is looked
					if got := e.claimed(4); len(got) != 0 {
						t.Fatalf("claimed %d beside the trial, want none", len(got))
					}
					if err := e.q.Reload(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				e.finish(trial...)
				if got := e.claimed(4); len(got) != min(4, n-1) {
					t.Fatalf("claimed %d after one was survived, want all that may run", len(got))
				} else {
					e.finish(got...)
				}
				if took := e.work(4, n); took > time.Duration(n/4+8)*time.Second {
					t.Errorf("%d jobs took %s", n, took)
				}
				if most := 12*n + 3000; e.reads.rows > most {
					t.Errorf("%d rows were read for %d jobs, want at most %d", e.reads.rows, n, most)
				}
			})
		})
	}
}

// TestJobsBehindEqualInputsRun: those of the same owner and tool, too, however
// many equal ones are before them, and those handed in later.
func TestJobsBehindEqualInputsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEqual(t)
		for range 2 {
			e.submit("ann", summed(7), prioritized(2))
		}
		for i := range 700 {
			e.submit("ann", summed(7), prioritized(i%2))
		}
		for i := range 600 {
			e.submit("ann", summed(int64(1000+i)), prioritized(-1))
		}
		e.claimed(1)
		e.dies()
		trial := e.claimed(1)
		e.submit("ann", summed(5000), prioritized(3))
		e.submit("ann", summed(7), prioritized(3))
		e.submit("bob", summed(7))
		behind := e.claimed(1000)
		if len(behind) != 602 {
			t.Fatalf("claimed %d beside the trial, want the other 602", len(behind))
		}
		first := slices.IndexFunc(behind, func(c queue.Claimed) bool { return c.Job.Owner == "ann" })
		if got := behind[first].Job.Ready.Priority; got != 3 {
			t.Errorf("the first one has priority %d, want 3", got)
		}
		e.submit("ann", summed(5001))
		e.submit("ann", summed(7))
		behind = append(behind, e.claimed(10)...)
		if len(behind) != 603 {
			t.Fatalf("claimed %d, want the one that was handed in later too", len(behind))
		}
		e.finish(trial...)
		priority := 3
		for range 50 { // those that were passed over have kept their positions
			c := e.claim()
			if c.Job.Ready.Priority > priority {
				t.Fatalf("priority %d after %d", c.Job.Ready.Priority, priority)
			}
			priority = c.Job.Ready.Priority
			e.finish(c)
		}
		e.finish(behind...)
		e.work(8, 702+600+5)
	})
}

// TestManyOwnersOfEqualInputsGoOn: more jobs than are kept in memory of each,
// and one server that dies again and again.
func TestManyOwnersOfEqualInputsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const owners, each = 40, 30
		e := newEqual(t)
		for i := range owners * each {
			e.submit(fmt.Sprintf("owner-%d", i%owners), summed(int64(7+i/owners%2)))
		}
		for range 4 {
			if got := e.claimed(8); len(got) == 0 {
				t.Fatal("nothing runs after a death")
			}
			e.dies()
		}
		e.submit("late")
		got := e.claimed(1000)
		if len(got) > 0 && got[0].Job.Ready.Probation == job.Alone {
			e.finish(got...)
			got = e.claimed(1000)
		}
		if len(got) < owners-2*8 {
			t.Errorf("%d jobs run, though at most 8 owners' inputs are suspected after each death", len(got))
		}
		e.finish(got...)
		e.work(8, owners*each+1)
	})
}

// TestEqualInputsThatArePoisonHoldNobodyUp: one is tried every ten seconds.
func TestEqualInputsThatArePoisonHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEqual(t)
		mark := job.InputMark{Owner: "mallory", Tool: "json-formatter", Sum: 7}
		e.poison(mark)
		for range 600 {
			e.submit("mallory", summed(7))
		}
		e.submit("mallory", summed(8))
		e.submit("ann", summed(7))
		for death := range 3 {
			e.dies()
			stop := e.run(e.q)
			got := e.claimed(10)
			if death == 0 && len(got) != 2 {
				t.Fatalf("claimed %d, want the two that are not poison", len(got))
			}
			e.finish(got...)
			<-time.After(11 * time.Second)
			synctest.Wait()
			if got := e.claimed(10); len(got) != 1 || got[0].Job.Ready.Probation != job.Alone {
				t.Fatalf("claimed %d, want one, alone", len(got))
			}
			stop()
		}
		e.dies()
		<-time.After(11 * time.Second)
		last := e.claimed(10)
		if len(last) != 1 {
			t.Fatalf("claimed %d, want one", len(last))
		}
		e.finish(last...)
		if got := e.claimed(1000); len(got) != 600-4 {
			t.Errorf("claimed %d after the input was survived, want all others", len(got))
		}
	})
}

// TestAFullOwnersEqualInputsWaitForItsRoom: limits and trials together end.
func TestAFullOwnersEqualInputsWaitForItsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEqual(t)
		e.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 2}
		e.rule("x", queue.ToolRules{MaxRunning: 1})
		for range 300 {
			e.submit("ann", summed(7), of("x"))
			e.submit("ann", summed(7))
			e.submit("bob", summed(7), of("x"))
		}
		if got := e.claimed(100); len(got) < 2 || len(got) > 3 {
			t.Fatalf("claimed %d, want two of ann, and one of bob if none of them is of x", len(got))
		}
		e.dies()
		e.work(8, 900)
	})
}

// TestATrialThatEndsOtherwiseLetsTheNextOneRun: handed back, failed, canceled.
func TestATrialThatEndsOtherwiseLetsTheNextOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEqual(t)
		for range 600 {
			e.submit("ann", summed(7))
		}
		e.claimed(3)
		e.dies()
		defer e.run(e.q)()
		c := e.claim()
		if err := e.q.Release(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		c = e.claim()
		if _, err := e.q.Cancel(t.Context(), "ann", c.Job.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := e.q.Fail(t.Context(), c, queue.ErrCanceled); err != nil {
			t.Fatal(err)
		}
		if got := e.claimed(2); len(got) == 0 {
			t.Fatal("nothing runs after the trial was canceled")
		} else if _, err := e.q.Fail(t.Context(), got[0], fault.New(fault.Invalid, "BAD", "Bad.")); err != nil {
			t.Fatal(err)
		}
		e.work(4, 597)
	})
}
