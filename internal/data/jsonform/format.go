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
	return newCopier(newInput(in), newOutput(out, layout{lines: true, indent: o.TabSpace})).run()
}

// Minify copies the one JSON value of in to out without white space between its tokens. It
// fails as [Format] does.
func Minify(in io.Reader, out io.Writer, _ *data.Options) error {
	return newCopier(newInput(in), newOutput(out, compact)).run()
}
