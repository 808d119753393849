package data

import (
	"fmt"
	"strings"

	"claimcheck/internal/fault"
)

// Invalid is the fault for an input that is not of a format: Invalid INVALID_<FORMAT>
// with line and column of the first character that cannot go on, and the reason, one
// sentence that says what was expected. The format is written as in messages, for instance
// JSON. The message is the same for each mistake.
func Invalid(format string, at Position, reason string, args ...any) error {
	return fault.New(fault.Invalid, "INVALID_"+strings.ToUpper(format), "%s validation failed.", format).
		With("line", at.Line).With("column", at.Column).With("reason", fmt.Sprintf(reason, args...))
}

// InvalidBinary is the fault for an input that is not of a format without lines, for
// instance Excel.
func InvalidBinary(format, reason string, args ...any) error {
	return fault.New(fault.Invalid, "INVALID_"+strings.ToUpper(format), "%s validation failed.", format).
		With("reason", fmt.Sprintf(reason, args...))
}

// BadEncoding is the fault for text whose character at a position is not in the
// encoding that the text has.
func BadEncoding(format string, at Position, reason string, args ...any) error {
	return fault.New(fault.Invalid, "INVALID_ENCODING", "%s validation failed.", format).
		With("line", at.Line).With("column", at.Column).With("reason", fmt.Sprintf(reason, args...))
}

// TooLarge is the fault for an input, or a part of it, that goes beyond a limit, which the
// sentence names.
func TooLarge(sentence string, args ...any) error {
	return fault.New(fault.TooLarge, "FILE_TOO_LARGE", sentence, args...)
}
