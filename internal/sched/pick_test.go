package sched_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
)

// A line is a scheduler of jobs that are read from memory.
type line struct {
	*sched.Scheduler

	waiting map[string][]job.Candidate // by owner and tool
	broken  error                      // nil: they can be read
	next    byte
}

var pullTools = map[string]bool{"far": true, "farther": true}

func newLine() *line {
	l := &line{waiting: map[string][]job.Candidate{}}
	l.Scheduler = sched.New(sched.Config{
		Tools: func(name string) sched.Rules { return sched.Rules{Pull: pullTools[name], Unknown: name == "strange"} },
		Clock: clock.New(time.Now), Now: time.Now, Read: l.read,
		Running: func(string, time.Duration) []time.Duration { return nil },
	})
	return l
}

func (l *line) read(_ context.Context, owner, tool string, _ job.Candidate, _ int) ([]job.Candidate, sched.Share, error) {
	return l.waiting[owner+" "+tool], sched.ShareOf(account.Plan{}), l.broken
}

// stored puts a job where only a look finds it.
func (l *line) stored(owner, tool string) {
	l.next++
	l.waiting[owner+" "+tool] = append(l.waiting[owner+" "+tool], job.Candidate{ID: job.ID{5: l.next}, Owner: owner, Tool: tool})
	l.LookAgain(owner, tool)
}

func owners(picked []job.Candidate) (names []string) {
	for _, c := range picked {
		names = append(names, c.Owner)
	}
	return names
}

func TestOwnersTakeTurns(t *testing.T) {
	l := newLine()
	for range 3 {
		l.stored("ann", "here")
	}
	l.stored("bob", "here")
	picked, later, err := l.Pick(t.Context(), 10)
	if got := owners(picked); err != nil || later || !slices.Equal(got, []string{"ann", "bob", "ann", "ann"}) {
		t.Errorf("got %v, %t, %v", got, later, err)
	}
}

func TestRemoteProgramsGetTheirToolsOnly(t *testing.T) {
	l := newLine()
	l.stored("ann", "here")
	wake := l.PullWake()
	for range 2 {
		l.stored("bob", "far")
		l.stored("cid", "farther")
	}
	select {
	case <-wake:
	default:
		t.Error("nobody was told")
	}
	picked, _, err := l.PickOf(t.Context(), 3, "far", "farther", "here", "none")
	if got := owners(picked); err != nil || !slices.Contains(got, "bob") || !slices.Contains(got, "cid") || len(got) != 3 {
		t.Errorf("a program got jobs of %v, %v; its tools take turns", got, err)
	}
	if picked, _, err = l.Pick(t.Context(), 10); err != nil || !slices.Equal(owners(picked), []string{"ann"}) {
		t.Errorf("this process got jobs of %v, %v", owners(picked), err)
	}
}

func TestWhatCouldNotBeReadIsReadAgain(t *testing.T) {
	l := newLine()
	l.stored("ann", "here")
	l.broken = errors.New("disk on fire")
	if picked, _, err := l.Pick(t.Context(), 1); !errors.Is(err, l.broken) || len(picked) != 0 {
		t.Errorf("got %v, %v", owners(picked), err)
	}
	l.broken = nil
	if picked, _, err := l.Pick(t.Context(), 1); err != nil || len(picked) != 1 {
		t.Errorf("then got %v, %v", owners(picked), err)
	}
}

// TestASlotThatIsNotGrantedIsGivenBack: an owner that is full by the store's word
// is passed over until a job of its ends.
func TestASlotThatIsNotGrantedIsGivenBack(t *testing.T) {
	l := newLine()
	l.stored("ann", "here")
	l.stored("ann", "here")
	picked, _, err := l.Pick(t.Context(), 2)
	if err != nil || len(picked) != 2 {
		t.Fatal(picked, err)
	}
	l.OwnerFull(picked[1])
	if more, _, err := l.Pick(t.Context(), 2); err != nil || len(more) != 0 {
		t.Errorf("while the owner is full: %v, %v", owners(more), err)
	}
	l.waiting["ann here"] = l.waiting["ann here"][1:]
	l.Ended("ann", "here", picked[0].ID)
	l.Freed("ann", "here")
	if more, _, err := l.Pick(t.Context(), 2); err != nil || len(more) != 1 || more[0].ID != picked[1].ID {
		t.Errorf("after an end: %v, %v", more, err)
	}
}

func TestJobsOfAToolThatIsNotKnownAreLeftToOthers(t *testing.T) {
	l := newLine()
	if l.Concerns("strange") || !l.Concerns("here") || !l.Concerns("far") {
		t.Error("a server gives jobs of tools that it knows, and of no other")
	}
	j := job.Job{Tool: "strange", Owner: "ann", Created: time.Now(), Updated: time.Now()}
	if hint := l.Hint(&j, &account.Plan{}); hint != 60 {
		t.Errorf("asked again after %d seconds, want as late as can be", hint)
	}
	if w := l.WaitOf(&j, &job.Ready{}, &account.Plan{}); w.Reason != sched.ReasonNoWorker {
		t.Errorf("it waits for %q", w.Reason)
	}
}
