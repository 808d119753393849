package deadline

import (
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/attempts"
)

// A Judge says of a job what its deadlines mean for it now.
type Judge struct {
	Times *Times
	// Usual is how long half of a tool's runs take with inputs of about a size; ok is
	// false if none is known.
	Usual func(tool string, size int64) (took time.Duration, ok bool)
}

// Set says when a job ends by itself as it stands now. A finished job stays as it is.
func Set(j *job.Job) {
	if j.Ready != nil && j.HasDeadline() {
		j.Ready.EndBy = Next(j.Asked(), attempts.Begun(j))
	}
}

// Overdue is with what an unfinished job ends because its deadline has come; nil if
// it has not.
func (g Judge) Overdue(j *job.Job) *fault.Error {
	if j.Ready == nil || j.Ready.EndBy.IsZero() || g.Times.Left(j.Created, j.Ready.EndBy) > 0 {
		return nil
	}
	return Missed(j.Asked(), attempts.Begun(j))
}

// Hopeless is with what a waiting job ends that has been tried and would most likely
// not be finished in time if it were tried again, after a wait; last is the code of its
// last attempt. Nil if it may be.
func (g Judge) Hopeless(j *job.Job, wait time.Duration, last string) *fault.Error {
	if j.Ready == nil || j.Ready.EndBy.IsZero() || !attempts.Begun(j) {
		return nil
	}
	left := g.Times.Left(j.Created, j.Ready.EndBy) - wait
	usual, known := g.Usual(j.Tool, j.Input.Size)
	if left > 0 && (!known || usual <= left) {
		return nil
	}
	if !known {
		usual = 0
	}
	return TooShort(j.Asked(), usual, last)
}

// MustEnd is with what a waiting job ends instead of being begun now; nil if it may
// begin.
func (g Judge) MustEnd(j *job.Job) *fault.Error {
	if j.Ready == nil || j.Ready.EndBy.IsZero() {
		return nil
	}
	if e := g.Overdue(j); e != nil {
		return e
	}
	return g.Hopeless(j, 0, attempts.Last(j).Error)
}

// Stopped returns the worker whose attempt was the current one when a job's deadline
// ended it; empty if none was.
func Stopped(j *job.Job, attempt int) (worker string) {
	last := attempts.Last(j)
	if !j.HasDeadline() || j.Status != job.Failed || j.Attempt != attempt || last.Attempt != attempt || !ended(j.Error) || last.Ended < j.Finished.Unix() {
		return ""
	}
	return last.Worker
}
