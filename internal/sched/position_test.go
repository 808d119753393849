package sched_test

import (
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
)

// A look at the store may come between a job's begin and its count: then jobs that
// are not known here seem to wait, and what is handed in comes behind them.
func TestJobsBehindOthersThatAreNotReadHaveAPosition(t *testing.T) {
	l, plan := newLine(), account.Plan{MaxRunningJobs: 1}
	var last job.Job
	handIn := func() {
		l.next++
		last = job.Job{ID: job.ID{5: l.next}, Owner: "ann", Tool: "here", Version: 1, Ready: &job.Ready{}}
		c := job.Candidate{ID: last.ID, Owner: last.Owner, Tool: last.Tool}
		l.Push(c, sched.ShareOf(plan), false)
	}
	handIn()
	if picked, _, err := l.Pick(t.Context(), 1); err != nil || len(picked) != 1 {
		t.Fatalf("picked %v, %v", picked, err)
	}
	l.Look("ann", "here", 1) // the count is of before
	for range 4 {
		handIn()
	}
	if is := l.WaitOf(&last, last.Ready, &plan); is.Position != 3 || is.Reason != sched.ReasonOwnerLimit {
		t.Errorf("position %d, %s; three wait before it, and one runs", is.Position, is.Reason)
	}
}
