package csvform

import (
	"errors"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// Read tells a table the rows of CSV, whose cells are all strings. Without a delimiter in the
// options it is found out. Failures: INVALID_CSV, INVALID_ENCODING, FILE_TOO_LARGE for a row
// beyond the limits, and errors of in and to.
func Read(in io.Reader, o *data.Options, to data.Table) error {
	r, err := open(in, o, false)
	if err != nil {
		return err
	}
	begun := false
	for {
		if err := r.next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch {
		case begun:
			err = to.Row(r.cells)
		case o.HasHeader:
			err = to.Sheet("", names(r.cells))
		default:
			if err = to.Sheet("", nil); err == nil {
				err = to.Row(r.cells)
			}
		}
		if err != nil {
			return err
		}
		begun = true
	}
}

// names are the texts of a header.
func names(cells []data.Token) []string {
	all := make([]string, len(cells))
	for i, c := range cells {
		all[i] = string(c.Text)
	}
	return all
}

// A rows is a scanner that leaves out blank lines where the first record has several
// fields, and before it.
type rows struct {
	*scanner

	columns int // of the first record
}

// open begins to read CSV, in which blanks may be around quotes or not.
func open(in io.Reader, o *data.Options, blanks bool) (*rows, error) {
	r := &rows{scanner: newScanner(text.NewReader(in, "CSV", text.OrWindows1252), bufferBytes)}
	r.blanks = blanks
	if r.delimiter = o.Delimiter; r.delimiter == 0 {
		if err := r.detect(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// next scans the next row, as that of a scanner.
func (r *rows) next() error {
	for {
		if err := r.scanner.next(); err != nil {
			return err
		}
		if r.blank() && r.columns != 1 {
			continue
		}
		if r.columns == 0 {
			r.columns = len(r.cells)
		}
		return nil
	}
}
