package jsonform

import (
	"io"

	"claimcheck/internal/data"
)

// Format copies the one JSON value of in to out, each element and member on a line of its own,
// without a final line break. It fails with Invalid INVALID_JSON or INVALID_ENCODING, both with
// line and column, with TooLarge FILE_TOO_LARGE, or with an error of in or out, wrapped; what it
// has written by then is of no use.
func Format(in io.Reader, out io.Writer, o *data.Options) error {
	s := scanner{input: newInput(in), output: newOutput(out, true, o.TabSpace)}
	return s.run()
}

// Minify copies the one JSON value of in to out without white space between its tokens. It
// fails as [Format] does.
func Minify(in io.Reader, out io.Writer, _ *data.Options) error {
	s := scanner{input: newInput(in), output: newOutput(out, false, 0)}
	return s.run()
}
