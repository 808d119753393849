package submit

import (
	"strconv"
	"time"

	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
)

// maxDeadline is how far ahead a deadline may be.
const maxDeadline = 31 * 24 * time.Hour

// deadlineOf reads by when a job is to be begun or finished: how long from now, which
// the server counts, or a time. Empty is never.
func deadlineOf(flag, text string, now time.Time) (within time.Duration, at time.Time, err error) {
	if text == "" {
		return 0, at, nil
	}
	if within, err = time.ParseDuration(text); err == nil {
		at = now.Add(within)
	} else if at, err = time.Parse(time.RFC3339, text); err != nil {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, at, cli.UsageError("%s: %v is no time: 2026-12-24T18:00:00+01:00, Unix seconds, or from now, for instance 90m", flag, foreign.Text(text))
		}
		at = time.Unix(n, 0)
	}
	switch {
	case !at.After(now):
		return 0, at, cli.UsageError("%s: %v has passed already", flag, foreign.Text(text))
	case at.After(now.Add(maxDeadline)):
		return 0, at, cli.UsageError("%s: %v is more than 31 days from now", flag, foreign.Text(text))
	case within > 0:
		return within, time.Time{}, nil
	}
	return 0, at, nil
}
