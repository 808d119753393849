package job

import (
	"time"

	"claimcheck/internal/account"
)

// A Submission is one accepted piece of work, written by a store in one
// transaction: a job to be queued, a job already leased (a synchronous call
// that was promoted), or only the traces of a finished synchronous call.
type Submission struct {
	Owner string

	// Admit is asked in the transaction, before anything is written, whether
	// the owner may; it may charge through the ledger. Its error is returned
	// by Submit and nothing is written. It may be called more than once and
	// must not change anything but the ledger's values.
	Admit func(Ledger) error

	Job         *Job         // nil for a finished synchronous call; Ready must be set
	Input       []byte       // the job's inline input, or its encoded [Source]; nil if the input is a file
	Output      *Output      // of a finished synchronous call, or nil
	Idempotency *Idempotency // nil without an Idempotency-Key

	// Replay is set by the store when the idempotency key is known: then
	// nothing was written and Admit was not asked.
	Replay *Idempotency
}

// AnswerLife is how long an answer is remembered.
const AnswerLife = 24 * time.Hour

// Idempotency is the remembered answer to a request with an Idempotency-Key.
type Idempotency struct {
	Key     string
	Digest  [32]byte // of what makes the request the same
	Job     ID       // zero for a synchronous answer
	Status  int      // HTTP status of the answer
	Body    []byte   // its body, the file link left out
	LinkAt  int      // where in Body the link of Output is inserted; 0 means none
	Output  string   // file name of the output, or empty
	Expires time.Time
}

// A Change is one decision about one job, made inside a store's transaction on
// the job as it is at that moment.
type Change struct {
	ID ID

	// Decide is given the job, with Ready set if it is unfinished, and
	// changes it in place; when it makes the job final it sets Ready to nil.
	// It may set Output, Delete and DropOutputs. If it returns an error nothing of this
	// change is written. It may be called more than once, each time with a
	// fresh copy, and must not have other effects.
	Decide func(*Change, *Job, Ledger) error

	// WantInput asks for Input: what the store has of the job's input, an inline
	// one or an encoded Source. A store for which it is no less work to be asked
	// later need not set it.
	WantInput bool
	Input     []byte

	Output *Output // set by Decide: an output to be kept with the job
	Delete bool    // set by Decide: remove the job and all that belongs to it

	// DropOutputs is set by Decide: the outputs that the job had before are
	// removed, before Output is kept.
	DropOutputs bool

	Job   Job      // the job afterwards, set by the store if Err is nil
	Files []string // blobs that belonged to what was removed, set by the store
	Err   error    // Decide's error, NotFound JOB_NOT_FOUND, or the store's trouble
}

// A Ledger is what a decision may know and charge beside the job. It is valid
// only during the call it is given to.
type Ledger interface {
	// Now is the store's clock: the process's for an embedded store, the
	// database's for a shared one.
	Now() time.Time
	// Usage returns an owner's usage of a month (account.MonthOf); what is
	// changed in it is written with the transaction.
	Usage(owner string, month int) (*account.Usage, error)
	// Counts returns what the owner has, changes of this transaction included.
	Counts(owner string) (account.Counts, error)
	// Running returns how many jobs of a tool are under a lease, over all
	// owners and all servers, changes of this transaction included. A store
	// that several servers share must not let two transactions decide by the
	// same number: it locks the tool's counter for the rest of the transaction.
	Running(tool string) (int64, error)
}

// A Candidate is a waiting job as the scheduler sees it.
type Candidate struct {
	ID        ID
	Owner     string
	Tool      string
	Priority  int
	InputSize int64
	InputSum  int64 // as Ready.InputSum
	Probation Probation
}

// Mark returns what the candidate is recognised by if its input is poison.
func (c *Candidate) Mark() InputMark { return InputMark{Owner: c.Owner, Tool: c.Tool, Sum: c.InputSum} }

// An InputMark names an input without holding it: whose, for which tool, and a
// sum of its bytes. A zero Sum names none.
type InputMark struct {
	Owner string
	Tool  string
	Sum   int64
}

// A Poison is an input that took its worker with it on each attempt.
type Poison struct {
	InputMark

	Until time.Time // after it the input is as good as any other
}

// A Filter selects jobs of one owner, newest first.
type Filter struct {
	Owner         string
	Status        *Status // nil: any
	Tool          string  // empty: any
	CreatedAfter  time.Time
	CreatedBefore time.Time
	Metadata      map[string]string // each must equal the job's metadata of that name
	Before        Cursor            // only what comes after this position; zero: from the newest
	Now           time.Time         // what has expired by then is left out; zero: nothing is
	Limit         int               // 1 to 1000
	Rows          int               // of the owner's jobs that are looked at for one page, at most; 0: as many as the store allows
}

// A Cursor is a position in lists, whose order is that of Created and, of jobs
// that were created in the same millisecond, of ID: newest first.
type Cursor struct {
	Created time.Time
	ID      ID
}

// From is where a list begins: after Before, and not before CreatedBefore; zero
// for the newest job.
func (f *Filter) From() Cursor {
	if !f.CreatedBefore.IsZero() && (f.Before == (Cursor{}) || !f.Before.Created.Before(f.CreatedBefore)) {
		return Cursor{Created: f.CreatedBefore}
	}
	return f.Before
}

// A Notice tells of a job that was changed. Version 0 means that it was
// removed.
type Notice struct {
	ID      ID
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
	ID              ID
	Version         int64
	Lease           Lease // the current one; Worker is empty if nobody holds it
	CancelRequested bool
}
