package csvform

import (
	"bytes"
	"errors"
	"io"

	"claimcheck/internal/data"
)

// Trim writes the rows of CSV, names of columns too, with no white space (of Unicode) at the beginning
// and the end of each field; spaces and tabs are let be around the quotes of a field, too. The delimiter stays. Failures are those of Read.
func Trim(in io.Reader, out io.Writer, o *data.Options) error {
	r, err := open(in, o, true)
	if err != nil {
		return err
	}
	w := &writer{out: out, encoder: encoder{delimiter: r.delimiter}}
	for {
		if err := r.next(); errors.Is(err, io.EOF) {
			return w.End()
		} else if err != nil {
			return err
		}
		for i := range r.cells {
			c := &r.cells[i]
			if n := len(c.Text); n > 0 && (isOutside(c.Text[0]) || isOutside(c.Text[n-1])) {
				c.Text = bytes.TrimSpace(c.Text)
			}
		}
		if err := w.Row(r.cells); err != nil {
			return err
		}
	}
}

// isOutside reports whether a byte may be of white space.
func isOutside(c byte) bool { return c <= ' ' || c >= 0x80 }

// Validate reads CSV to its end. Failures are those of Read.
func Validate(in io.Reader, o *data.Options) error {
	r, err := open(in, o, false)
	for err == nil {
		err = r.next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
