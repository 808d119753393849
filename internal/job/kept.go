package job

import "time"

// Keep is how long a job is kept after its end, where its owner's plan keeps jobs
// for as long as this. What was asked for is never more than that: the plan may
// allow less by now.
func (t *Terms) Keep(end Status, plan time.Duration) time.Duration {
	asked := t.Retention
	if end == Failed && t.RetentionFailed > 0 {
		asked = t.RetentionFailed
	}
	if asked > 0 {
		return min(asked, plan)
	}
	return plan
}
