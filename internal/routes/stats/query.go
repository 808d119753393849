package stats

import (
	"net/url"
	"strconv"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/history"
	"claimcheck/internal/intake"
)

// rangeOf reads which time is asked for.
func rangeOf(now time.Time, q url.Values) (history.Range, error) {
	var from, to time.Time
	var step time.Duration
	for name, values := range q {
		if len(values) != 1 {
			return history.Range{}, bad(name, "must be given once")
		}
		var ok bool
		switch name {
		case "from":
			from, ok = intake.UnixTime(values[0])
		case "to":
			to, ok = intake.UnixTime(values[0])
		case "step":
			n, err := strconv.ParseInt(values[0], 10, 32)
			if err != nil || n <= 0 {
				return history.Range{}, bad(name, "must be a number of seconds")
			}
			step, ok = time.Duration(n)*time.Second, true
		default:
			return history.Range{}, bad(name, "is not known; known are from, to and step")
		}
		if !ok {
			return history.Range{}, bad(name, "must be a time in Unix seconds")
		}
	}
	return history.RangeOf(now, from, to, step)
}

func bad(name, what string) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", "%s %s.", intake.Printable(name), what).With("parameter", intake.Printable(name))
}
