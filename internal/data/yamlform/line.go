package yamlform

import (
	"bytes"
	"io"

	"claimcheck/internal/data/yamlparse"
)

// lineOut writes lines of YAML. Line breaks and spaces are written when something follows them.
type lineOut struct {
	out io.Writer
	buf []byte
	err error

	begun  bool // something is written
	fresh  bool // nothing stands on this line but its indentation
	column int  // where this line begins
	full   bool // nothing may follow on this line
	space  bool // a space is due
	ends   bool // the last line ends with a line break whatever follows
}

// outBytes are written at once.
const outBytes = 32 << 10

func (w *lineOut) flush() error {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.out.Write(w.buf)
	}
	w.buf = w.buf[:0]
	return w.err
}

// newline begins a line, if this one is not empty.
func (w *lineOut) newline(column int) {
	if len(w.buf) > outBytes {
		_ = w.flush()
	}
	if w.begun {
		w.buf = append(w.buf, '\n')
	}
	w.indent(column)
	w.fresh, w.full, w.space, w.ends = true, false, false, false
	w.column = column
}

// emptyLine ends this line and leaves one empty.
func (w *lineOut) emptyLine() {
	if w.begun {
		w.buf = append(w.buf, '\n')
	}
}

const manySpaces = "                                                                "

func (w *lineOut) indent(n int) {
	for ; n > len(manySpaces); n -= len(manySpaces) {
		w.buf = append(w.buf, manySpaces...)
	}
	w.buf = append(w.buf, manySpaces[:n]...)
}

// put writes something on this line, or on a new one if this is full.
func (w *lineOut) put(column int, text ...byte) {
	if w.full {
		w.newline(column)
	}
	if len(w.buf) > outBytes {
		_ = w.flush()
	}
	if w.space {
		w.buf = append(w.buf, ' ')
	}
	w.buf = append(w.buf, text...)
	w.begun, w.fresh, w.space = true, false, false
}

// end writes what is left.
func (w *lineOut) end() error {
	if w.ends {
		w.buf = append(w.buf, '\n')
	}
	return w.flush()
}

// emptyLineIn reports whether an empty line is in a part of the source.
func emptyLineIn(s []byte) bool {
	for i := bytes.IndexByte(s, '\n'); i >= 0; {
		j := i + 1
		for j < len(s) && (yamlparse.Space(s[j]) || s[j] == '\r') {
			j++
		}
		if j < len(s) && s[j] == '\n' {
			return true
		}
		next := bytes.IndexByte(s[j:], '\n')
		if next < 0 {
			return false
		}
		i = j + next
	}
	return false
}

// breakIn reports whether a line ends in a part of the source.
func breakIn(s []byte) bool { return bytes.IndexByte(s, '\n') >= 0 || bytes.IndexByte(s, '\r') >= 0 }
