package intake

import (
	"time"

	"claimcheck/internal/job"
)

// HeaderGroup names the group that a job is to belong to.
const HeaderGroup = "x-group"

func readGroup(a *About, value string, _ time.Time) error {
	if !job.IsGroupName(value) {
		return wrongOption(HeaderGroup, "a name of 1 to 64 letters, digits, dots, underscores and hyphens")
	}
	a.Group = value
	return nil
}
