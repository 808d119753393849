// Package deadline has the rules of the times by which clients want their jobs
// begun and finished, and the keeper who sees that those are ended whose time has
// come. What becomes of a job's attempt, charge and outcome is for package queue.
package deadline

import (
	"encoding/json"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// The codes of jobs that end by themselves.
const (
	CodeExpired = "EXPIRED" // never begun in time
	CodeTimeout = "TIMEOUT" // not finished in time
)

// Next is when a job ends by itself as it stands: one that has not begun when it
// should have, one that has when it should be over. Zero: never.
func Next(t job.Terms, begun bool) time.Time {
	if !begun && !t.StartBy.IsZero() {
		return t.StartBy
	}
	return t.FinishBy
}

// Missed is with what a job ends whose Next has come.
func Missed(t job.Terms, begun bool) *fault.Error {
	if !begun && !t.StartBy.IsZero() {
		return fault.New(fault.Timeout, CodeExpired, "The job was not begun by the time that x-start-by named; it is not charged.").
			With("start_by", second(t.StartBy))
	}
	return fault.New(fault.Timeout, CodeTimeout, "The job was not finished by the time that x-finish-by named.").
		With("finish_by", second(t.FinishBy))
}

// second is the first whole second that is not before a deadline, as it is told
// everywhere: what is told is never earlier than what was asked for.
func second(t time.Time) int64 { return t.Add(time.Second - time.Nanosecond).Unix() }

// TooShort is with what a job ends that is not tried again, because what is left
// until its deadline is shorter than its tool usually runs, or than the wait before;
// usual is zero where nobody knows. last is the code of the attempt before, empty for
// none that failed.
func TooShort(t job.Terms, usual time.Duration, last string) *fault.Error {
	e := fault.New(fault.Timeout, CodeTimeout,
		"Another attempt was not begun, because it would most likely not have been finished by the time that x-finish-by named.").
		With("finish_by", second(t.FinishBy))
	if usual > 0 {
		e = e.With("usual_seconds", usual.Round(time.Millisecond).Seconds())
	}
	if last != "" {
		e = e.With("last_error", last)
	}
	return e
}

// ended reports whether a failed job's error says that it was not finished by the
// time that was asked for.
func ended(errorJSON []byte) bool {
	var e struct {
		Code    string `json:"code"`
		Details struct {
			FinishBy *int64 `json:"finish_by"`
		} `json:"details"`
	}
	return json.Unmarshal(errorJSON, &e) == nil && e.Code == CodeTimeout && e.Details.FinishBy != nil
}
