// Package caret shows where an input is wrong: the line, and a caret below the
// column. It reads the input as it comes and keeps only what is shown, so that
// neither the input nor its lines need to fit into memory.
package caret

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"claimcheck/internal/foreign"
)

const (
	tabStop    = 8
	minColumns = 20 // are shown of a line on the narrowest terminal
	cut        = "…"
)

// widths are those of most terminals, whatever the locale of this process says.
var widths = &runewidth.Condition{StrictEmojiNeutral: true}

// Show returns the line of the input in which a place is, with its number, and
// below it a line with a caret under the column; neither is wider than columns of
// a terminal, nor ends in a line break. Lines end with \n and are counted from 1,
// as columns are, in characters (code points); a column behind the end is the
// end. It is false where the input has no such line, or cannot be read.
//
// What the input says is made harmless. Tabs are as wide as on a terminal; a
// combining character is shown with the one that it belongs to.
func Show(input io.Reader, line, column, columns int) (shown string, ok bool) {
	r := bufio.NewReaderSize(input, 64<<10)
	if line < 1 || !skip(r, line-1) {
		return "", false
	}
	number := fmt.Sprintf("%5d | ", line)
	room := max(columns-len(number), minColumns)
	w, err := look(r, max(column, 1), room)
	if err != nil {
		return "", false
	}
	text, indent := w.draw(room)
	gap := strings.Repeat(" ", len(number)-2) + "| "
	return strings.TrimRight(number+text, " ") + "\n" + gap + strings.Repeat(" ", indent) + "^", true
}

// skip reads lines; it is false if there are not as many.
func skip(r *bufio.Reader, lines int) bool {
	for lines > 0 {
		_, err := r.ReadSlice('\n')
		switch {
		case err == nil:
			lines--
		case !errors.Is(err, bufio.ErrBufferFull): // a long line goes on
			return false
		}
	}
	return true
}

// A piece is what one character is shown as, with those that combine with it; a
// tab is nothing else.
type piece struct {
	text string
	tab  bool
}

// A window is the part of a line around a place.
type window struct {
	pieces []piece
	at     int  // the index of the place; behind the last one at the end of the line
	cut    bool // the line begins earlier
	more   bool // the line goes on
}

// look reads the part of the line around a column: at most room pieces on each
// side.
func look(r *bufio.Reader, column, room int) (w window, err error) {
	w.at = -1
	for n := 1; ; n++ {
		p, end, err := next(r)
		if err != nil {
			return w, err
		}
		if end {
			break
		}
		if last := len(w.pieces) - 1; last >= 0 && !p.tab && !w.pieces[last].tab && widths.StringWidth(p.text) == 0 {
			if len(w.pieces[last].text) < 64 { // whoever heaps up more is not followed
				w.pieces[last].text += p.text
			}
		} else {
			w.pieces = append(w.pieces, p)
		}
		if n == column {
			w.at = len(w.pieces) - 1
		}
		if w.at < 0 && len(w.pieces) > 2*room {
			w.pieces = append(w.pieces[:0], w.pieces[room:]...)
			w.cut = true
		}
		if w.at >= 0 && len(w.pieces) > w.at+room {
			w.more = true
			break
		}
	}
	if w.at < 0 {
		w.at = len(w.pieces)
	}
	return w, nil
}

// next reads a character of the line.
func next(r *bufio.Reader) (p piece, end bool, err error) {
	c, size, err := r.ReadRune()
	switch {
	case errors.Is(err, io.EOF):
		return p, true, nil
	case err != nil:
		return p, false, err
	case c == '\n':
		return p, true, nil
	case c == '\r':
		if b, _ := r.Peek(1); len(b) == 0 || b[0] == '\n' { // the end of a line of Windows, or of the input
			return p, true, nil
		}
	case c == '\t':
		return piece{tab: true}, false, nil
	case c == utf8.RuneError && size == 1: // it is no character: show the byte
		if err := r.UnreadRune(); err != nil {
			return p, false, err
		}
		b, err := r.ReadByte()
		return piece{text: foreign.Text([]byte{b}).String()}, false, err
	}
	return piece{text: foreign.Text(string(c)).String()}, false, nil
}

// width is how many columns a piece takes that begins in this one.
func (p piece) width(column int) int {
	if p.tab {
		return tabStop - column%tabStop
	}
	return widths.StringWidth(p.text)
}

// draw lays out as much of the window as there is room for, most of it before the
// place, and returns in which column that is.
func (w *window) draw(room int) (text string, indent int) {
	first, before := w.at, 0
	for first > 0 && before+w.pieces[first-1].width(0) <= room*2/3 {
		first--
		before += w.pieces[first].width(0)
	}
	var b strings.Builder
	column := 0
	if w.cut || first > 0 {
		b.WriteString(cut)
		column = 1
	}
	for i := first; i < len(w.pieces); i++ {
		p := w.pieces[i]
		width := p.width(column)
		if i == w.at {
			indent = column
		}
		last := i == len(w.pieces)-1 && !w.more
		if i > w.at && (column+width > room || !last && column+width > room-1) {
			b.WriteString(cut)
			return b.String(), indent
		}
		if p.tab {
			b.WriteString(strings.Repeat(" ", width))
		} else {
			b.WriteString(p.text)
		}
		column += width
	}
	if w.more {
		b.WriteString(cut)
	}
	if w.at == len(w.pieces) {
		indent = column
	}
	return b.String(), indent
}
