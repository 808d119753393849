package protocol

import (
	"claimcheck/internal/job"
)

// A Notice tells of a job that was changed. Version 0 means that it was
// removed.
type Notice struct {
	ID      job.ID
	Version int64
}

// A Line is an owner's jobs of one tool that wait.
type Line struct {
	Owner string
	Tool  string
}

// News is what other servers on the same store have done.
type News struct {
	Jobs   []Notice
	Lines  []Line // with jobs that may not be known here
	Missed bool   // there was more, which is not known: everything may have changed
}

// A Standing is where a job stands, for those who run it or wait for it.
type Standing struct {
	ID              job.ID
	Version         int64
	Lease           job.Lease // the current one; Worker is empty if nobody holds it
	CancelRequested bool
}
