package queue_test

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/queue"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/words"
)

// A stepper is a wall clock that may be set.
type stepper struct{ by atomic.Int64 }

func (s *stepper) now() time.Time { return time.Now().Add(time.Duration(s.by.Load())) }

func (s *stepper) step(d time.Duration) { s.by.Add(int64(d)) }

// newClockBench is a bench whose store and queue go by a clock that may be set.
func newClockBench(t *testing.T) (*bench, *stepper) {
	t.Helper()
	b, c := newBench(t), &stepper{}
	store, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(b.dir, "clock.db"), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	b.store = store
	b.q = b.at(c)
	return b, c
}

// at is a queue of a process that starts now and goes by the clock.
func (b *bench) at(c *stepper) *queue.Queue {
	b.t.Helper()
	config := b.config("test")
	config.Now = c.now
	q, err := queue.New(b.t.Context(), config)
	if err != nil {
		b.t.Fatal(err)
	}
	return q
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestAClockThatStepsDelaysNoRetry(t *testing.T) {
	for _, step := range []time.Duration{-2 * time.Hour, -10 * time.Minute, -24 * 365 * time.Hour, 2 * time.Hour} {
		for _, restarted := range []bool{false, true} {
			t.Run(step.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b, clock := newClockBench(t)
					b.submit("ann")
					if _, err := b.q.Fail(t.Context(), b.claim(), errors.New("disk on fire")); err != nil {
						t.Fatal(err)
					}
					clock.step(step)
					if restarted {
						b.q = b.at(clock)
					}
					defer b.run(b.q)()
					pass(10 * time.Second)
					b.claim()
				})
			})
		}
	}
}

// What a client asked for follows the wall clock wherever it goes, and is not
// taken back once its time has come.
func TestAScheduledStartFollowsTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, clock := newClockBench(t)
		defer b.run(b.q)()
		b.submit("ann", func(s *queue.Spec) { s.RunAt = clock.now().Add(time.Hour) })
		clock.step(-2 * time.Hour)
		pass(2 * time.Hour)
		b.wantNothingToClaim()
		clock.step(time.Hour)
		pass(10 * time.Second)
		clock.step(-2 * time.Hour) // it was due
		pass(10 * time.Second)
		b.claim()
	})
}

// A live lease survives every step, and one whose worker is silent ends within
// its own length and a look, also after a restart.
func TestALeaseFollowsAClockThatNeverSteps(t *testing.T) {
	for _, step := range []time.Duration{-2 * time.Hour, -time.Minute, 2 * time.Hour, 24 * 365 * time.Hour} {
		for _, restarted := range []bool{false, true} {
			if restarted && step > 0 {
				continue // while a server was away its workers could not renew: whether they are alive is not known
			}
			t.Run(step.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b, clock := newClockBench(t)
					b.rule("pull", queue.ToolRules{Pull: true})
					live, silent := b.pulled(), b.pulled()
					pass(testLease / 2)
					clock.step(step)
					if restarted {
						b.q = b.at(clock)
					}
					defer b.run(b.q)()
					for range 6 { // for two leases' time
						pass(testLease / 3)
						if _, _, err := b.q.Renew(t.Context(), live, words.Sign{Percent: 1}); err != nil {
							t.Fatalf("live lease: %v", err)
						}
					}
					if _, _, err := b.q.Renew(t.Context(), silent, words.Sign{Percent: 1}); !errors.Is(err, queue.ErrLeaseLost) {
						t.Errorf("silent lease: %v", err)
					}
				})
			})
		}
	}
}

// pulled is a job in the hands of a remote program.
func (b *bench) pulled() queue.Claimed {
	b.t.Helper()
	b.submit("ann", func(s *queue.Spec) { s.Tool = "pull" })
	got, err := b.q.ClaimFor(b.t.Context(), queue.PullWorker("k", "w"), []string{"pull"}, 1)
	if err != nil || len(got) != 1 {
		b.t.Fatalf("claimed %d jobs, err %v; want 1", len(got), err)
	}
	return got[0]
}

// A remote attempt has its time and no more, whatever the clock does.
func TestTheTimeOfARemoteAttemptIsItsOwn(t *testing.T) {
	for _, step := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b, clock := newClockBench(t)
			b.rule("pull", queue.ToolRules{Pull: true, Timeout: 5 * time.Minute})
			defer b.run(b.q)()
			c := b.pulled()
			pass(20 * time.Second)
			clock.step(step)
			for range 27 {
				if _, _, err := b.q.Renew(t.Context(), c, words.Sign{Percent: 1}); err != nil {
					t.Fatal(err)
				}
				pass(10 * time.Second)
			}
			pass(30 * time.Second)
			if _, _, err := b.q.Renew(t.Context(), c, words.Sign{Percent: 1}); !errors.Is(err, queue.ErrLeaseLost) {
				t.Errorf("after its time: %v", err)
			}
		})
	}
}

func TestTheHintOfARunningJobIsOfItsRunTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, clock := newClockBench(t)
		plan := b.plans["default"]
		for range 20 {
			b.submit("ann")
			c := b.claim()
			pass(4 * time.Second)
			if _, err := b.q.Finish(t.Context(), c, queue.Outcome{Result: []byte("{}")}); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []time.Duration{-2 * time.Hour, 2 * time.Hour, 2 * time.Hour} {
			b.submit("ann")
			c := b.claim()
			pass(2 * time.Second)
			clock.step(step)
			if hint := b.q.Hint(&c.Job, &plan); hint > 4 {
				t.Errorf("after a step of %s a job of 4 s that has run for 2 is hinted %d s", step, hint)
			}
			pass(2 * time.Second)
			if _, err := b.q.Finish(t.Context(), c, queue.Outcome{Result: []byte("{}")}); err != nil {
				t.Fatal(err)
			}
		}
		b.submit("ann")
		c := b.claim()
		if hint := b.q.Hint(&c.Job, &plan); hint < 3 || hint > 6 {
			t.Errorf("steps have spoilt what is known of run times: %d s", hint)
		}
	})
}
