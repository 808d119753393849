package workbook

import (
	"bytes"
	"fmt"
	"strconv"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

// maxText is how many UTF-16 code units a cell may hold; programs cut what is longer.
const maxText = 32767

// maxDigits of a number come back from a workbook, which holds it as a double.
const maxDigits = 15

// A cellError is why a cell cannot be written, one sentence without its place.
type cellError string

func (e cellError) Error() string { return string(e) }

// badCell is the fault for a cell, in a column from 0 of the last row, that cannot be written.
func (w *writer) badCell(column int, why error) error {
	return grid.BadCell(w.names.all[len(w.names.all)-1], w.row-1, column, "Row %d, column %d (%s%d): %v", w.row, column+1, grid.ColumnName(column), w.row, why)
}

// appendCell appends what follows the reference in the element of a cell.
func appendCell(b []byte, t data.Token, style byte) ([]byte, error) {
	switch {
	case t.Kind == data.Bool && t.Text[0] == 't':
		return append(appendStyle(b, style), ` t="b"><v>1</v></c>`...), nil
	case t.Kind == data.Bool:
		return append(appendStyle(b, style), ` t="b"><v>0</v></c>`...), nil
	case t.Kind == data.Number && staysNumber(t.Text):
		b = append(appendStyle(b, style), `><v>`...)
		return append(append(b, t.Text...), `</v></c>`...), nil
	}
	if style == stylePlain && bytes.IndexByte(t.Text, '\n') >= 0 {
		style = styleLines
	}
	if len(t.Text) > maxText && units(t.Text) > maxText {
		return b, cellError(fmt.Sprintf("The text has %d UTF-16 units; a cell holds at most %d.", units(t.Text), maxText))
	}
	b = append(appendStyle(b, style), ` t="inlineStr"><is><t xml:space="preserve">`...)
	b, err := appendText(b, t.Text)
	return append(b, `</t></is></c>`...), err
}

func appendStyle(b []byte, style byte) []byte {
	if style == stylePlain {
		return append(b, '"')
	}
	return append(append(b, `" s="`...), style, '"')
}

// units counts UTF-16 code units.
func units(text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case c < 0x80 || c >= 0xC0 && c < 0xF0:
			n++
		case c >= 0xF0:
			n += 2
		}
	}
	return n
}

// staysNumber reports whether a number of JSON has at most 15 significant digits and is the
// text that its double prints as, so that it comes back from programs that have only the double. The
// printing is that of ECMAScript (Number::toString).
func staysNumber(text []byte) bool {
	digits, point := 0, false
	for _, c := range text {
		switch {
		case c >= '1' && c <= '9' || c == '0' && digits > 0:
			digits++
		case c == '.':
			point = true
		case c == 'e' || c == 'E':
			return digits <= maxDigits && printsAs(text)
		}
	}
	switch {
	case digits > maxDigits:
		return false
	case point: // 15 digits come back from each double; 0.0000001 would as 1e-7
		small := bytes.TrimPrefix(text, []byte{'-'})
		return text[len(text)-1] != '0' && !bytes.HasPrefix(small, []byte("0.000000"))
	default:
		return text[0] != '-' || digits > 0 // -0 would come back as 0
	}
}

// printsAs reports whether a number with an exponent is as ECMAScript prints it.
func printsAs(text []byte) bool {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return false
	}
	var room [32]byte
	printed := strconv.AppendFloat(room[:0], f, 'e', -1, 64)
	at := bytes.IndexByte(printed, 'e')
	exponent, err := strconv.Atoi(string(printed[at+1:]))
	if err != nil || exponent >= -6 && exponent <= 20 {
		return false // printed without an exponent
	}
	return string(text) == fmt.Sprintf("%se%+d", printed[:at], exponent)
}
