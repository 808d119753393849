package yamlform

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"claimcheck/internal/data/yamlparse"
)

// scalar writes a scalar as it stands in the source.
func (l *layout) scalar(e *yamlparse.Event, column, parent int) {
	switch {
	case e.Style == yamlparse.Literal || e.Style == yamlparse.Folded:
		l.blockScalar(e, column, parent)
		return
	case e.Empty():
		return
	case e.Style == yamlparse.Plain && l.column == 0 && (l.fresh || !l.begun) && likeMarker(l.src[e.Start:e.End]):
		l.comments(e.Start, column)
		l.put(column)
		l.buf = appendSingle(l.buf, e.Text(nil, l.src))
	case !e.Multi:
		l.comments(e.Start, column)
		l.put(column)
		l.buf = portable(l.buf, e, l.src[e.Start:e.End])
	default:
		l.comments(e.Start, column)
		l.put(column)
		for rest, first := l.src[e.Start:e.End], true; ; first = false {
			line, more, ended := yamlparse.CutLine(rest)
			rest = more
			if !first {
				if line = bytes.TrimLeft(line, " \t"); len(trimRight(line)) > 0 || !ended {
					l.indent(column)
				}
			}
			if ended {
				line = trimRight(line)
			}
			l.buf = portable(l.buf, e, line)
			if !ended {
				break
			}
			l.buf = append(l.buf, '\n')
		}
	}
	l.last = e.End
	l.closed = l.closed[:0]
}

// likeMarker reports whether a plain scalar would be a document's marker at the beginning of a line.
func likeMarker(s []byte) bool {
	return len(s) > 2 && (string(s[:3]) == "---" || string(s[:3]) == "...") && (len(s) == 3 || yamlparse.Space(s[3]) || yamlparse.LineEnd(s[3]))
}

// appendSingle appends a text in quotes: single ones, unless it has line breaks.
func appendSingle(to, s []byte) []byte {
	if bytes.IndexByte(s, '\n') >= 0 {
		return appendQuoted(to, s)
	}
	to = append(to, '\'')
	to = append(to, bytes.ReplaceAll(s, []byte{'\''}, []byte("''"))...)
	return append(to, '\'')
}

// trimRight takes the spaces away that a line break ends, but for one that is escaped.
func trimRight(line []byte) []byte {
	t := bytes.TrimRight(line, " \t")
	slashes := len(t) - len(bytes.TrimRight(t, `\`))
	if slashes%2 == 1 && len(t) < len(line) {
		return line[:len(t)+1]
	}
	return t
}

// portable appends a part of a scalar. In double quotes it writes as escapes what some
// readers take for line breaks, and one escape for two that are one character.
func portable(to []byte, e *yamlparse.Event, s []byte) []byte {
	if e.Style != yamlparse.DoubleQuoted || bytes.IndexByte(s, '\\') < 0 && bytes.IndexByte(s, 0xC2) < 0 && bytes.IndexByte(s, 0xE2) < 0 {
		return append(to, s...)
	}
	for i := 0; i < len(s); {
		n := 1
		switch {
		case s[i] == '\\' && i+1 < len(s):
			n = 2
			if s[i+1] == 'u' || s[i+1] == 'x' || s[i+1] == 'U' {
				var r rune
				if r, n, _ = yamlparse.CodePoint(s[i:]); n == 12 {
					to = fmt.Appendf(to, `\U%08X`, r)
					i += n
					continue
				}
			}
		case yamlparse.LineBreakAt(s, i) > 0:
			r, n := utf8.DecodeRune(s[i:])
			to = append(to, '\\', map[rune]byte{0x85: 'N', 0x2028: 'L', 0x2029: 'P'}[r])
			i += n
			continue
		}
		to = append(to, s[i:i+n]...)
		i += n
	}
	return to
}

// maxIndicator is the widest indentation that the indicator of a block scalar can say.
const maxIndicator = 9

// blockScalar writes a block scalar, its lines at a column.
func (l *layout) blockScalar(e *yamlparse.Event, column, parent int) {
	said := bytes.ContainsAny(l.src[e.Start:e.End], "123456789")
	digit := needsDigit(l.src[e.Body.Start:e.Body.End], e.Indent, said && parent < 0)
	parent = max(parent, 0)
	if digit && column-parent > maxIndicator {
		column = parent + 2
	}
	l.comments(e.Start, column)
	l.put(column, l.src[e.Start])
	if digit {
		l.buf = strconv.AppendInt(l.buf, int64(column-parent), 10)
	}
	if e.Chomp != 0 {
		l.buf = append(l.buf, e.Chomp)
	}
	l.last = e.End
	l.comments(e.Body.Start, column)
	l.full, l.last = true, e.Body.Start
	l.closed = l.closed[:0]
	empty, filled := 0, false
	for at := e.Body.Start; at < e.Body.End; {
		line, rest, ended := yamlparse.CutLine(l.src[at:e.Body.End])
		start := at
		at = e.Body.End - len(rest)
		ended = ended || yamlparse.Leading(line) == len(line)
		cut := line[min(e.Indent, yamlparse.Leading(line)):]
		if len(cut) == 0 {
			empty++
			continue
		}
		for ; empty > 0; empty-- {
			l.buf = append(l.buf, '\n')
		}
		l.newline(column)
		l.buf = append(l.buf, cut...)
		filled, l.ends, l.last = true, ended && e.Chomp != '-', start+len(line)
	}
	if e.Chomp == '+' {
		for ; empty > 0; empty-- {
			l.buf = append(l.buf, '\n')
			l.ends = true
		}
		l.last = e.Body.End
	} else if !filled {
		l.last = max(l.last, e.Body.End-1)
	}
	l.full, l.fresh = true, false
}

// needsDigit reports whether the indentation of lines cannot be seen at their first; what
// it is where there are none is for the caller to say.
func needsDigit(body []byte, indent int, none bool) bool {
	for len(body) > 0 {
		line, rest, _ := yamlparse.CutLine(body)
		if cut := line[min(indent, yamlparse.Leading(line)):]; len(cut) > 0 {
			return cut[0] == ' '
		}
		body = rest
	}
	return none
}
