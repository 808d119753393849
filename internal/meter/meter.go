// Package meter says how many attempts of a tool may begin in a time, and how many
// run at once for one owner or one value of their metadata: what of a job that goes
// by, and the arithmetic. It keeps nothing and asks nobody: states are the store's,
// decisions are package queue's.
package meter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Rate is how many attempts may begin: Count in each Per, evenly, and Burst at
// once after a pause. The zero Rate is no limit.
type Rate struct {
	Count int64
	Per   time.Duration
	Burst int64 // at least 1
}

// The limits of a Rate.
const (
	MaxCount = 1_000_000
	MaxBurst = 1_000_000

	atOnce  = 100 * time.Millisecond // so much of a rate's worth may begin at once unless a burst is said
	catchUp = 50 * time.Millisecond  // by which an attempt that began late is made up for, at most half an interval
)

var units = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// Parse reads a rate written as 10/s, 300/m or 5000/h. Its Burst is a tenth of a
// second's worth, at least 1.
func Parse(text string) (Rate, error) {
	count, unit, ok := strings.Cut(text, "/")
	per := units[unit]
	n, err := strconv.ParseInt(count, 10, 64)
	switch {
	case !ok || per == 0:
		return Rate{}, errors.New("a rate is written as attempts per s, m or h, such as 10/s, 300/m or 5000/h")
	case err != nil || n < 1 || n > MaxCount || strconv.FormatInt(n, 10) != count:
		return Rate{}, fmt.Errorf("a rate begins with a whole number from 1 to %d, such as 10/s", MaxCount)
	}
	return Rate{Count: n, Per: per, Burst: max(n*int64(atOnce)/int64(per), 1)}, nil
}

// String is the rate as [Parse] reads it; empty for none.
func (r Rate) String() string {
	for unit, per := range units {
		if per == r.Per && r.Count > 0 {
			return strconv.FormatInt(r.Count, 10) + "/" + unit
		}
	}
	return ""
}

// Any reports whether there is a limit.
func (r Rate) Any() bool { return r.Count > 0 }

// Each is the time from one attempt to the next.
func (r Rate) Each() time.Duration {
	if r.Count <= 0 {
		return 0
	}
	return (r.Per + time.Duration(r.Count) - 1) / time.Duration(r.Count)
}

// may is how much may be owed when one more attempt begins.
func (r Rate) may() time.Duration {
	return time.Duration(max(r.Burst, 1)-1)*r.Each() + min(r.Each()/2, catchUp)
}

// A State is how an allowance stands: at At so much of it was used up that it is
// whole again Owed later. The zero State is whole.
type State struct {
	At   time.Time
	Owed time.Duration
}

// setBack is how far in the future a state may seem to be written by a clock that
// was not set back: servers of a store differ by less.
const setBack = time.Second

// at is the state at a time. One that seems to be of the future owes now what it
// owed then, and never more than the rate has anybody owe.
func (s State) at(r Rate, now time.Time) State {
	passed := now.Sub(s.At)
	switch {
	case passed < -setBack:
		passed = 0
	case passed < 0:
		now, passed = s.At, 0
	}
	return State{At: now, Owed: max(min(s.Owed, r.may()+r.Each())-passed, 0)}
}

// Take begins an attempt: it returns the state afterwards, or for how long none may
// begin, and then the state is as it was.
func (s State) Take(r Rate, now time.Time) (after State, wait time.Duration) {
	is := s.at(r, now)
	if wait = is.Owed - r.may(); wait > 0 {
		return s, wait
	}
	is.Owed += r.Each()
	return is, 0
}

// OwedAt is what is owed at a time.
func (s State) OwedAt(r Rate, now time.Time) time.Duration { return s.at(r, now).Owed }

// Wait is how long it takes, as things are, until an attempt may begin that has so
// many others before it.
func (s State) Wait(r Rate, now time.Time, ahead int64) time.Duration {
	return max(s.at(r, now).Owed+time.Duration(ahead)*r.Each()-r.may(), 0)
}

// Free is how many attempts may begin at a time, at most so many.
func (s State) Free(r Rate, now time.Time, most int64) int64 {
	if !r.Any() {
		return most
	}
	left := r.may() - s.at(r, now).Owed
	if left < 0 {
		return 0
	}
	return min(int64(left/r.Each())+1, most)
}

// Whole reports whether nothing is owed at a time.
func (s State) Whole(now time.Time) bool { return !s.At.Add(s.Owed).After(now) }
