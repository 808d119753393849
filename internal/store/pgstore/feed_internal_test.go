package pgstore

import (
	"testing"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// TestNewsIsOfTheNewestVersion: two transactions of one process commit in one
// order, and may tell of it in the other.
func TestNewsIsOfTheNewestVersion(t *testing.T) {
	id := job.ID{1}
	f := newFeed(&Store{})
	for _, step := range []struct {
		version int64 // 0: it was removed
		want    int64
	}{{2, 2}, {4, 4}, {3, 4}, {0, 0}, {5, 0}} {
		f.tell([]protocol.Notice{{ID: id, Version: step.version}}, nil, false)
		if got := f.jobs[id]; got != step.want {
			t.Errorf("version %d is told, want %d", got, step.want)
		}
	}
}
