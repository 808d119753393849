package protocol

import (
	"time"

	"claimcheck/internal/job"
)

// A Change is one decision about one job, made inside a store's transaction on
// the job as it is at that moment.
type Change struct {
	ID job.ID

	// Decide is given the job, with Ready set if it is unfinished, and
	// changes it in place; when it makes the job final it sets Ready to nil.
	// It may set Output, Delete, DropOutputs, InputUntil, DropInput and Say. If it returns an error nothing of this
	// change is written. It may be called more than once, each time with a
	// fresh copy, and must not have other effects.
	Decide func(*Change, *job.Job, Ledger) error

	// WantInput asks for Input: what the store has of the job's input, an inline
	// one or an encoded job.Source. A store for which it is no less work to be asked
	// later need not set it.
	WantInput bool
	Input     []byte

	Output *job.Output // set by Decide: an output to be kept with the job
	Delete bool        // set by Decide: remove the job and all that belongs to it

	// DropOutputs is set by Decide: the outputs that the job had before are
	// removed, before Output is kept.
	DropOutputs bool

	// InputUntil is set by Decide of a change that makes the job final: when its input
	// goes, which is before the job does; zero: with the job.
	InputUntil time.Time

	// DropInput is set by Decide: a final job's input goes, and the job stays. Afterwards
	// its input is job.Gone.
	DropInput bool

	// Say is set by Decide: words are added to what the job has said, those with a
	// Seq unless they are there, the others counted on; what was Lost before is added
	// to what was.
	Say     job.Said
	Dropped int64 // bytes of what was said earlier that had to go for it, set by the store

	Job   job.Job  // the job afterwards, set by the store if Err is nil
	Files []string // blobs that belonged to what was removed, set by the store
	Err   error    // Decide's error, NotFound JOB_NOT_FOUND, or the store's trouble
}
