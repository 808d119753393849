package protocol

import (
	"context"
	"time"

	"claimcheck/internal/job"
)

// Timers is what has to be looked at because of its time. Whoever looks says
// what time it is: the store's clock may have leapt this moment.
type Timers interface {
	// Due returns up to limit entries of a kind, as of a time. They are what
	// there is, and may be what was there a moment ago: who acts on one decides in
	// a change of it. [Leases] and the functions beside it ask for each kind.
	Due(ctx context.Context, of Timer, at time.Time, limit int) ([]Timed, error)
}

// A Timer is a kind of entries.
type Timer uint8

// The kinds, with the order in which a store has to return them as well as it can.
const (
	LeaseEnds      Timer = iota // leases that end at that time or before, the earliest first; the zero time: all of them
	Trials                      // claimable jobs on probation, oldest first, at any time
	JobExpiries                 // jobs whose Expires has passed, the longest expired first
	UploadExpiries              // uploads without Jobs whose Expires has passed, the longest expired first
	JobsAhead                   // jobs that ended after that time, among the limit that are kept longest
	Deadlines                   // unfinished jobs whose Ready.EndBy has come, the earliest first
	InputExpiries               // final jobs whose input is to go by then, the longest due first
	UploadsAhead                // pending uploads that were begun after that time, the latest first
)

// A Timed is an entry. Beside ID it has what is told of its kind.
type Timed struct {
	ID        job.ID         // the job's; zero of uploads
	Lease     job.Lease      // of LeaseEnds
	Candidate *job.Candidate // of Trials
	Upload    *job.Upload    // of UploadExpiries and UploadsAhead

	Owner   string    // of Deadlines, as the following
	At      time.Time // Ready.EndBy
	Created time.Time // of the job
}

// Leases returns leases that end at a time or before, the earliest first; the
// zero time means all of them.
func Leases(ctx context.Context, s Timers, end time.Time, limit int) ([]job.Lease, error) {
	return due(ctx, s, LeaseEnds, end, limit, func(t Timed) job.Lease { return t.Lease })
}

// Suspects returns claimable jobs on probation, oldest first.
func Suspects(ctx context.Context, s Timers, limit int) ([]job.Candidate, error) {
	return due(ctx, s, Trials, time.Time{}, limit, func(t Timed) job.Candidate { return *t.Candidate })
}

// ExpiredJobs returns jobs whose Expires has passed at a time.
func ExpiredJobs(ctx context.Context, s Timers, now time.Time, limit int) ([]job.ID, error) {
	return due(ctx, s, JobExpiries, now, limit, func(t Timed) job.ID { return t.ID })
}

// ExpiredInputs returns final jobs whose input was to go at a time or before.
func ExpiredInputs(ctx context.Context, s Timers, now time.Time, limit int) ([]job.ID, error) {
	return due(ctx, s, InputExpiries, now, limit, func(t Timed) job.ID { return t.ID })
}

// ExpiredUploads returns uploads without Jobs whose Expires has passed at a time.
func ExpiredUploads(ctx context.Context, s Timers, now time.Time, limit int) ([]job.Upload, error) {
	return due(ctx, s, UploadExpiries, now, limit, func(t Timed) job.Upload { return *t.Upload })
}

// EndedAfter returns jobs that ended after a time, among those kept longest.
func EndedAfter(ctx context.Context, s Timers, after time.Time, limit int) ([]job.ID, error) {
	return due(ctx, s, JobsAhead, after, limit, func(t Timed) job.ID { return t.ID })
}

// DueDeadlines returns unfinished jobs whose Ready.EndBy is at a time or before, the
// earliest first.
func DueDeadlines(ctx context.Context, s Timers, at time.Time, limit int) ([]Timed, error) {
	return s.Due(ctx, Deadlines, at, limit)
}

// UploadsAfter returns pending uploads that were begun after a time.
func UploadsAfter(ctx context.Context, s Timers, after time.Time, limit int) ([]job.Upload, error) {
	return due(ctx, s, UploadsAhead, after, limit, func(t Timed) job.Upload { return *t.Upload })
}

func due[T any](ctx context.Context, s Timers, of Timer, at time.Time, limit int, part func(Timed) T) ([]T, error) {
	list, err := s.Due(ctx, of, at, limit)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	parts := make([]T, len(list))
	for i, t := range list {
		parts[i] = part(t)
	}
	return parts, nil
}
