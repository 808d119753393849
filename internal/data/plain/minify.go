// Package plain makes plain text shorter without changing its words.
package plain

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// Minify writes the text of in with one space where it has several, without any at the beginning
// and the end of lines, with at most one blank line at once, and none at the beginning and the end;
// the last line has no break. Spaces are the space, the tab, and the vertical tab and form feed;
// others, for instance those that do not break, are characters like any. Lines end at LF, CR
// LF or CR, and LF is written. It streams. It fails with Invalid INVALID_ENCODING, which has line and
// column, and with the errors of in and out, wrapped.
func Minify(in io.Reader, out io.Writer, _ *data.Options) error {
	var m minifier
	return text.Convert(in, out, "Text", func(to, block []byte, _ bool) ([]byte, error) {
		m.made = to
		m.take(block)
		return m.made, nil
	})
}

// A minifier knows what lies between the last word and the next.
type minifier struct {
	made   []byte
	begun  bool // there was a word
	space  bool // behind the last word or break
	breaks int  // of lines, behind the last word
	cr     bool // the last byte was one: an LF belongs to it
}

func (m *minifier) take(block []byte) {
	for len(block) > 0 {
		n := 0
		for n < len(block) && !spaces[block[n]] {
			n++
		}
		if n > 0 {
			m.gap()
			m.made = append(m.made, block[:n]...)
			block = block[n:]
			continue
		}
		switch c := block[0]; {
		case c == '\n' && m.cr:
			m.cr = false
		case c == '\n' || c == '\r':
			m.breaks, m.space, m.cr = m.breaks+1, false, c == '\r'
		default:
			m.space, m.cr = true, false
		}
		block = block[1:]
	}
}

// gap writes what stands before a word.
func (m *minifier) gap() {
	switch {
	case !m.begun:
	case m.breaks > 1:
		m.made = append(m.made, '\n', '\n')
	case m.breaks == 1:
		m.made = append(m.made, '\n')
	case m.space:
		m.made = append(m.made, ' ')
	}
	m.begun, m.space, m.breaks, m.cr = true, false, 0, false
}

// spaces are what may stand between words.
var spaces = [256]bool{' ': true, '\t': true, '\v': true, '\f': true, '\r': true, '\n': true}
