package sqlform

import (
	"fmt"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// MaxBytes is how long an input can be: it is read whole, and takes about 30 times its size,
// 130 times where each character is a token.
const MaxBytes = 8 << 20

// MaxOutputBytes is how much is written: deep levels make many spaces.
const MaxOutputBytes = 4 * MaxBytes

// Format reads SQL of o.Dialect and writes it laid out, o.TabSpace spaces for each level.
// Failures: those of [Layout], Invalid INVALID_ENCODING, and those of in and out.
func Format(in io.Reader, out io.Writer, o *data.Options) error {
	return made(in, out, func(src []byte) ([]byte, error) { return Layout(src, o.Dialect, o.TabSpace) })
}

// Minify reads SQL of o.Dialect and writes it without what a database does not read. Failures:
// those of [Compact], Invalid INVALID_ENCODING, and those of in and out.
func Minify(in io.Reader, out io.Writer, o *data.Options) error {
	return made(in, out, func(src []byte) ([]byte, error) { return Compact(src, o.Dialect) })
}

// made writes what is made of a text.
func made(in io.Reader, out io.Writer, do func(src []byte) ([]byte, error)) error {
	src, err := text.All(in, format)
	if err != nil {
		return err
	}
	result, err := do(src)
	if err != nil {
		return err
	}
	if _, err := out.Write(result); err != nil {
		return fmt.Errorf("write SQL: %w", err)
	}
	return nil
}
