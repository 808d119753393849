// Package blob says what a storage of files is: large inputs and outputs that
// do not fit a database row. Its implementations are in the folders below; the
// suite that each must pass is blobtest.
package blob

import (
	"context"
	"io"
	"time"
)

// A Store keeps files under keys such as inputs/<job id>; see [CheckKey]. Files
// are never changed once committed. Methods are safe for concurrent use.
type Store interface {
	// Create begins a file, which nobody can see before its Commit.
	Create(ctx context.Context, key string) (Writer, error)
	// Open opens a committed file; fault NotFound NOT_FOUND if there is none.
	Open(ctx context.Context, key string) (Reader, error)
	// Remove removes files, growing ones too; one that is not there is no
	// error. It goes on after an error and returns all of them joined.
	Remove(ctx context.Context, keys ...string) error
	// Walk calls visit for every committed file last modified before the
	// given time, and for every growing one that was, as far as the storage tells,
	// in no particular order, until visit fails.
	Walk(ctx context.Context, before time.Time, visit func(key string) error) error
	// Ping fails if the storage cannot take files now.
	Ping(ctx context.Context) error
}

// A Writer writes one file. It is used by one goroutine.
type Writer interface {
	io.Writer
	// Reopen returns a reader of what was written so far, from the start; it
	// stays usable after Commit, not after Abort.
	Reopen() (Reader, error)
	// Commit makes the file visible under its key, durably: after it returns
	// nil a power cut does not lose it. After an error the file is not visible
	// and the writer is to be aborted. A file of the same key is replaced, but one
	// below [Uploads] stays: then Commit fails with Conflict FILE_EXISTS.
	Commit(ctx context.Context) error
	// Abort throws the file away; after Commit it does nothing.
	Abort()
}

// A Reader reads one file.
type Reader interface {
	io.ReadSeekCloser
	// Size is the file's length in bytes.
	Size() int64
	// ETag is a text without spaces or quotes that another content under the
	// same key does not have; empty for what is not committed.
	ETag() string
}
