package blob

import (
	"context"
	"io"

	"claimcheck/internal/fault"
)

// A Grower keeps files that arrive piece by piece, over days, by several
// connections and through the deaths of servers. A growing file has the key, one
// below [Uploads], of the file that it becomes by [Grower.Finish]; until then
// [Store.Open] does not find it. [Store.Remove] removes it, also while it is
// appended to, and [Store.Walk] calls visit with its key: so whoever collects files
// without a row collects these too. Every [Store] here is a Grower as well.
//
// Methods are safe for concurrent use. Appends to one file are one at a time:
// a second one fails at once with Conflict [CodeLocked] where the storage can see
// it: within a process everywhere, between processes in a folder. Between
// processes on a bucket the caller's lock alone keeps them apart; if it
// fails, what was acknowledged stays as long as both write the same bytes.
type Grower interface {
	// Begin begins an empty file that will have at most size bytes; size < 0 says
	// that this is not known (a bucket then takes at most 156 GiB). Failures: Conflict FILE_EXISTS if the
	// key has a growing or finished file, TooLarge FILE_TOO_LARGE if the storage can keep no file of size bytes.
	Begin(ctx context.Context, key string, size int64) error
	// Append adds what from gives until io.EOF to a file that has at bytes, and
	// returns how many are durably kept: a power cut does not lose them. If from
	// fails or ctx ends, what came before is kept and n says how much, beside that
	// error. If the process dies, Length says what is kept, which is a
	// beginning of what from gave. Whoever has to judge bytes before they count, by a
	// checksum, has [Store.Create] hold them and appends from its Reopen.
	// Append does not end a Read that waits: the caller lets it fail. Failures
	// besides: NotFound NOT_FOUND if there is no such file or it was removed meanwhile,
	// Conflict [CodeOffset] if it has not at bytes, [CodeLocked] while another
	// Append or Finish is at work, [CodeFinished]; TooLarge FILE_TOO_LARGE if it
	// outgrows what the storage can keep.
	Append(ctx context.Context, key string, at int64, from io.Reader) (n int64, err error)
	// Length is how many bytes a growing or a finished file has, all of them durable;
	// NotFound NOT_FOUND if there is neither. It waits for no Append.
	Length(ctx context.Context, key string) (int64, error)
	// Finish makes a growing file of size bytes an ordinary one, as [Writer.Commit]
	// does. It may be called again after any failure: for a file of that
	// size that is finished it does nothing. Failures: NotFound NOT_FOUND, Conflict
	// [CodeOffset] if the file has another size, and [CodeLocked].
	Finish(ctx context.Context, key string, size int64) error
	// Join makes a new file of others, one after the other, which are ordinary
	// files by now and stay; nothing goes through memory, and on a bucket
	// only what is smaller than its smallest part goes through this server. It returns the
	// size. After a failure nothing is there but what Walk ends, and it may be called
	// again. Failures: NotFound NOT_FOUND if one of them is not there, Conflict FILE_EXISTS if the
	// key has a file.
	Join(ctx context.Context, key string, from []string) (size int64, err error)
}

// Codes of what a [Grower] refuses, all of the kind Conflict.
const (
	CodeLocked   = "UPLOAD_LOCKED"   // somebody else appends
	CodeOffset   = "OFFSET_MISMATCH" // the file has another length
	CodeFinished = "UPLOAD_FINISHED" // it takes no more
)

// What a [Grower] refuses.
var (
	ErrLocked   = fault.New(fault.Conflict, CodeLocked, "Another request is writing to this upload; ask for its offset and go on from there.")
	ErrFinished = fault.New(fault.Conflict, CodeFinished, "This upload is complete; it takes no more bytes.")
	ErrNoFile   = fault.New(fault.NotFound, "NOT_FOUND", "there is no such file")
	ErrExists   = fault.New(fault.Conflict, "FILE_EXISTS", "There is such a file already.")
)

// Mismatch refuses an append at, or a finish of, bytes where a file has others.
func Mismatch(at, length int64) error {
	return fault.New(fault.Conflict, CodeOffset, "The upload has %d bytes, not %d; go on from there.", length, at).With("offset", length)
}
