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
