package xmlform

import (
	"bytes"

	"claimcheck/internal/data/xmlform/scan"
)

// maxSpare is the room in bytes that an element leaves to the next one at its depth.
const maxSpare = 4 << 10

// spare is a buffer without what is in it, if it is small.
func spare(b []byte) []byte {
	if cap(b) > maxSpare {
		return nil
	}
	return b[:0]
}

// text adds text to the innermost element.
func (r *reader) text() error {
	n := len(r.open) - 1
	if n == 0 { // white space outside the root element
		return nil
	}
	e := &r.open[n]
	before := len(e.text)
	switch {
	case r.Kind == scan.CDATA:
		e.text = appendLines(e.text, r.Data, r.Plain)
		e.keepFrom(before)
	case r.Plain:
		e.text = append(e.text, r.Raw...)
	default:
		e.append(r.Raw)
	}
	r.waitingText += len(e.text) - before
	return r.limit()
}

// append adds text as it is in the document.
func (e *element) append(source []byte) {
	for {
		i := bytes.IndexByte(source, '&')
		if i < 0 {
			e.text = appendLines(e.text, source, false)
			return
		}
		e.text = appendLines(e.text, source[:i], false)
		before := len(e.text)
		n := i + bytes.IndexByte(source[i:], ';')
		e.text = scan.AppendReferred(e.text, source[i+1:n])
		e.keepFrom(before)
		source = source[n+1:]
	}
}

// keepFrom marks the end of the text as what is no layout, be it white space or not.
func (e *element) keepFrom(at int) {
	if len(e.text) == at {
		return
	}
	if e.to == 0 {
		e.from = at
	}
	e.to = len(e.text)
}

// trimmed is the text without the white space that is layout. In an element with children it
// is layout even where white space is kept, if there is nothing else.
func (e *element) trimmed(children bool) []byte {
	from, to := 0, len(e.text)
	for from < to && scan.IsSpace(e.text[from]) && (e.to == 0 || from < e.from) {
		from++
	}
	for to > from && scan.IsSpace(e.text[to-1]) && to > e.to {
		to--
	}
	if e.keep && (from < to || !children) {
		return e.text
	}
	return e.text[from:to]
}

// appendLines appends text whose line breaks become one line feed each.
func appendLines(to, text []byte, plain bool) []byte {
	for !plain {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			break
		}
		to = append(append(to, text[:i]...), '\n')
		text = bytes.TrimPrefix(text[i+1:], []byte("\n"))
	}
	return append(to, text...)
}
