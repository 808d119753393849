package queue_test

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/sqlitestore"
)

// A stepper is a wall clock that may be set.
type stepper struct{ by atomic.Int64 }

func (s *stepper) now() time.Time       { return time.Now().Add(time.Duration(s.by.Load())) }
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
						if _, _, err := b.q.Renew(t.Context(), live, 1); err != nil {
							t.Fatalf("live lease: %v", err)
						}
					}
					if _, _, err := b.q.Renew(t.Context(), silent, 1); !errors.Is(err, queue.ErrLeaseLost) {
						t.Errorf("silent lease: %v", err)
					}
				})
			})
		}
	}
}

// pulled is a job in the hands of a program elsewhere.
func (b *bench) pulled() queue.Claimed {
	b.t.Helper()
	b.submit("ann", func(s *queue.Spec) { s.Tool = "pull" })
	got, err := b.q.ClaimFor(b.t.Context(), queue.PullWorker("k", "w"), []string{"pull"}, 1)
	if err != nil || len(got) != 1 {
		b.t.Fatalf("claimed %d jobs, err %v; want 1", len(got), err)
	}
	return got[0]
}

// An attempt elsewhere has its time and no more, whatever the clock does.
func TestTheTimeOfAnAttemptElsewhereIsItsOwn(t *testing.T) {
	for _, step := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b, clock := newClockBench(t)
			b.rule("pull", queue.ToolRules{Pull: true, Timeout: 5 * time.Minute})
			defer b.run(b.q)()
			c := b.pulled()
			pass(20 * time.Second)
			clock.step(step)
			for range 27 {
				if _, _, err := b.q.Renew(t.Context(), c, 1); err != nil {
					t.Fatal(err)
				}
				pass(10 * time.Second)
			}
			pass(30 * time.Second)
			if _, _, err := b.q.Renew(t.Context(), c, 1); !errors.Is(err, queue.ErrLeaseLost) {
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

// finishedJob is a job that has ended.
func (b *bench) finishedJob() job.Job {
	b.t.Helper()
	b.submit("ann")
	j, err := b.q.Finish(b.t.Context(), b.claim(), queue.Outcome{Result: []byte("{}")})
	if err != nil {
		b.t.Fatal(err)
	}
	return j
}

func (b *bench) kept(j *job.Job) bool {
	_, err := b.store.Get(b.t.Context(), j.ID)
	return err == nil
}

// Nothing is swept away by a clock that is wrong by years for a moment, nor by a
// process that starts while it is.
func TestAClockThatIsWrongByYearsSweepsNothing(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b, clock := newClockBench(t)
			j := b.finishedJob()
			if !restarted {
				defer b.run(b.q)()
				pass(time.Minute)
			}
			clock.step(2 * 365 * 24 * time.Hour)
			if restarted {
				b.q = b.at(clock)
				defer b.run(b.q)()
			}
			pass(50 * time.Minute)
			clock.step(-2 * 365 * 24 * time.Hour)
			pass(5 * time.Minute)
			if !b.kept(&j) {
				t.Error("a job that had not expired was swept")
			}
			pass(50 * time.Minute) // less than an hour since the last step, more than its retention
			if !b.kept(&j) {
				t.Error("swept before the clock was steady for an hour")
			}
			pass(15 * time.Minute)
			if b.kept(&j) {
				t.Error("it is not swept although the clock has been steady for an hour")
			}
		})
	}
}

// A new time that stays is believed in the end, and a step of hours at once.
func TestAClockThatWasPutRightIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, clock := newClockBench(t)
		defer b.run(b.q)()
		first := b.finishedJob()
		clock.step(23 * time.Hour)
		pass(time.Minute)
		if b.kept(&first) {
			t.Error("not swept after a step of less than a day")
		}
		second := b.finishedJob()
		clock.step(48 * time.Hour)
		pass(58 * time.Minute)
		if !b.kept(&second) {
			t.Error("swept less than an hour after a step of two days")
		}
		pass(3 * time.Minute)
		if b.kept(&second) {
			t.Error("not swept an hour after a step of two days")
		}
	})
}

