package history

import (
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/protocol"
)

// MaxPoints is how many points one answer has at most.
const MaxPoints = 500

// fineStep is a step up to which any number of whole minutes will do; a longer one
// is a multiple of it.
const fineStep = 5 * time.Minute

// steps are those that are chosen from for who names none.
var steps = []time.Duration{
	time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// A Range is a range of time in whole steps: From and To are multiples of Step.
type Range struct {
	From, To time.Time
	Step     time.Duration
}

// Points is how many steps the range has.
func (r Range) Points() int { return int(r.To.Sub(r.From) / r.Step) }

// length is that of the longest rows of which a step is made.
func (r Range) length() (longest int) {
	for _, length := range protocol.MinuteLengths() {
		if r.Step%(time.Duration(length)*time.Minute) == 0 {
			longest = length
		}
	}
	return longest
}

// RangeOf returns the steps in which the time between from and to lies; zero times
// mean an hour ago and now, a zero step one that fits. What is not kept any more, and
// what is still to come, is left out. Failures: Invalid INVALID_REQUEST.
func RangeOf(now, from, to time.Time, step time.Duration) (Range, error) {
	if to.IsZero() || !to.Before(now) {
		to = now.Add(1) // the minute that has just begun is told as well
	}
	if from.IsZero() {
		from = to.Add(-time.Hour)
	}
	if oldest := now.Add(-protocol.MinutesKept); from.Before(oldest) {
		from = oldest
	}
	if !from.Before(to) {
		return Range{}, fault.New(fault.Invalid, "INVALID_REQUEST", "from must be before to, and not in the future; what is older than %d days is not kept.", int(protocol.MinutesKept.Hours())/24).
			With("parameter", "from")
	}
	switch {
	case step == 0:
		for _, step := range steps {
			if r := whole(from, to, step); r.Points() <= MaxPoints {
				return r, nil
			}
		}
	case step < time.Minute, step%time.Minute != 0, step > fineStep && step%fineStep != 0, step > protocol.MinutesKept:
		return Range{}, fault.New(fault.Invalid, "INVALID_REQUEST", "step must be whole minutes in seconds: 60 to %d, or a multiple of %d up to %d.",
			int(fineStep.Seconds()), int(fineStep.Seconds()), int(protocol.MinutesKept.Seconds())).With("parameter", "step")
	}
	r := whole(from, to, step)
	if n := r.Points(); n > MaxPoints {
		return Range{}, fault.New(fault.Invalid, "INVALID_REQUEST", "That would be %d points; at most %d are told. Ask for a longer step or a shorter time.", n, MaxPoints).
			With("parameter", "step").With("limit", MaxPoints)
	}
	return r, nil
}

// whole is the range in whole steps, those included in which it begins and ends.
func whole(from, to time.Time, step time.Duration) Range {
	seconds := int64(step / time.Second)
	first, last := from.Unix()/seconds, (to.Unix()+seconds-1)/seconds
	if to.Nanosecond() > 0 && to.Unix()%seconds == 0 {
		last++ // it has just begun
	}
	return Range{time.Unix(first*seconds, 0).UTC(), time.Unix(max(last, first+1)*seconds, 0).UTC(), step}
}
