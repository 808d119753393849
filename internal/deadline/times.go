package deadline

import (
	"time"

	"claimcheck/internal/clock"
)

// Times tells how long it is until a deadline. A deadline is kept as a time of the
// store's clock, and that steps: what counts is how much of the time from the job's
// acceptance to its deadline has passed, steps left out. Of a job that is older than
// this process the clock is believed, unless it has leapt: then only what this
// process has seen pass counts, so that nothing ends early. It is safe for
// concurrent use.
type Times struct {
	clock  *clock.Clock
	began  time.Time     // by the time that never steps
	behind time.Duration // by how much the clock was behind what it showed in earlier processes
}

// NewTimes returns the times of a clock; last is when, by that clock, the store was
// last used before this process, zero if nobody knows.
func NewTimes(c *clock.Clock, last time.Time) *Times {
	t := &Times{clock: c, began: c.Steady()}
	if behind := last.Sub(c.Now()); !last.IsZero() && behind > clock.Slack {
		t.behind = behind
	}
	return t
}

// Left is how long it is until a deadline of a job that was created at a time;
// 0 or less once it has come.
func (t *Times) Left(created, at time.Time) time.Duration {
	gone, seen := t.clock.Since(created), t.clock.Steady().Sub(t.began)
	now, believed := t.clock.Believed()
	switch {
	case created.After(now.Add(clock.Slack)) && gone == 0: // by a clock that was set back since
		gone = seen
	case !believed && gone > seen:
		gone = seen
	}
	return at.Sub(created) - gone
}

// Horizon is up to which deadline rows are to be looked at, to find all that may
// come within a time from now.
func (t *Times) Horizon(within time.Duration) time.Time {
	return t.clock.Now().Add(within + max(t.clock.Behind(), t.behind))
}

// Stepped reports whether the order of deadlines may be another than that of rows.
func (t *Times) Stepped() bool {
	_, believed := t.clock.Believed()
	return !believed || t.behind > 0 || t.clock.Steps() > 0
}
