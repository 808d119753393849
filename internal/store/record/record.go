// Package record has what all stores do alike: the form in which words are
// kept and read again, the checks of what a decision made, and the sentences
// for trouble. It reads and writes nothing.
package record

import (
	"fmt"
	"math"
	"time"
)

// Milli is how stores keep a time: Unix milliseconds, 0 for the zero time.
func Milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// MilliOrEnd is [Milli] of the end of a range, with no end for the zero time.
func MilliOrEnd(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return t.UnixMilli()
}

// NumberOrEnd is the end of a range of row numbers, with no end for 0.
func NumberOrEnd(n int64) int64 {
	if n == 0 {
		return math.MaxInt64
	}
	return n
}

// Time is the reverse of [Milli], in UTC.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Safely runs a decision and turns its panic into an error: it is a fault of
// that decision, which has written nothing, and must not end the writer that
// everybody needs.
func Safely(what string, decide func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panic: %v", what, p)
		}
	}()
	return decide()
}
