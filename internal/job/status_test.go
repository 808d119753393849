package job_test

import (
	"fmt"
	"testing"

	"claimcheck/internal/job"
)

func ExampleStatus_CanBecome() {
	fmt.Println(job.Queued.CanBecome(job.Processing), job.Success.CanBecome(job.Queued))
	// Output: true false
}

func TestFinalStatusesAreNeverLeft(t *testing.T) {
	all := []job.Status{job.Queued, job.Processing, job.Success, job.Failed}
	for _, s := range all {
		for _, next := range all {
			if s.Final() && s.CanBecome(next) {
				t.Errorf("%s can become %s", s, next)
			}
		}
		if got, ok := job.ParseStatus(s.String()); !ok || got != s {
			t.Errorf("%s is read as %s, %v", s, got, ok)
		}
	}
	if _, ok := job.ParseStatus("done"); ok {
		t.Error("done is no status")
	}
	if job.Queued.CanBecome(job.Success) {
		t.Error("a job succeeds only after it was processed")
	}
}
