package deadline_test

import (
	"testing"
	"time"

	"claimcheck/internal/deadline"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// TestTimesAreToldAlike: an error names the second that the job's full view names,
// which is not before the time itself.
func TestTimesAreToldAlike(t *testing.T) {
	at := time.UnixMilli(7_200)
	terms := job.Terms{StartBy: at, FinishBy: at.Add(time.Second)}
	for name, c := range map[string]struct {
		is     *fault.Error
		detail string
		want   int64
	}{
		"not begun":     {deadline.Missed(terms, false), "start_by", 8},
		"not finished":  {deadline.Missed(terms, true), "finish_by", 9},
		"not again":     {deadline.TooShort(terms, time.Minute, ""), "finish_by", 9},
		"a full second": {deadline.Missed(job.Terms{FinishBy: time.Unix(7, 0)}, true), "finish_by", 7},
	} {
		if got := detail(c.is, c.detail); got != c.want {
			t.Errorf("%s: %s is %v, want %d", name, c.detail, got, c.want)
		}
	}
}

// TestWhatNobodyKnowsIsNotTold: a wait alone may be longer than what is left.
func TestWhatNobodyKnowsIsNotTold(t *testing.T) {
	terms := job.Terms{FinishBy: time.Unix(7, 0)}
	if e := deadline.TooShort(terms, 0, "UPSTREAM_ERROR"); detail(e, "usual_seconds") != nil || detail(e, "last_error") != "UPSTREAM_ERROR" {
		t.Errorf("it says %+v", e.Details)
	}
	if e := deadline.TooShort(terms, 1500*time.Millisecond, ""); detail(e, "usual_seconds") != 1.5 {
		t.Errorf("it says %+v", e.Details)
	}
}

// detail is what a failure says beside its message, nil if it does not.
func detail(e *fault.Error, name string) any {
	for _, d := range e.Details {
		if d.Name == name {
			return d.Value
		}
	}
	return nil
}
