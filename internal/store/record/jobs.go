package record

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/job"
)

// TidyJob gives a job the form in which it will be read again.
func TidyJob(j *job.Job) {
	for _, t := range [...]*time.Time{&j.Created, &j.Updated, &j.Started, &j.Finished, &j.Expires} {
		*t = Time(Milli(*t))
	}
	for _, p := range [...]*[]byte{&j.Options, &j.Metadata, &j.History, &j.Error, &j.Result, &j.Terms} {
		if len(*p) == 0 {
			*p = nil
		}
	}
	if j.Ready != nil {
		j.Ready.RunAt, j.Ready.Since, j.Ready.EndBy = Time(Milli(j.Ready.RunAt)), Time(Milli(j.Ready.Since)), Time(Milli(j.Ready.EndBy))
		TidyLease(&j.Ready.Lease, j.ID)
	}
}

// Check refuses what no decision may do: it would be a fault of the queue's
// rules, and this is the last that can stop it.
func Check(was, is *job.Job) error {
	switch {
	case is.Status != was.Status && !was.Status.CanBecome(is.Status):
		return fmt.Errorf("%s cannot become %s", was.Status, is.Status)
	case is.Version < was.Version:
		return fmt.Errorf("version %d cannot become %d", was.Version, is.Version)
	case is.Status.Final() != (is.Ready == nil):
		return fmt.Errorf("a %s job is finished (%t) and must not be in the queue, or the reverse", is.Status, is.Status.Final())
	case is.ID != was.ID, is.Owner != was.Owner, is.Tool != was.Tool, is.RequestID != was.RequestID, is.Group != was.Group, is.Input != was.Input,
		!is.Created.Equal(was.Created), !bytes.Equal(is.Options, was.Options), !bytes.Equal(is.Metadata, was.Metadata), !bytes.Equal(is.Terms, was.Terms):
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
		a.LinkAt == b.LinkAt && a.Charged == b.Charged && a.Output == b.Output && a.FinishNo == b.FinishNo &&
		bytes.Equal(a.History, b.History) && bytes.Equal(a.Error, b.Error) && bytes.Equal(a.Result, b.Result)
}
