package sched

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
)

// TestWhatIsPausedIsLookedAtOnce: however many jobs are paused, and however many
// more come, those who have something to run do not look at them, and the store is
// not asked for them.
func TestWhatIsPausedIsLookedAtOnce(t *testing.T) {
	const owners, each = 1000, 2 * windowSize // of each there are more than are known here
	reads := map[string]int{}
	s := New(Config{
		Tools: func(name string) Rules { return Rules{Pull: name == "far"} }, Clock: clock.New(time.Now), Now: time.Now,
		Read: func(_ context.Context, owner, tool string, _ job.Candidate, _ int) ([]job.Candidate, Share, error) {
			reads[owner+" "+tool]++
			return nil, Share{Weight: 1}, nil
		},
		Running: func(string, time.Duration) []time.Duration { return nil },
	})
	s.Pause(Pauses{Tools: map[string]bool{"here": true, "far": true}, Owners: map[string]bool{"bob": true}})
	n := uint64(0)
	push := func(owner, tool string) {
		var id job.ID
		n++
		binary.BigEndian.PutUint64(id[:], n<<16)
		s.Push(job.Candidate{ID: id, Owner: owner, Tool: tool}, Share{Weight: 1}, false)
	}
	for i := range owners {
		name := fmt.Sprintf("owner-%d", i)
		push(name, "here")
		push(name, "far")
		s.Look(name, "here", each)
		s.Look(name, "far", each)
	}
	push("bob", "other")
	s.Look("bob", "other", each)
	pick := func(want int) {
		t.Helper()
		far, _, err := s.PickOf(t.Context(), 10, "far")
		if err != nil || len(far) != 0 {
			t.Fatalf("a program got %d jobs of a paused tool, %v", len(far), err)
		}
		here, _, err := s.Pick(t.Context(), 10)
		if err != nil || len(here) != want {
			t.Fatalf("picked %d, %v; want %d", len(here), err, want)
		}
	}
	looks := func() (n int) { // turns that the next pick looks at
		for _, l := range s.lanes {
			n += len(l.ring)
		}
		return n
	}
	pick(0)
	if got := looks(); got != 0 {
		t.Errorf("%d turns are still to be looked at", got)
	}
	for i := range owners {
		name := fmt.Sprintf("owner-%d", i)
		push(name, "here")
		push(name, "far")
		s.Look(name, "here", each)
	}
	push("bob", "other")
	s.Look("bob", "other", each)
	s.Freed("owner-1", "here")
	if got := looks(); got != 0 {
		t.Errorf("%d turns are to be looked at again because jobs came", got)
	}
	push("cid", "other")
	if got := looks(); got != 1 {
		t.Errorf("%d turns are to be looked at, want the one of cid", got)
	}
	pick(1)
	if len(reads) > 0 {
		t.Errorf("the store was asked for %d windows of paused jobs", len(reads))
	}
	if s.sizes != (lineSizes{}) {
		t.Errorf("paused jobs are counted among those that come before others: %v", s.sizes[:3])
	}
	j := job.Job{ID: job.ID{0xff}, Owner: "cid", Tool: "other", Created: time.Now(), Updated: time.Now()}
	if w := s.WaitOf(&j, &job.Ready{}, &account.Plan{}); w.Reason != ReasonQueue || w.Position != 0 {
		t.Errorf("a job behind paused ones has %+v", w)
	}
	s.Pause(Pauses{})
	if got := s.sizes[1] + s.sizes[2] + s.sizes[3] + s.sizes[4]; got != owners+1 {
		t.Errorf("%d owners have jobs again: %v", got, s.sizes[:9])
	}
	pick10, _, err := s.PickOf(t.Context(), 10, "far")
	if err != nil || len(pick10) != 10 {
		t.Errorf("after the pause a program got %d, %v", len(pick10), err)
	}
	seen := map[string]int{}
	for range owners / 10 {
		got, _, err := s.Pick(t.Context(), 10)
		if err != nil || len(got) != 10 {
			t.Fatalf("after the pause %d were picked, %v", len(got), err)
		}
		for _, c := range got {
			if seen[c.Owner]++; seen[c.Owner] > 1 {
				t.Fatalf("%s had its second turn before others had their first", c.Owner)
			}
		}
	}
}
