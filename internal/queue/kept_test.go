package queue_test

import (
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

func TestAFinishedJobIsKeptForAsLongAsItsClientAsked(t *testing.T) {
	b := newBench(t)
	b.plans["default"] = account.Plan{Name: "default", Retention: time.Hour}
	ask := func(s *queue.Spec) {
		s.Terms = job.Terms{Retention: time.Minute, RetentionFailed: 2 * time.Minute}
	}
	kept := func(id job.ID) time.Duration {
		j := b.get("ann", id)
		return j.Expires.Sub(j.Finished)
	}
	done := b.submit("ann", ask)
	if _, err := b.q.Finish(t.Context(), b.claim(), queue.Outcome{Result: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	failed := b.submit("ann", ask)
	if _, err := b.q.Fail(t.Context(), b.claim(), fault.New(fault.Invalid, "INVALID_JSON", "No.")); err != nil {
		t.Fatal(err)
	}
	plain := b.submit("ann")
	if _, err := b.q.Finish(t.Context(), b.claim(), queue.Outcome{Result: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if kept(done.ID) != time.Minute || kept(failed.ID) != 2*time.Minute || kept(plain.ID) != time.Hour {
		t.Errorf("kept for %s, failed for %s, without a wish for %s", kept(done.ID), kept(failed.ID), kept(plain.ID))
	}
	again := b.spec("ann")
	if _, _, err := b.q.Retry(t.Context(), again, failed.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.q.Finish(t.Context(), b.claim(), queue.Outcome{Result: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if kept(again.ID) != time.Minute {
		t.Errorf("tried again it is kept for %s", kept(again.ID))
	}
}
