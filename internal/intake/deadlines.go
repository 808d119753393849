package intake

import (
	"strconv"
	"time"

	"claimcheck/internal/fault"
)

// The header fields of deadlines.
const (
	StartByHeader  = "x-start-by"
	FinishByHeader = "x-finish-by"
)

// maxDeadline is how far ahead a deadline may be; a number of seconds up to it is
// counted from now, a larger one is a time.
const maxDeadline = 31 * 24 * time.Hour

// readStartBy takes x-start-by.
func readStartBy(a *About, value string, now time.Time) (err error) {
	a.Terms.StartBy, err = deadlineOf(StartByHeader, value, now)
	switch at := a.Terms.StartBy; {
	case err != nil:
		return err
	case !at.After(now):
		a.tooLate(passed(StartByHeader))
	case !a.RunAt.IsZero() && !at.After(a.RunAt):
		a.tooLate(tooEarly(StartByHeader, "x-run-at, before which the job does not begin"))
	}
	return nil
}

// readFinishBy takes x-finish-by, after x-start-by.
func readFinishBy(a *About, value string, now time.Time) (err error) {
	a.Terms.FinishBy, err = deadlineOf(FinishByHeader, value, now)
	switch at := a.Terms.FinishBy; {
	case err != nil:
		return err
	case !at.After(now):
		a.tooLate(passed(FinishByHeader))
	case !a.RunAt.IsZero() && !at.After(a.RunAt):
		a.tooLate(tooEarly(FinishByHeader, "x-run-at, before which the job does not begin"))
	case !a.Terms.StartBy.IsZero() && !at.After(a.Terms.StartBy):
		a.tooLate(tooEarly(FinishByHeader, "x-start-by"))
	}
	return nil
}

// tooLate notes what is wrong with a time now, and may have been right when the same
// order was sent for the first time.
func (a *About) tooLate(why error) {
	if a.late == nil {
		a.late = why
	}
}

func tooEarly(header, than string) error {
	return fault.New(fault.Invalid, "INVALID_OPTION", "%s must be later than %s.", header, than).With("option", header)
}

func passed(header string) error {
	return fault.New(fault.Invalid, "INVALID_OPTION", "%s names a time that has passed already; up to %d it is seconds from now.", header, int64(maxDeadline/time.Second)).With("option", header)
}

// deadlineOf reads whole seconds from now, or a time in Unix seconds.
func deadlineOf(header, value string, now time.Time) (time.Time, error) {
	const longest = int64(maxDeadline / time.Second)
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > longest && time.Duration(n-now.Unix()) > maxDeadline/time.Second {
		return time.Time{}, wrongOption(header, "whole seconds from now, at most 2678400, or a time in Unix seconds at most 31 days from now")
	}
	at := time.Unix(n, 0)
	if n <= longest {
		at = now.Add(time.Duration(n) * time.Second).Truncate(time.Millisecond)
	}
	return at, nil
}
