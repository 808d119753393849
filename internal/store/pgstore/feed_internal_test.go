package pgstore

import (
	"testing"

	"claimcheck/internal/job"
)

// TestNewsIsOfTheNewestVersion: two transactions of one process commit in one
// order, and may tell of it in the other.
func TestNewsIsOfTheNewestVersion(t *testing.T) {
	id := job.ID{1}
	at := func(version int64) *unit {
		return &unit{changed: []*jobState{{is: job.Job{ID: id, Version: version}, stored: true}}}
	}
	gone := &unit{changed: []*jobState{{was: job.Job{ID: id}, stored: true, gone: true}}}
	f := newFeed(&Store{})
	for _, step := range []struct {
		is   *unit
		want int64
	}{{at(2), 2}, {at(4), 4}, {at(3), 4}, {gone, 0}, {at(5), 0}} {
		f.tell(step.is)
		if got := f.jobs[id]; got != step.want {
			t.Errorf("version %d is told, want %d", got, step.want)
		}
	}
}
