// Package record has what all stores do alike: the form in which words are
// kept and read again, the checks of what a decision made, and the sentences
// for trouble. It reads and writes nothing.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"claimcheck/internal/job"
)

// Milli is how stores keep a time: Unix milliseconds, 0 for the zero time.
func Milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the reverse of [Milli], in UTC.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// TidyJob gives a job the form in which it will be read again.
func TidyJob(j *job.Job) {
	for _, t := range [...]*time.Time{&j.Created, &j.Updated, &j.Started, &j.Finished, &j.Expires} {
		*t = Time(Milli(*t))
	}
	for _, p := range [...]*[]byte{&j.Options, &j.Metadata, &j.History, &j.Error, &j.Result} {
		if len(*p) == 0 {
			*p = nil
		}
	}
	if j.Ready != nil {
		j.Ready.RunAt, j.Ready.Since = Time(Milli(j.Ready.RunAt)), Time(Milli(j.Ready.Since))
		TidyLease(&j.Ready.Lease, j.ID)
	}
}

// TidyLease gives a lease the form in which it will be read again.
func TidyLease(l *job.Lease, id job.ID) {
	if !l.Held() {
		*l = job.Lease{}
		return
	}
	l.ID, l.Until, l.Since = id, Time(Milli(l.Until)), Time(Milli(l.Since))
}

// TidyWebhook gives a webhook the form in which it will be read again.
func TidyWebhook(w *job.Webhook) {
	for _, t := range [...]*time.Time{&w.OldUntil, &w.Created, &w.Succeeded} {
		*t = Time(Milli(*t))
	}
	if len(w.OldSecret) == 0 {
		w.OldSecret = nil
	}
}

// TidyDelivery gives a delivery the form in which it will be read again.
func TidyDelivery(d *job.Delivery) {
	for _, t := range [...]*time.Time{&d.Created, &d.Due, &d.Expires} {
		*t = Time(Milli(*t))
	}
	if len(d.Log) == 0 {
		d.Log = nil
	}
}

// Check refuses what no decision may do: it would be a fault of the queue's
// rules, and the job's row is the last place to stop it.
func Check(was, is *job.Job) error {
	switch {
	case is.Status != was.Status && !was.Status.CanBecome(is.Status):
		return fmt.Errorf("%s cannot become %s", was.Status, is.Status)
	case is.Version < was.Version:
		return fmt.Errorf("version %d cannot become %d", was.Version, is.Version)
	case is.Status.Final() != (is.Ready == nil):
		return fmt.Errorf("a %s job is finished (%t) and must not be in the queue, or the reverse", is.Status, is.Status.Final())
	case is.ID != was.ID, is.Owner != was.Owner, is.Tool != was.Tool, is.RequestID != was.RequestID, is.Input != was.Input,
		!is.Created.Equal(was.Created), !bytes.Equal(is.Options, was.Options), !bytes.Equal(is.Metadata, was.Metadata):
		return errors.New("what was submitted cannot be changed")
	}
	return nil
}

// SameRow reports whether everything of a job's row that may change is the
// same; Ready is not of the row.
func SameRow(a, b *job.Job) bool {
	return a.Status == b.Status && a.Version == b.Version &&
		a.Attempt == b.Attempt && a.Failures == b.Failures && a.Losses == b.Losses &&
		a.Updated.Equal(b.Updated) && a.Started.Equal(b.Started) && a.Finished.Equal(b.Finished) && a.Expires.Equal(b.Expires) &&
		a.LinkAt == b.LinkAt && a.Charged == b.Charged && a.Output == b.Output &&
		bytes.Equal(a.History, b.History) && bytes.Equal(a.Error, b.Error) && bytes.Equal(a.Result, b.Result)
}

// SameWebhook reports whether everything of a webhook that may change but its
// Sequence is the same.
func SameWebhook(a, b *job.Webhook) bool {
	return EventWords(a.Events) == EventWords(b.Events) && bytes.Equal(a.Secret, b.Secret) && bytes.Equal(a.OldSecret, b.OldSecret) &&
		a.OldUntil.Equal(b.OldUntil) && a.Enabled == b.Enabled && a.Reason == b.Reason && a.Succeeded.Equal(b.Succeeded)
}

// A Place is where an unfinished job is counted.
type Place uint8

// The places.
const (
	Nowhere Place = iota // a finished job
	Queued
	Running
)

// PlaceOf returns the place of a job by its part of the queue, nil for a
// finished job.
func PlaceOf(r *job.Ready) Place {
	switch {
	case r == nil:
		return Nowhere
	case r.Lease.Held():
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
	case is.Lease.Held():
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
	if r.Lease.Held() {
		return r.Lease.Since
	}
	return r.Since
}

// SetSince is the reverse of [SinceOf].
func SetSince(r *job.Ready, since time.Time) {
	if r.Lease.Held() {
		r.Lease.Since = since
	} else {
		r.Since = since
	}
}

// StateOf is the state of a job's part of the queue at a time.
func StateOf(r *job.Ready, now time.Time) int64 {
	switch {
	case r.Lease.Held():
		return Leased
	case Milli(r.RunAt) > Milli(now):
		return Delayed
	default:
		return Claimable
	}
}

// EventWords is how a list of events is kept.
func EventWords(events []job.Event) string {
	words := make([]string, len(events))
	for i, e := range events {
		words[i] = string(e)
	}
	return strings.Join(words, " ")
}

// Events is the reverse of [EventWords].
func Events(words string) []job.Event {
	var events []job.Event
	for word := range strings.FieldsSeq(words) {
		events = append(events, job.Event(word))
	}
	return events
}

// Names is how a list of scopes or tools is kept, nil for none.
func Names(list []string) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	return json.Marshal(list)
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
