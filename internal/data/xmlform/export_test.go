package xmlform

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// FormatWithin is Format that holds less.
func FormatWithin(in io.Reader, out io.Writer, limit int) error {
	l := newLayout(out, true, 1)
	l.limit, l.next = limit, 0
	return lay(in, l)
}

// ReadWithin is Read that holds less.
func ReadWithin(in io.Reader, to data.Sink, most, turns int) error {
	return (&reader{Scanner: scan.New(in), to: to, most: most, turns: turns}).value()
}

// NewWriterWithin is NewWriter that holds less.
func NewWriterWithin(out io.Writer, limit int) data.Writer {
	w, _ := NewWriter(out, &data.Options{TabSpace: 1}).(*writer)
	w.limit, w.next = limit, 0
	return w
}