// An upload that was begun while the clock was ahead keeps its place for its own
// time and no longer, also where the process was started since.
func TestAnUploadFromTheFutureKeepsNoPlace(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b, clock := newClockBench(t)
			clock.step(2 * 365 * 24 * time.Hour)
			plan := account.Plan{Name: "default", MaxPendingUploads: 1}
			if _, err := b.q.NewUpload(t.Context(), "ann", plan, "a.json"); err != nil {
				t.Fatal(err)
			}
			pass(time.Minute)
			clock.step(-2 * 365 * 24 * time.Hour)
			if restarted {
				b.q = b.at(clock)
			}
			defer b.run(b.q)()
			pass(time.Hour)
			if _, err := b.q.NewUpload(t.Context(), "ann", plan, "b.json"); !fault.IsCode(err, "TOO_MANY_UPLOADS") {
				t.Errorf("within its time: got %v", err)
			}
			pass(17 * time.Minute)
			if _, err := b.q.NewUpload(t.Context(), "ann", plan, "b.json"); err != nil {
				t.Errorf("after its time: %v", err)
			}
		})
	}
}

// An upload of which the storage cannot tell holds up no other.
func TestAnUploadFromTheFutureThatStaysHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, clock := newClockBench(t)
		storage := &picky{Store: b.blobs, bad: map[string]error{}}
		b.blobs = storage
		clock.step(2 * 365 * 24 * time.Hour)
		for i := range 5 {
			p, err := b.q.NewUpload(t.Context(), "ann", account.Plan{}, "a.json")
			if err != nil {
				t.Fatal(err)
			}
			if i%4 == 0 { // the first and the last
				storage.bad[p.Upload.BlobKey()] = errors.New("disk on fire")
			}
		}
		clock.step(-2 * 365 * 24 * time.Hour)
		b.q = b.at(clock)
		defer b.run(b.q)()
		pass(90 * time.Minute)
		if has := b.has(); has.PendingUploads != 2 {
			t.Errorf("%d uploads are left, want the 2 that cannot be ended", has.PendingUploads)
		}
	})
}

// What ended while the clock was years ahead is kept for its own time, counted from
// when the clock is believed again.
func TestAJobThatEndedInTheFutureIsKeptForItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, clock := newClockBench(t)
		defer b.run(b.q)()
		clock.step(2 * 365 * 24 * time.Hour)
		j := b.finishedJob()
		clock.step(-2 * 365 * 24 * time.Hour)
		pass(59 * time.Minute)
		if is := b.get("ann", j.ID); !is.Expires.Equal(j.Expires) {
			t.Error("changed while the clock is not believed")
		}
		pass(2 * time.Minute)
		if is := b.get("ann", j.ID); is.Finished.After(clock.now()) || is.Expires.Sub(is.Finished) != time.Hour || is.Version <= j.Version {
			t.Errorf("ended at %s and is kept until %s, want about now and an hour", is.Finished, is.Expires)
		}
		pass(61 * time.Minute)
		if b.kept(&j) {
			t.Error("it is still there")
		}
	})
}

// A file whose row is still to come is not taken for an old one because the clock
// was set forwards.
func TestAStepMakesNoFileAnOrphan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, clock := newClockBench(t)
		key := job.InputKey(b.q.NewID())
		w, err := b.blobs.Create(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := filepath.Glob(filepath.Join(b.dir, "files", "inputs", "*", path.Base(key)))
		if err != nil || len(found) != 1 {
			t.Fatalf("found %q, %v", found, err)
		}
		file, err := os.Stat(found[0])
		if err != nil {
			t.Fatal(err)
		}
		clock.step(file.ModTime().Sub(clock.now())) // the files' clock is not the bubble's
		b.q = b.at(clock)
		defer b.run(b.q)()
		there := func() bool {
			r, err := b.blobs.Open(t.Context(), key)
			return err == nil && r.Close() == nil
		}
		pass(59 * time.Minute)
		clock.step(2 * time.Hour)
		pass(30 * time.Minute)
		if !there() {
			t.Error("a file was removed that seemed old")
		}
		pass(2 * time.Hour)
		if there() {
			t.Error("a file without a row is still there")
		}
	})
}
