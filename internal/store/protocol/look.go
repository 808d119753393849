package protocol

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"claimcheck/internal/job"
)

// A Look is what lists see of a job of the filter's owner.
type Look struct {
	Status   job.Status
	Tool     string
	Finished time.Time
	Expires  time.Time
	Error    func() []byte // asked for of failed jobs, where the filter has codes
	Metadata func() []byte // asked for last, where the filter has any
	Group    string        // set where the filter has one
}

// LookAt is the look of a job that was read.
func LookAt(j *job.Job) *Look {
	return &Look{
		Status: j.Status, Tool: j.Tool, Finished: j.Finished, Expires: j.Expires,
		Error: func() []byte { return j.Error }, Metadata: func() []byte { return j.Metadata }, Group: j.Group,
	}
}

// Listed reports whether a job of the filter's owner passes what is not in the
// order of the list: time of creation and position aside.
func (f *Filter) Listed(l *Look) bool {
	switch {
	case len(f.Status) > 0 && !slices.Contains(f.Status, l.Status), len(f.Tools) > 0 && !slices.Contains(f.Tools, l.Tool):
		return false
	case f.Group != "" && f.Group != l.Group:
		return false
	case !l.Expires.IsZero() && !f.Now.IsZero() && !f.Now.Before(l.Expires):
		return false
	case !f.FinishedAfter.IsZero() && !l.Finished.After(f.FinishedAfter): // zero while unfinished: after nothing
		return false
	case !f.FinishedBefore.IsZero() && (l.Finished.IsZero() || !l.Finished.Before(f.FinishedBefore)):
		return false
	case len(f.Codes) > 0 && (l.Status != job.Failed || !slices.Contains(f.Codes, job.ErrorCode(l.Error()))):
		return false
	}
	return len(f.Metadata) == 0 || hasMetadata(l.Metadata(), f.Metadata)
}

// Passes reports whether a job passes the filter, position and trouble aside.
func (f *Filter) Passes(j *job.Job) bool {
	switch {
	case f.Owner != "" && j.Owner != f.Owner, !f.CreatedAfter.IsZero() && !j.Created.After(f.CreatedAfter),
		!f.CreatedBefore.IsZero() && !j.Created.Before(f.CreatedBefore):
		return false
	}
	return f.Listed(LookAt(j))
}

// An Unrest is what lists of trouble see of an unfinished job beside its Look.
type Unrest struct {
	Owner           string
	Updated         time.Time
	Started         time.Time
	Leased          bool
	RunAt           time.Time
	LeaseUntil      time.Time
	CancelRequested bool
}

// Troubled reports whether an unfinished job is of the filter's owner, was created
// when the filter says, and, where the filter is about that, is stuck. Of those that
// fail or are poisoned stores read no others.
func (f *Filter) Troubled(created time.Time, u *Unrest) bool {
	switch {
	case f.Owner != "" && f.Owner != u.Owner, !f.CreatedAfter.IsZero() && !created.After(f.CreatedAfter),
		!f.CreatedBefore.IsZero() && !created.Before(f.CreatedBefore):
		return false
	case f.Trouble != job.TroubleStuck:
		return true
	case u.Leased:
		return u.LeaseUntil.Before(f.StuckSince) || u.CancelRequested && u.Started.Before(f.StuckSince)
	}
	return u.Updated.Before(f.StuckSince) && u.RunAt.Before(f.StuckSince)
}

// hasMetadata reports whether a JSON object has all of these string members.
func hasMetadata(object []byte, want map[string]string) bool {
	if !mayHave(object, want) {
		return false
	}
	var have map[string]any
	if len(object) == 0 || json.Unmarshal(object, &have) != nil {
		return false
	}
	for name, value := range want {
		if s, ok := have[name].(string); !ok || s != value {
			return false
		}
	}
	return true
}

// mayHave tells most objects apart without reading them: where nothing is
// escaped, a string stands there as it is.
func mayHave(object []byte, want map[string]string) bool {
	if bytes.IndexByte(object, '\\') >= 0 {
		return true
	}
	for name, value := range want {
		if !bytes.Contains(object, []byte(value)) || !bytes.Contains(object, []byte(name)) {
			return !utf8.Valid(object) // bytes that are no text are read as U+FFFD
		}
	}
	return true
}
