package csvform

import (
	"bytes"
	"encoding/binary"
	"io"

	"claimcheck/internal/data"
)

// Write writes tables as CSV with the delimiter of the options, a comma where they have none.
func Write(out io.Writer, o *data.Options) data.Table {
	w := &writer{out: out, encoder: encoder{delimiter: o.Delimiter, escape: o.EscapeFormulas}}
	if w.delimiter == 0 {
		w.delimiter = ','
	}
	return w
}

// WriteTSV writes tables as tab-separated values: CSV whose delimiter is a tab.
func WriteTSV(out io.Writer, o *data.Options) data.Table {
	return &writer{out: out, encoder: encoder{delimiter: '\t', escape: o.EscapeFormulas}}
}

type writer struct {
	encoder

	out    io.Writer
	width  int // of the header; shorter rows are padded
	single bool
	padded []data.Token
}

// CountSheets is told how many tables there will be: one
// alone is not marked.
func (w *writer) CountSheets(n int) { w.single = n == 1 }

// Sheet marks a table by a line with its name, if it has one, and writes its header.
func (w *writer) Sheet(name string, columns []string) error {
	w.width = 0
	if name != "" && !w.single {
		if err := w.Row([]data.Token{{Kind: data.String, Text: []byte("# Sheet: " + name)}}); err != nil {
			return err
		}
	}
	if columns == nil {
		return nil
	}
	header := make([]data.Token, len(columns))
	for i, c := range columns {
		header[i] = data.Token{Kind: data.String, Text: []byte(c)}
	}
	w.width = len(columns)
	return w.Row(header)
}

// Row writes a row.
func (w *writer) Row(cells []data.Token) error {
	if len(cells) < w.width {
		w.padded = append(w.padded[:0], cells...)
		for len(w.padded) < w.width {
			w.padded = append(w.padded, data.Token{})
		}
		cells = w.padded
	}
	w.row(cells)
	return w.flush()
}

// line writes a row that is text already.
func (w *writer) line(text []byte) error {
	w.begin()
	w.text = append(w.text, text...)
	return w.flush()
}

// flush writes if there is much.
func (w *writer) flush() error {
	if len(w.text) < bufferBytes/2 {
		return nil
	}
	return w.End()
}

// End writes what is left.
func (w *writer) End() error {
	_, err := w.out.Write(w.text)
	w.text = w.text[:0]
	return err
}

// An encoder makes text of rows: lines end with LF, the last has no line break.
type encoder struct {
	delimiter byte
	escape    bool // formulas
	begun     bool // text is not the first
	text      []byte
}

// row appends a row to text, behind the one before it.
func (e *encoder) row(cells []data.Token) {
	e.begin()
	e.cells(cells)
}

// begin ends the row before.
func (e *encoder) begin() {
	if e.begun {
		e.text = append(e.text, '\n')
	}
	e.begun = true
}

// cells appends those of a row. A first one that the first of a document would be taken for a
// byte-order mark in, or for Excel's name of a delimiter, has quotes.
func (e *encoder) cells(cells []data.Token) {
	if len(cells) == 0 || len(cells) == 1 && len(cells[0].Text) == 0 {
		e.text = append(e.text, '"', '"') // an empty line would be no row to many readers
		return
	}
	for i := range cells {
		if i > 0 {
			e.text = append(e.text, e.delimiter)
		}
		c := &cells[i]
		e.cell(c, e.wantsQuotes(c.Text) || i == 0 && isMark(c.Text))
	}
}

// isMark reports whether a text at the beginning of a document is not one of its cells.
func isMark(text []byte) bool {
	return bytes.HasPrefix(text, []byte("\uFEFF")) || bytes.HasPrefix(text, []byte("sep="))
}

// cell appends a cell, in quotes or not.
func (e *encoder) cell(c *data.Token, quote bool) {
	text := c.Text
	if quote {
		e.text = append(e.text, '"')
	}
	if e.escape && c.Kind == data.String && isFormula(text) {
		e.text = append(e.text, '\'')
	}
	if !quote {
		e.text = append(e.text, text...)
		return
	}
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			break
		}
		e.text = append(append(e.text, text[:i+1]...), '"')
		text = text[i+1:]
	}
	e.text = append(append(e.text, text...), '"')
}

// wantsQuotes reports whether a text has a delimiter, a quote or a line break.
func (e *encoder) wantsQuotes(text []byte) bool {
	delimiters := ones * uint64(e.delimiter)
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		if equal(x, delimiters)|equal(x, ones*'\n')|equal(x, ones*'"')|equal(x, ones*'\r') != 0 {
			return true
		}
	}
	for _, c := range text {
		if c == e.delimiter || c == '\n' || c == '"' || c == '\r' {
			return true
		}
	}
	return false
}

// isFormula reports whether a spreadsheet may calculate a text: it begins with one of the
// characters that OWASP names ("CSV Injection"), in either width, and is no number.
func isFormula(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	switch text[0] {
	case '=', '@', '\t', '\r', '\n':
		return true
	case '+', '-':
		return !isSigned(text[1:])
	case 0xEF: // that of the wide forms
		for _, wide := range []string{"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"} {
			if bytes.HasPrefix(text, []byte(wide)) {
				return true
			}
		}
	}
	return false
}

// isSigned reports whether what is behind a sign makes it a number: digits, at most one point or comma
// within or before them, and perhaps an exponent.
func isSigned(text []byte) bool {
	n, text := digits(text)
	if len(text) > 0 && (text[0] == '.' || text[0] == ',') {
		var more int
		more, text = digits(text[1:])
		n += more
	}
	if n > 0 && len(text) > 1 && text[0]|0x20 == 'e' {
		if text = text[1:]; text[0] == '+' || text[0] == '-' {
			text = text[1:]
		}
		n, text = digits(text)
	}
	return n > 0 && len(text) == 0
}

// digits counts those at the beginning and returns what is behind them.
func digits(text []byte) (n int, rest []byte) {
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n, text[n:]
}
