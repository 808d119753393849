package queue

import (
	"context"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Store keeps jobs. It decides nothing: what may change is decided by the
// functions inside [protocol.Submission] and [protocol.Change], which it calls in its
// transaction. Every method is safe for concurrent use.
//
// Kinds of failure common to all: Unavailable with code UNAVAILABLE when the
// store cannot write now and nothing was written; Unavailable with the detail
// outcome=unknown when a commit's answer was lost and could not be found out.
// Nothing that a method wrote is seen by anybody before its commit, and it is
// durable when the method returns nil.
type Store interface { //nolint:interfacebloat // one small interface for each noun
	Jobs
	Backlog
	Files
	Usage
	Learned
	Others
	Recalled
	// Ping fails with Unavailable when the store would refuse a write now.
	Ping(ctx context.Context) error
	// Close waits for what is being written and closes the store.
	Close() error
}

// Jobs is the store of jobs.
type Jobs interface {
	// Submit writes a submission in one transaction. A job whose input is an
	// upload (named by the job.Source in Input) adds one to that upload's Jobs; if
	// its owner has no such upload, Submit fails with NotFound FILE_NOT_FOUND. If its idempotency key is
	// known and unexpired it sets Replay and writes nothing; otherwise it asks
	// Admit and writes all of it or, on error, nothing. A job id that is taken is
	// Conflict with code ID_TAKEN; a store that is not shared may say so already
	// of one whose Seq is taken.
	Submit(ctx context.Context, s *protocol.Submission) error
	// Change makes all changes, in one transaction where it can; each one
	// happens wholly or, when its Err is set, not at all. Changes of one call
	// are decided in order. Each Err is set before Change returns; a returned
	// error means that none happened, or that the outcome is unknown.
	Change(ctx context.Context, changes []*protocol.Change) error
	// Get returns a job without Ready, of which it tells RunAt alone, by primary key
	// and without waiting for a writer, or NotFound JOB_NOT_FOUND.
	Get(ctx context.Context, id job.ID) (job.Job, error)
	// Input returns a job's inline input or encoded job.Source; NotFound if it has
	// none.
	Input(ctx context.Context, id job.ID) ([]byte, error)
	// List returns the owner's jobs that pass the filter, newest first,
	// without Ready, and where the next page begins, zero if there is none. It
	// looks at no more than f.Rows jobs: a page may be short, or empty, and not
	// the last. Other reads never wait for it.
	List(ctx context.Context, f protocol.Filter) ([]job.Job, protocol.Cursor, error)
	// Answer returns the unexpired remembered answer of an idempotency key, or
	// nil.
	Answer(ctx context.Context, owner, key string) (*protocol.Idempotency, error)
	// LastSeq returns the greatest Seq of any job ever stored, 0 if none.
	LastSeq(ctx context.Context) (int64, error)
}

// Backlog is what schedulers read: which jobs wait, and who holds leases. A
// waiting job is claimable when its RunAt is zero or was passed by Promote.
type Backlog interface {
	// Ready returns claimable jobs of an owner and tool that are not on
	// probation, by priority (highest first) then Seq, those after the given
	// position; after the zero Candidate means from the beginning.
	Ready(ctx context.Context, owner, tool string, after job.Candidate, limit int) ([]job.Candidate, error)
	// Waiting returns an unfinished job's part of the queue; NotFound
	// JOB_NOT_FOUND if it has none.
	Waiting(ctx context.Context, id job.ID) (job.Ready, error)
	// Suspects returns claimable jobs on probation, oldest first.
	Suspects(ctx context.Context, limit int) ([]job.Candidate, error)
	// Promote makes claimable up to limit jobs whose RunAt has come by the
	// store's clock, or whose Since is still to come by more than a second (then
	// that clock was set back), and returns them, and the next RunAt still to come
	// (zero if none). Such a job has no RunAt any more.
	Promote(ctx context.Context, limit int) ([]job.Candidate, time.Time, error)
	// Leases returns held leases that end within the given time from now by
	// the store's clock, the earliest first. A negative time means: that ended
	// so long ago.
	Leases(ctx context.Context, within time.Duration, limit int) ([]job.Lease, error)
	// Backlog returns the unfinished jobs of every owner and tool that has
	// any, without counting rows.
	Backlog(ctx context.Context) ([]account.ToolCount, error)
	// OldestWaiting returns when the oldest claimable job was created, the
	// zero time if there is none; one index read.
	OldestWaiting(ctx context.Context) (time.Time, error)
}

// Others is how servers that share a store know of each other. What is told is
// a hint: whoever depends on it looks for himself as well, once a second.
type Others interface {
	// Shared reports whether other processes may use the store too. If not,
	// nobody else changes what this one has read.
	Shared() bool
	// Leads reports whether this process is the one that is to do what one does
	// for all. Rarely two may believe it for a moment; always true if the store
	// is not shared.
	Leads() bool
	// Follow calls tell, from one goroutine, with what others have committed,
	// until ctx is done. It begins by telling that something was missed, and does
	// so again after it could not hear.
	Follow(ctx context.Context, tell func(protocol.News))
	// Standing returns where these jobs stand, in any order and in one read;
	// those that are gone are left out.
	Standing(ctx context.Context, ids []job.ID) ([]protocol.Standing, error)
}

// Learned is what was learned of tools and inputs, so that restarts and other
// servers know it too.
type Learned interface {
	// Runtimes returns what SaveRuntimes kept, by tool.
	Runtimes(ctx context.Context) (map[string][]byte, error)
	// SaveRuntimes keeps how long the given tools run, in the queue's own
	// encoding; others stay.
	SaveRuntimes(ctx context.Context, all map[string][]byte) error
	// Poisons returns the inputs that took their workers with them and whose
	// Until has not passed by the store's clock.
	Poisons(ctx context.Context) ([]job.Poison, error)
	// AddPoison keeps one, in place of an older one of the same mark, and
	// forgets those whose Until has passed.
	AddPoison(ctx context.Context, p job.Poison) error
}

// Files is what the store knows of inputs, outputs and uploads.
type Files interface {
	Uploads
	// Output returns an output with its inline data, expired or not; NotFound
	// with code NOT_FOUND.
	Output(ctx context.Context, token string) (job.Output, error)
	// Expired returns up to limit jobs whose Expires has passed at the given time,
	// the longest expired first. Whoever removes things says the time himself: the
	// store's clock may have leapt this moment.
	Expired(ctx context.Context, now time.Time, limit int) ([]job.ID, error)
	// Purge removes up to limit outputs of synchronous calls and idempotency
	// answers that have expired at the given time; it returns the blobs that
	// belonged to them and how many rows went.
	Purge(ctx context.Context, now time.Time, limit int) (files []string, removed int, err error)
	// Named reports for each blob key (job.InputKey, job.OutputKey,
	// job.Upload.BlobKey) whether a row names it; a pending upload's does.
	Named(ctx context.Context, keys []string) ([]bool, error)
	// NamedKeys returns up to limit blob keys that rows name (of inputs, outputs
	// and uploads that are done), in an order of the store's own, those after the
	// given one; after "" means from the beginning. It may be slow.
	NamedKeys(ctx context.Context, after string, limit int) ([]string, error)
	// DropOutput removes an output that belongs to no job; NotFound NOT_FOUND.
	DropOutput(ctx context.Context, token string) error
}

// Recalled is how what a clock dated far ahead that was put right since is found,
// and brought back, so that it does not stay until that time has come.
type Recalled interface {
	// EndedAfter returns jobs that ended after a time, among the limit that are kept
	// longest.
	EndedAfter(ctx context.Context, after time.Time, limit int) ([]job.ID, error)
	// Recall makes outputs of synchronous calls, finished uploads without Jobs,
	// deliveries and answers that were made after a time as if they were made now,
	// kept for as long from now on; of each, those among the limit that are kept
	// longest.
	Recall(ctx context.Context, after time.Time, limit int) error
}

// Uploads is the store of uploads. account.Counts has the pending ones, and
// their sizes are in StoredBytes. When a job is deleted its upload's Jobs is
// one less, and at 0 the upload is deleted with it, its blob being among the
// change's Files.
type Uploads interface {
	// Upload returns an upload; NotFound FILE_NOT_FOUND.
	Upload(ctx context.Context, id string) (job.Upload, error)
	// AddUpload asks admit in its transaction and keeps a new pending upload; on
	// admit's error nothing is written. An id that is taken is Conflict ID_TAKEN.
	AddUpload(ctx context.Context, u *job.Upload, admit func(protocol.Ledger) error) error
	// ChangeUpload shows an upload to decide in its transaction: Done, Size, ETag
	// and Expires may be changed, or, if it has no Jobs, it is removed where
	// decide does not keep it. decide may be called more than once; on its error
	// nothing is written. NotFound FILE_NOT_FOUND.
	ChangeUpload(ctx context.Context, id string, decide func(*job.Upload, protocol.Ledger) (keep bool, err error)) error
	// PendingUploads returns an owner's pending uploads, oldest first.
	PendingUploads(ctx context.Context, owner string, limit int) ([]job.Upload, error)
	// UploadsAfter returns up to limit pending uploads that were begun after a time,
	// the latest first.
	UploadsAfter(ctx context.Context, after time.Time, limit int) ([]job.Upload, error)
	// ExpiredUploads returns uploads without Jobs whose Expires has passed at the
	// given time, the longest expired first.
	ExpiredUploads(ctx context.Context, now time.Time, limit int) ([]job.Upload, error)
}

// Usage is what the store knows of owners.
type Usage interface {
	// Usage returns an owner's usage of a month and what it has now.
	Usage(ctx context.Context, owner string, month int) (account.Usage, account.Counts, error)
	// Plan returns the name of an owner's plan; NotFound for an owner without
	// any key ever made.
	Plan(ctx context.Context, owner string) (string, error)
}
