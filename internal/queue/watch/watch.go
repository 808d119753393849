// Package watch says of what those are told who count what a queue does. It decides
// nothing.
package watch

import "time"

// Observer is told what happens, for metrics. Methods must not block.
type Observer interface {
	// AttemptEnded is told how an attempt of a tool ended: success, failed,
	// retried, lost, released, overdue or canceled.
	AttemptEnded(tool, how string)
	// TargetPaused is told that a tool's target fails and is left alone for a
	// while, by all jobs or by those of one owner.
	TargetPaused(tool string)
	// NoWorker is told how many jobs wait for a tool that this server does not
	// know; 0 once it does or none waits.
	NoWorker(tool string, jobs int64)
	// CacheAsked is told whether a job was in memory.
	CacheAsked(hit bool)
	// Accepted is told that an owner's work was accepted: a job, or a synchronous call
	// that is over.
	Accepted(tool, owner string)
	// Began is told that the first attempt at a job begins, and how long after the
	// job's acceptance.
	Began(tool string, waited time.Duration)
	// Ended is told that accepted work is over: with the code of a failure, empty for
	// success, and how long its last attempt ran, 0 for none. Each is told once, by
	// the server that recorded it; never of work whose end may or may not be recorded,
	// nor of a job that is deleted before its end.
	Ended(tool, code string, ran time.Duration)
}

// Silent is an observer that wants to hear nothing.
type Silent struct{}

// AttemptEnded does nothing.
func (Silent) AttemptEnded(string, string) {}

// TargetPaused does nothing.
func (Silent) TargetPaused(string) {}

// NoWorker does nothing.
func (Silent) NoWorker(string, int64) {}

// CacheAsked does nothing.
func (Silent) CacheAsked(bool) {}

// Accepted does nothing.
func (Silent) Accepted(string, string) {}

// Began does nothing.
func (Silent) Began(string, time.Duration) {}

// Ended does nothing.
func (Silent) Ended(string, string, time.Duration) {}
