package care_test

import (
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// TestInputsGoBeforeTheirJobs: by a plan that keeps inputs for less long they are gone after
// that time, with their files; the job and its result stay, and cannot be tried again.
func TestInputsGoBeforeTheirJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plan = account.Plan{Name: "default", RetentionInput: 10 * time.Minute}
		b.restart()
		small, large := b.submit(), b.submit(func(s *queue.Spec) {
			s.Input, s.InputAt, s.InputSize = nil, job.InFile, 7
			b.put(job.InputKey(s.ID), "1234567")
		})
		for range 2 {
			if _, err := b.q.Finish(t.Context(), b.claim(), queue.Outcome{Result: []byte(`{"a":1}`)}); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func() {
			t.Helper()
			if err := b.keeper.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantStored := func(want int64) {
			t.Helper()
			if o, err := b.store.Owner(t.Context(), "ann", 0); err != nil || o.Counts.StoredBytes != want {
				t.Errorf("%d bytes are counted as stored, err %v; want %d", o.Counts.StoredBytes, err, want)
			}
		}
		<-time.After(10*time.Minute - time.Second)
		sweep()
		wantStored(9)
		<-time.After(time.Second)
		sweep()
		wantStored(0)
		if _, err := b.blobs.Open(t.Context(), job.InputKey(large.ID)); !fault.Is(err, fault.NotFound) {
			t.Errorf("the input's file: %v, want not found", err)
		}
		for _, j := range []job.Job{small, large} {
			snap, err := b.q.Get(t.Context(), "ann", j.ID)
			if err != nil || snap.Job.Status != job.Success || string(snap.Job.Result) != `{"a":1}` || snap.Job.Input.Where != job.Gone {
				t.Errorf("the job is %+v, %v", snap.Job, err)
			}
			if _, _, err := b.q.Retry(t.Context(), b.spec(), j.ID); !fault.IsCode(err, "FILE_NOT_FOUND") {
				t.Errorf("tried again: %v, want FILE_NOT_FOUND", err)
			}
		}
		sweep() // there is nothing more
		<-time.After(time.Hour)
		sweep()
		if _, err := b.q.Get(t.Context(), "ann", small.ID); !fault.IsCode(err, "JOB_NOT_FOUND") {
			t.Errorf("after its retention the job is there: %v", err)
		}
		wantStored(0)
	})
}

// TestAnInputIsKeptNoLongerThanItsJob: a longer time than the job's says nothing.
func TestAnInputIsKeptNoLongerThanItsJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.plan = account.Plan{Name: "default", RetentionInput: 2 * time.Hour}
		b.restart()
		j := b.finishedJob()
		<-time.After(time.Hour - time.Second)
		if err := b.keeper.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.q.Retry(t.Context(), b.spec(), j.ID); err != nil {
			t.Errorf("tried again: %v", err)
		}
	})
}
