package sched_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
)

func pausing(tools, owners []string) sched.Pauses {
	p := sched.Pauses{Tools: map[string]bool{}, Owners: map[string]bool{}}
	for _, name := range tools {
		p.Tools[name] = true
	}
	for _, name := range owners {
		p.Owners[name] = true
	}
	return p
}

func (l *line) wantPicked(t *testing.T, want ...string) {
	t.Helper()
	picked, later, err := l.Pick(t.Context(), 10)
	if got := owners(picked); err != nil || later || !slices.Equal(got, want) {
		t.Errorf("picked jobs of %v, %t, %v; want %v", got, later, err, want)
	}
}

func TestNothingOfAPausedToolOrOwnerIsPicked(t *testing.T) {
	l := newLine()
	l.stored("ann", "here")
	l.Pause(pausing([]string{"here", "far"}, []string{"bob"}))
	l.stored("bob", "there")
	l.stored("bob", "far")
	l.stored("cid", "there")
	l.stored("cid", "far")
	l.wantPicked(t, "cid")
	if picked, _, err := l.PickOf(t.Context(), 10, "far"); err != nil || len(picked) != 0 {
		t.Errorf("a program got jobs of %v, %v", owners(picked), err)
	}
	wake := l.PullWake()
	l.Pause(pausing([]string{"here"}, nil))
	select {
	case <-wake:
	default:
		t.Error("no program was told that it may have work again")
	}
	select {
	case <-l.Wake():
	default:
		t.Error("no worker was told that it may have work again")
	}
	l.wantPicked(t, "bob")
	if picked, _, err := l.PickOf(t.Context(), 10, "far"); err != nil || !slices.Equal(slices.Sorted(slices.Values(owners(picked))), []string{"bob", "cid"}) {
		t.Errorf("then a program got jobs of %v, %v", owners(picked), err)
	}
	l.Pause(sched.Pauses{})
	l.wantPicked(t, "ann")
}

// TestAPausedJobOnProbationWaits: jobs on probation have no turn.
func TestAPausedJobOnProbationWaits(t *testing.T) {
	for name, p := range map[string]sched.Pauses{"tool": pausing([]string{"here"}, nil), "owner": pausing(nil, []string{"ann"})} {
		l := newLine()
		l.Pause(p)
		l.Push(job.Candidate{ID: job.ID{5: 9}, Owner: "ann", Tool: "here", Probation: job.Alone}, sched.Share{Weight: 1}, false)
		l.stored("bob", "there")
		l.wantPicked(t, "bob") // nobody waits for a trial that may not begin
		<-l.Wake()
		l.Ended("bob", "there", job.ID{5: 1})
		l.Pause(sched.Pauses{})
		select {
		case <-l.Wake():
		default:
			t.Errorf("%s: nobody was told", name)
		}
		l.waiting = nil
		l.wantPicked(t, "ann")
	}
}

// TestAWishThatIsNotGrantedBecauseOfAPauseWaitsInItsPosition: it was picked just
// before.
func TestAWishThatIsNotGrantedBecauseOfAPauseWaitsInItsPosition(t *testing.T) {
	l := newLine()
	l.stored("ann", "here")
	l.stored("ann", "here")
	first, _, err := l.Pick(t.Context(), 1)
	if err != nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	l.Pause(pausing([]string{"here"}, nil))
	l.Paused(first[0])
	l.wantPicked(t)
	l.Pause(sched.Pauses{})
	again, _, err := l.Pick(t.Context(), 1)
	if err != nil || len(again) != 1 || again[0].ID != first[0].ID {
		t.Errorf("got %v, %v; want the first one again", again, err)
	}
}

func TestAPausedJobSaysWhyItWaitsAndPretendsNoEstimate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine()
		for range 5 {
			l.Observe("here", 2, time.Second)
		}
		j := job.Job{ID: job.ID{5: 1}, Owner: "ann", Tool: "here", Status: job.Queued, Created: time.Now(), Updated: time.Now()}
		later := time.Now().Add(time.Minute)
		for _, c := range []struct {
			name   string
			pauses sched.Pauses
			change func(*job.Job, *job.Ready)
			reason string
			hint   int64 // 0: less than 60
		}{
			{"neither", sched.Pauses{}, func(*job.Job, *job.Ready) {}, sched.ReasonQueue, 0},
			{"the tool", pausing([]string{"here"}, nil), func(*job.Job, *job.Ready) {}, sched.ReasonToolPaused, 60},
			{"the owner", pausing(nil, []string{"ann"}), func(*job.Job, *job.Ready) {}, sched.ReasonOwnerPaused, 60},
			{"both", pausing([]string{"here"}, []string{"ann"}), func(*job.Job, *job.Ready) {}, sched.ReasonToolPaused, 60},
			{"others", pausing([]string{"there"}, []string{"bob"}), func(*job.Job, *job.Ready) {}, sched.ReasonQueue, 0},
			{"a retry", pausing([]string{"here"}, nil), func(j *job.Job, r *job.Ready) { j.Attempt, r.RunAt, r.Since = 1, later, time.Now() }, sched.ReasonToolPaused, 60},
			{"one that runs", pausing([]string{"here"}, []string{"ann"}), func(j *job.Job, _ *job.Ready) { j.Status, j.Attempt, j.Started = job.Processing, 1, time.Now() }, "", 0},
		} {
			l.Pause(c.pauses)
			is, r := j, job.Ready{}
			c.change(&is, &r)
			w, hint := l.WaitOf(&is, &r, &account.Plan{}), l.Hint(&is, &account.Plan{})
			if w.Reason != c.reason || !w.RunAt.Equal(r.RunAt) {
				t.Errorf("%s: %+v, want reason %q", c.name, w, c.reason)
			}
			if w.Known == (c.hint == 60) {
				t.Errorf("%s: an estimate is given: %t", c.name, w.Known)
			}
			if c.hint == 60 && hint != 60 || c.hint == 0 && hint >= 60 {
				t.Errorf("%s: hint %d", c.name, hint)
			}
		}
	})
}
