package htmltable

import (
	"cmp"
	_ "embed"
	"io"

	"claimcheck/internal/data"
)

// style is the style sheet of each document.
//
//go:embed style.css
var style string

// bufferBytes are written at once.
const bufferBytes = 32 << 10

// Write writes tables as an HTML document, a table with a caption for each that has a name. Shorter
// rows are padded. Row fails with INVALID_HTML where a cell has a NUL, which HTML cannot have.
func Write(out io.Writer, _ *data.Options) data.Table { return &writer{out: out} }

type writer struct {
	out    io.Writer
	text   []byte
	sheets int // how many there will be; 0: that is not known
	begun  bool
	open   bool // a table
	width  int  // of its header
}

// CountSheets is told how many tables there will be.
func (w *writer) CountSheets(n int) { w.sheets = n }

// Sheet begins a table.
func (w *writer) Sheet(name string, columns []string) error {
	if !w.begun {
		w.begin(name)
	}
	w.end()
	w.open, w.width = true, len(columns)
	w.add("<table>\n")
	if name != "" {
		w.add("<caption>")
		if err := w.escaped(name); err != nil {
			return err
		}
		w.add("</caption>\n")
	}
	if columns != nil {
		w.add("<thead>\n<tr>")
		for _, c := range columns {
			w.add(`<th scope="col">`)
			if err := w.escaped(c); err != nil {
				return err
			}
			w.add("</th>")
		}
		w.add("</tr>\n</thead>\n")
	}
	w.add("<tbody>\n")
	return nil
}

// begin writes what is before the first table.
func (w *writer) begin(name string) {
	w.begun = true
	title := "Table"
	if w.sheets > 1 {
		title, name = "Tables", ""
	}
	w.add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
	if before := len(w.text); w.escaped(cmp.Or(name, title)) != nil { // Sheet will say so
		w.text = append(w.text[:before], title...)
	}
	w.add("</title>\n<style>\n" + style + "</style>\n</head>\n<body>\n")
}

// end ends a table.
func (w *writer) end() {
	if w.open {
		w.add("</tbody>\n</table>\n")
	}
	w.open = false
}

// Row writes a row.
func (w *writer) Row(cells []data.Token) (err error) {
	b := append(w.text, "<tr>"...)
	for i := range cells {
		if cells[i].Kind == data.Number {
			b = append(b, `<td class="number">`...)
		} else {
			b = append(b, "<td>"...)
		}
		if b, err = escaped(b, cells[i].Text); err != nil {
			return err
		}
		b = append(b, "</td>"...)
	}
	for range w.width - len(cells) {
		b = append(b, "<td></td>"...)
	}
	w.text = append(b, "</tr>\n"...)
	if len(w.text) < bufferBytes {
		return nil
	}
	return w.flush()
}

// End writes what is left.
func (w *writer) End() error {
	if !w.begun {
		w.begin("")
	}
	w.end()
	w.add("</body>\n</html>")
	return w.flush()
}

func (w *writer) add(s string) { w.text = append(w.text, s...) }

func (w *writer) flush() error {
	_, err := w.out.Write(w.text)
	w.text = w.text[:0]
	return err
}

// special are the bytes that are written otherwise.
var special = [256]bool{'&': true, '<': true, '>': true, '\r': true, 0: true}

// escaped appends text, and each line break as LF, which HTML's readers make of them.
func escaped(b, text []byte) ([]byte, error) {
	from := 0
	for i, c := range text {
		if !special[c] {
			continue
		}
		b = append(b, text[from:i]...)
		from = i + 1
		switch c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '\r':
			if from == len(text) || text[from] != '\n' {
				b = append(b, '\n')
			}
		default:
			return b, data.InvalidBinary("HTML", "Expected text without NULs: an HTML document cannot have any.")
		}
	}
	return append(b, text[from:]...), nil
}

// escaped adds text.
func (w *writer) escaped(text string) (err error) {
	w.text, err = escaped(w.text, []byte(text))
	return err
}
