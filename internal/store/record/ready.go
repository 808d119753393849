package record

import (
	"time"

	"claimcheck/internal/job"
)

// TidyLease gives a lease the form in which it will be read again.
func TidyLease(l *job.Lease, id job.ID) {
	if !l.Taken() {
		*l = job.Lease{}
		return
	}
	l.ID, l.Until, l.Since = id, Time(Milli(l.Until)), Time(Milli(l.Since))
}

// A Stage is as what a job is counted.
type Stage uint8

// The stages.
const (
	Finished Stage = iota // not counted
	Queued
	Running
)

// StageOf returns the stage of a job by its part of the queue, nil for a
// finished job.
func StageOf(r *job.Ready) Stage {
	switch {
	case r == nil:
		return Finished
	case r.Lease.Taken():
		return Running
	default:
		return Queued
	}
}

// The states of a row of ready, each with an index of its own.
const (
	Claimable int64 = 0
	Delayed   int64 = 1 // until RunAt
	Leased    int64 = 2
)

// Slack is how far two readings of one clock may be apart, the later one first:
// what was written longer ahead of now than that was written before the clock was
// set back.
const Slack = time.Second

// Date notes in a job's part of the queue since when what it waits for has been
// waited for: a pause or a lease that seems to begin in the future was given by a
// clock that was set back, and says nothing. was is nil for a submission, whose
// RunAt is the client's wish: that follows the clock wherever it goes.
func Date(was, is *job.Ready, now time.Time) {
	if was != nil && *was == *is {
		return
	}
	switch {
	case is.Lease.Taken():
		is.Since = time.Time{}
		if was != nil && was.Lease.Same(is.Lease) && was.Lease.Until.Equal(is.Lease.Until) {
			is.Lease.Since = was.Lease.Since
		} else {
			is.Lease.Since = now
		}
	case StateOf(is, now) != Delayed:
		is.RunAt, is.Since = time.Time{}, time.Time{}
	case was == nil:
		is.Since = time.Time{}
	case !was.RunAt.Equal(is.RunAt):
		is.Since = now
	default:
		is.Since = was.Since
	}
}

// SinceOf is the one column in which Since of a pause or a lease is kept.
func SinceOf(r *job.Ready) time.Time {
	if r.Lease.Taken() {
		return r.Lease.Since
	}
	return r.Since
}

// SetSince is the reverse of [SinceOf].
func SetSince(r *job.Ready, since time.Time) {
	if r.Lease.Taken() {
		r.Lease.Since = since
	} else {
		r.Since = since
	}
}

// StateOf is the state of a job's part of the queue at a time.
func StateOf(r *job.Ready, now time.Time) int64 {
	switch {
	case r.Lease.Taken():
		return Leased
	case Milli(r.RunAt) > Milli(now):
		return Delayed
	default:
		return Claimable
	}
}
