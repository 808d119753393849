package job_test

import (
	"testing"
	"time"

	"claimcheck/internal/job"
)

func TestAJobIsKeptForAsLongAsWasAskedAndNeverLongerThanThePlanKeepsIt(t *testing.T) {
	const plan = time.Hour
	for _, c := range []struct {
		name            string
		asked           job.Terms
		success, failed time.Duration
	}{
		{"nothing asked", job.Terms{}, plan, plan},
		{"shorter", job.Terms{Retention: time.Minute}, time.Minute, time.Minute},
		{"failures longer", job.Terms{Retention: time.Minute, RetentionFailed: 2 * time.Minute}, time.Minute, 2 * time.Minute},
		{"failures alone", job.Terms{RetentionFailed: time.Minute}, plan, time.Minute},
		{"the plan allows less by now", job.Terms{Retention: 2 * plan, RetentionFailed: 3 * plan}, plan, plan},
	} {
		if s, f := c.asked.Keep(job.Success, plan), c.asked.Keep(job.Failed, plan); s != c.success || f != c.failed {
			t.Errorf("%s: kept for %s, failed for %s; want %s and %s", c.name, s, f, c.success, c.failed)
		}
	}
}

func TestAnOutcomeThatWasReadDatesTheJobForwardOnce(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	asked := job.Terms{DeleteOnRead: true}
	j := job.Job{Status: job.Success, Expires: at.Add(time.Hour), Terms: asked.Encode()}
	if !j.Read(at) || !j.Expires.Equal(at.Add(time.Minute)) {
		t.Errorf("expires %s after it was read", j.Expires.Sub(at))
	}
	if j.Read(at) || j.Read(at.Add(30*time.Second)) || !j.Expires.Equal(at.Add(time.Minute)) {
		t.Errorf("read again it expires %s after the first time", j.Expires.Sub(at))
	}
	for name, other := range map[string]job.Job{
		"nothing was asked": {Status: job.Success, Expires: at.Add(time.Hour)},
		"unfinished":        {Status: job.Processing, Terms: asked.Encode()},
		"it goes sooner":    {Status: job.Failed, Expires: at.Add(time.Second), Terms: asked.Encode()},
	} {
		if was := other.Expires; other.Read(at) || !other.Expires.Equal(was) {
			t.Errorf("%s: dated to %s", name, other.Expires)
		}
	}
}

func TestTheStatusIsTheOutcomeWhereThereIsNoFileToFetch(t *testing.T) {
	put := job.Terms{OutputURL: "https://bucket.example/x?sig=1"}
	for name, c := range map[string]struct {
		j    job.Job
		want bool
	}{
		"JSON of the tool's own": {job.Job{}, true},
		"a file":                 {job.Job{LinkAt: 7}, false},
		"a file put elsewhere":   {job.Job{LinkAt: 7, Terms: put.Encode()}, true},
	} {
		if got := c.j.ReadByStatus(); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// TestWhoseJobGoesOnRead is seen without reading all terms: each status asks.
func TestWhoseJobGoesOnRead(t *testing.T) {
	for _, asked := range []job.Terms{
		{},
		{DeleteOnRead: true},
		{DeleteOnRead: true, OutputName: "x"},
		{OutputName: `"delete_on_read":true`},
		{OutputURL: `https://a.example/?"delete_on_read":`},
		{Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
	} {
		j := job.Job{Terms: asked.Encode()}
		if j.GoesOnRead() != asked.DeleteOnRead {
			t.Errorf("%+v: got %t", asked, j.GoesOnRead())
		}
		if n := testing.AllocsPerRun(10, func() { j.GoesOnRead() }); n != 0 {
			t.Errorf("%+v: %v allocations", asked, n)
		}
	}
}
