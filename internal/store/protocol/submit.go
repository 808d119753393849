// Package protocol has what a store is asked and answers: submissions, changes
// of jobs, the ledger that decisions read and charge, filters, news of other
// servers. It decides nothing and does no input or output; the rules are in
// package queue, the stores beside this package.
package protocol

import (
	"time"

	"claimcheck/internal/job"
)

// A Submission is one accepted piece of work, written by a store in one
// transaction: a job to be queued, a job already leased (a synchronous call
// that was promoted), or only the traces of a finished synchronous call.
type Submission struct {
	Owner string

	// Admit is asked in the transaction, before anything is written, whether
	// the owner may; it may charge through the ledger. Its error is returned
	// by Submit and nothing is written. It may be called more than once and
	// must not change anything but the ledger's values and what it says anew each
	// time: of Job, of More, and the Body of Idempotency.
	Admit func(Ledger) error

	Job         *job.Job     // nil for a finished synchronous call; Ready must be set
	More        []Piece      // jobs that are taken with it, or without one
	Input       []byte       // the job's inline input, or its encoded [job.Source]; nil if the input is a file
	Output      *job.Output  // of a finished synchronous call, or nil
	Idempotency *Idempotency // nil without an Idempotency-Key

	// Replay is set by the store when the idempotency key is known: then
	// nothing was written and Admit was not asked.
	Replay *Idempotency
}

// Group is the name of the group that its jobs belong to, all to the same; empty: to
// none.
func (s *Submission) Group() string {
	switch {
	case s.Job != nil:
		return s.Job.Group
	case len(s.More) > 0:
		return s.More[0].Job.Group
	default:
		return ""
	}
}

// A Piece is one of several jobs of an owner that are taken at once, in their order:
// all of those that Admit has not refused, or none.
type Piece struct {
	Job   *job.Job // Ready must be set
	Input []byte   // as that of a Submission
	Err   error    // why it is refused, as Admit says; nil: it is taken
}

// AnswerLife is how long an answer is remembered.
const AnswerLife = 24 * time.Hour

// Idempotency is the remembered answer to a request with an Idempotency-Key.
type Idempotency struct {
	Key     string
	Digest  [32]byte // of what makes the request the same
	Job     job.ID   // zero for a synchronous answer
	Status  int      // HTTP status of the answer
	Body    []byte   // its body, the file link left out
	LinkAt  int      // where in Body the link of Output is inserted; 0 means none
	Output  string   // file name of the output, or empty
	Expires time.Time
}
