package protocol

import (
	"context"

	"claimcheck/internal/job"
)

// Core is the store of jobs: what a job cannot be without.
type Core interface {
	// Submit writes a submission in one transaction. A job whose input is an
	// upload (named by the job.Source in Input) adds one to that upload's Jobs; if
	// its owner has no such upload, Submit fails with NotFound FILE_NOT_FOUND. If its idempotency key is
	// known and unexpired it sets Replay and writes nothing; otherwise it asks
	// Admit and writes all of it or, on error, nothing. A job id that is taken is
	// Conflict with code ID_TAKEN; a store that is not shared may say so already
	// of one whose Seq is taken.
	Submit(ctx context.Context, s *Submission) error
	// Change makes the changes. Each one happens wholly, with what it charges and
	// counts of its job's owner, or, when its Err is set, not at all; whether two
	// of them happen together is the store's affair. Changes of one owner are
	// decided in the order of the call. Each Err is set before Change returns; a
	// returned error means that none happened, or that the outcome is unknown.
	Change(ctx context.Context, changes []*Change) error
	// Get returns a job without Ready, of which it tells RunAt alone, by primary key
	// and without waiting for a writer, or NotFound JOB_NOT_FOUND.
	Get(ctx context.Context, id job.ID) (job.Job, error)
	// Input returns a job's inline input or encoded job.Source; NotFound if it has
	// none.
	Input(ctx context.Context, id job.ID) ([]byte, error)
	// Answer returns the unexpired remembered answer of an idempotency key, or
	// nil.
	Answer(ctx context.Context, owner, key string) (*Idempotency, error)
	// List returns the jobs that pass the filter, in its order,
	// without Ready, and where the next page begins, zero if there is none. It
	// looks at no more than f.Rows jobs: a page may be short, or empty, and not
	// the last. The next page of a feed always begins somewhere. Other reads never
	// wait for it.
	List(ctx context.Context, f Filter) ([]job.Job, Cursor, error)
	// Output returns an output with its inline data, expired or not; NotFound
	// with code NOT_FOUND.
	Output(ctx context.Context, token string) (job.Output, error)
}
