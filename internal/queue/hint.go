package queue

import (
	"time"

	"claimcheck/internal/account"
)

// The limits of a polling hint, in seconds (contract, section 2).
const (
	minHint = 1
	maxHint = 60
)

// Hint returns after how many seconds a client should ask again about an
// unfinished job: a quarter of the job's age, so that few questions are asked
// of long jobs and the end is noticed in good time, stretched so that one
// client per unfinished job of the owner stays within the plan's
// status_per_minute.
func Hint(age time.Duration, unfinished int64, plan *account.Plan) int64 {
	hint := int64(age / (4 * time.Second))
	if plan.StatusPerMinute > 0 {
		hint = max(hint, (unfinished*60+plan.StatusPerMinute-1)/plan.StatusPerMinute)
	}
	return min(max(hint, minHint), maxHint)
}
