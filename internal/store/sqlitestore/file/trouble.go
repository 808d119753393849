package file

import (
	"fmt"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/record"
)

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

// Full reports whether there was no room.
func Full(err error) bool { return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultFull }

// Constraint reports whether a statement was refused by a constraint; SQLite
// has then undone that statement and nothing else.
func Constraint(err error) bool {
	return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultConstraint
}

// WriteFailure is what a caller is told of an error that undid its operation.
func WriteFailure(err error) error {
	switch {
	case fault.Of(err) != nil:
		return err
	case passing(err):
		return record.Refused(err)
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
		return record.Unreadable(fmt.Errorf("%s: %w", what, err))
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}
