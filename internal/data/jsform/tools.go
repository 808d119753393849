package jsform

import (
	"fmt"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsform/lexis"
	"claimcheck/internal/data/text"
)

// MaxBytes is how long an input can be: it is read whole, and takes about 30 times its size,
// 130 times where each character is a token.
const MaxBytes = 8 << 20

// MaxOutputBytes is how much is written: deep levels make many spaces.
const MaxOutputBytes = 4 * MaxBytes

// Format reads JavaScript and writes it laid out, o.TabSpace spaces for each level. Failures:
// those of [Layout], Invalid INVALID_ENCODING, and those of in and out.
func Format(in io.Reader, out io.Writer, o *data.Options) error {
	return made(in, out, func(src string) (string, error) { return Layout(src, o.TabSpace) })
}

// Minify reads JavaScript and writes it without the white space and comments that it does not
// need. Failures: those of [Compact], Invalid INVALID_ENCODING, and those of in and out.
func Minify(in io.Reader, out io.Writer, _ *data.Options) error { return made(in, out, Compact) }

// made writes what is made of a text.
func made(in io.Reader, out io.Writer, do func(src string) (string, error)) error {
	src, err := text.All(in, lexis.Format)
	if err != nil {
		return err
	}
	result, err := do(string(src))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, result); err != nil {
		return fmt.Errorf("write JavaScript: %w", err)
	}
	return nil
}
