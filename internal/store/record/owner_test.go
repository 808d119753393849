package record_test

import (
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
)

func TestCountsFollowTheTools(t *testing.T) {
	var o record.Owner
	o.Read("tidy", 2, 1)
	o.Read("sort", 0, 1)
	for _, step := range []struct {
		tool     string
		from, to record.Stage
		running  int64
	}{
		{"tidy", record.Queued, record.Running, 1},
		{"sort", record.Running, record.Finished, -1},
		{"new", record.Finished, record.Queued, 0},
		{"tidy", record.Running, record.Running, 0},
	} {
		if n := o.Move(step.tool, step.from, step.to); n != step.running {
			t.Errorf("%s from %d to %d: running by %d, want %d", step.tool, step.from, step.to, n, step.running)
		}
	}
	o.Keep(10)
	o.Pend(1)
	if want := (account.Counts{Queued: 2, Running: 2, StoredBytes: 10, PendingUploads: 1}); o.Counts != want {
		t.Errorf("counts are %+v, want %+v", o.Counts, want)
	}
	if tidy, sort := o.Ahead("tidy"), o.Ahead("sort"); tidy != 1 || sort != -1 {
		t.Errorf("tidy is ahead by %d and sort by %d, want 1 and -1", tidy, sort)
	}
	o.Written()
	if len(o.Tools) != 2 || o.Dirty || o.Ahead("tidy") != 0 {
		t.Errorf("after the write: %+v", o)
	}
}
