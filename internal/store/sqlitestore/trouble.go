package sqlitestore

import (
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/fault"
)

// comeBack is what clients are told to wait when the store is in trouble.
const comeBack = 5 * time.Second

// refused says that nothing was written, because of passing trouble.
func refused(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The server cannot store anything at the moment; nothing was accepted.").After(comeBack).Because(cause)
}

// unreadable says that a read failed because of passing trouble.
func unreadable(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The server cannot read its store at the moment.").After(comeBack).Because(cause)
}

// unknown says that a commit's answer was lost and could not be found out.
func unknown(cause error) *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE",
		"The answer of the store was lost; whether the request was accepted is not known.").
		With("outcome", "unknown").After(comeBack).Because(cause)
}

// stopping says that the store is being closed.
func stopping() *fault.Error {
	return fault.New(fault.Unavailable, "UNAVAILABLE", "The server is stopping; nothing was accepted.").After(comeBack)
}

// passing reports whether an error of SQLite can go away by itself: a full or
// failing disk, no memory, a lock.
func passing(err error) bool {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultIOErr, sqlite.ResultNoMem, sqlite.ResultBusy, sqlite.ResultLocked,
		sqlite.ResultCantOpen, sqlite.ResultReadOnly, sqlite.ResultProtocol, sqlite.ResultPerm:
		return true
	default:
		return false
	}
}

// full reports whether there was no room.
func full(err error) bool { return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultFull }

// constraint reports whether a statement was refused by a constraint; SQLite
// has then undone that statement and nothing else.
func constraint(err error) bool {
	return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultConstraint
}

// writeFailure is what a caller is told of an error that undid its operation.
func writeFailure(err error) error {
	switch {
	case fault.Of(err) != nil:
		return err
	case passing(err):
		return refused(err)
	default:
		return fmt.Errorf("write to the store: %w", err)
	}
}

// readFailure is what a caller is told of an error of a read.
func readFailure(what string, err error) error {
	switch {
	case fault.Of(err) != nil:
		return err
	case passing(err):
		return unreadable(fmt.Errorf("%s: %w", what, err))
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}
