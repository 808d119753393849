// Package fault has the words for what can go wrong: a kind that callers act
// on, a code and a message that clients may read, and the cause that only the
// log sees. It knows nothing of HTTP, storage or jobs.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Kind says what a caller can do about a failure.
type Kind uint8

// The kinds. Internal is the zero value: a failure nobody named is ours.
const (
	Internal         Kind = iota // our own fault; the client may only try again
	Invalid                      // the request or the input is wrong; the same again fails again
	Unauthorized                 // no valid key
	Forbidden                    // a valid key, but not for this
	NotFound                     // no such thing, or none that the caller may know of
	Conflict                     // the thing is in a state that does not allow it
	Mismatch                     // an idempotency key was used for another request
	TooLarge                     // a size limit
	Limited                      // a rate or quantity limit; RetryAfter says when to come back
	Unavailable                  // passing trouble of ours; RetryAfter says when to come back
	Upstream                     // somebody else's server failed us
	Timeout                      // out of time
	LeaseLost                    // the attempt is no longer the current one; nothing was changed
	MethodNotAllowed             // known path, wrong method
	Unsupported                  // a media type or feature that is not served
	OutOfRange                   // a part is asked for that is not there
	Rejected                     // somebody else's server refuses this very request; the same again fails again
)

// A Detail is one named fact about a failure beside its message, for instance
// line 2. Value is anything that encodes as JSON.
type Detail struct {
	Name  string
	Value any
}

// An Error is a failure with a kind, a code of the HTTP contract such as
// JOB_NOT_FOUND, and one sentence fit for the client. It is immutable once
// returned.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	Details    []Detail      // in the order they are shown
	RetryAfter time.Duration // for Limited and Unavailable; zero means unknown
	Cause      error         // for the log only
}

// New makes an Error. The message is shown to clients: it must not hold paths,
// SQL, addresses or internal names.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// With returns a copy of e with one more detail.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Details = append(append([]Detail(nil), e.Details...), Detail{name, value})
	return &c
}

// After returns a copy of e that asks the client to come back after d.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Because returns a copy of e with the cause that the log will show.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Error gives code and message, and the cause where there is one.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Message + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Of returns the first Error in err's chain, or nil.
func Of(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// KindOf returns the kind of the first Error in err's chain, Internal for any
// other error. It must not be asked about nil.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return Internal
}

// Is reports whether err's chain holds an Error of this kind.
func Is(err error, kind Kind) bool {
	e := Of(err)
	return e != nil && e.Kind == kind
}

// IsCode reports whether err's chain holds an Error with this code.
func IsCode(err error, code string) bool {
	e := Of(err)
	return e != nil && e.Code == code
}

// targetError marks a failure; see ByTarget.
type targetError struct{ error }

// Unwrap returns the failure.
func (t targetError) Unwrap() error { return t.error }

// ByTarget marks a failure as the doing of the server that a tool calls: what
// it answered, or that it did not. Nil stays nil.
func ByTarget(err error) error {
	if err == nil {
		return nil
	}
	return targetError{err}
}

// IsByTarget reports whether a failure in err's chain was marked by ByTarget.
func IsByTarget(err error) bool {
	_, ok := errors.AsType[targetError](err)
	return ok
}

// OutcomeUnknown reports whether err's chain says that it could not be found
// out if a commit happened: its first Error has the detail outcome.
func OutcomeUnknown(err error) bool {
	e := Of(err)
	return e != nil && slices.ContainsFunc(e.Details, func(d Detail) bool { return d.Name == "outcome" })
}
