package care_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

func TestExpiredJobsAreGoneWithTheirFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit()
		out := &job.Output{Token: strings.Repeat("a", 32), Name: "x_" + strings.Repeat("a", 32) + ".json", Size: 100_000, File: true}
		w, err := b.blobs.Create(t.Context(), job.OutputKey(out.Token))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, out.Size)); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.q.Finish(t.Context(), b.claim(), queue.Outcome{Result: []byte("{}"), Output: out}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.q.Output(t.Context(), out.Token); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		if _, err := b.q.Get(t.Context(), "ann", j.ID); !fault.IsCode(err, "JOB_NOT_FOUND") {
			t.Errorf("expired, not swept: %v, want JOB_NOT_FOUND", err)
		}
		if err := b.keeper.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.blobs.Open(t.Context(), job.OutputKey(out.Token)); !fault.Is(err, fault.NotFound) {
			t.Errorf("the file after the sweep: %v, want not found", err)
		}
		if o, err := b.store.Owner(t.Context(), "ann", 0); err != nil || o.Counts.StoredBytes != 0 {
			t.Errorf("%d bytes are counted as stored, err %v; want 0", o.Counts.StoredBytes, err)
		}
	})
}

// Nothing is swept away by a clock that is wrong by years for a moment, nor by a
// process that starts while it is.
func TestAClockThatIsWrongByYearsSweepsNothing(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			j := b.finishedJob()
			if !restarted {
				defer b.run()()
				pass(time.Minute)
			}
			b.clock.step(2 * 365 * 24 * time.Hour)
			if restarted {
				b.restart()
				defer b.run()()
			}
			pass(50 * time.Minute)
			b.clock.step(-2 * 365 * 24 * time.Hour)
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
		b := newBench(t)
		defer b.run()()
		first := b.finishedJob()
		b.clock.step(23 * time.Hour)
		pass(time.Minute)
		if b.kept(&first) {
			t.Error("not swept after a step of less than a day")
		}
		second := b.finishedJob()
		b.clock.step(48 * time.Hour)
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

// What ended while the clock was years ahead is kept for its own time, counted from
// when the clock is believed again.
func TestAJobThatEndedInTheFutureIsKeptForItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.run()()
		b.clock.step(2 * 365 * 24 * time.Hour)
		j := b.finishedJob()
		b.clock.step(-2 * 365 * 24 * time.Hour)
		pass(59 * time.Minute)
		if is := b.get("ann", j.ID); !is.Expires.Equal(j.Expires) {
			t.Error("changed while the clock is not believed")
		}
		pass(2 * time.Minute)
		if is := b.get("ann", j.ID); is.Finished.After(b.clock.now()) || is.Expires.Sub(is.Finished) != time.Hour || is.Version <= j.Version {
			t.Errorf("ended at %s and is kept until %s, want about now and an hour", is.Finished, is.Expires)
		}
		pass(61 * time.Minute)
		if b.kept(&j) {
			t.Error("it is still there")
		}
	})
}
