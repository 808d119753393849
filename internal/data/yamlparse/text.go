package yamlparse

import (
	"bytes"
	"unicode/utf8"
)

// View is what a scalar says, in the source itself where it stands there as it is.
func (e *Event) View(src []byte) []byte {
	switch {
	case e.Multi || e.Style == Literal || e.Style == Folded:
	case e.Style == Plain:
		return src[e.Start:e.End]
	case e.Style == SingleQuoted && bytes.IndexByte(src[e.Start+1:e.End-1], '\'') < 0,
		e.Style == DoubleQuoted && bytes.IndexByte(src[e.Start+1:e.End-1], '\\') < 0:
		return src[e.Start+1 : e.End-1]
	}
	return e.Text(nil, src)
}

// Text appends what a scalar says.
func (e *Event) Text(to, src []byte) []byte {
	switch {
	case e.Style == Literal || e.Style == Folded:
		return blockText(to, src, e)
	case e.Empty():
		return to
	case e.Style == Plain && !e.Multi:
		return append(to, src[e.Start:e.End]...)
	case e.Style == Plain:
		return foldedText(to, src[e.Start:e.End], 0)
	case e.Style == SingleQuoted:
		return foldedText(to, src[e.Start+1:e.End-1], '\'')
	default:
		return foldedText(to, src[e.Start+1:e.End-1], '"')
	}
}

// foldedText appends a plain or quoted scalar without its quotes.
func foldedText(to, s []byte, quote byte) []byte {
	kept := len(to) // what is no space that a line break takes away
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' || c == '\r':
			to, i = foldLines(to[:kept], s, i)
			kept = len(to)
		case c == ' ' || c == '\t':
			to = append(to, c)
		case c == '\'' && quote == '\'':
			i++
			to = append(to, c)
			kept = len(to)
		case c == '\\' && quote == '"':
			var n int
			to, n = unescape(to, s[i:])
			i += n - 1
			kept = len(to)
		default:
			to = append(to, c)
			kept = len(to)
		}
	}
	return to
}

// foldLines appends what the line break at i and the empty lines behind it are. It returns where
// the last of them, with the spaces behind it, ends, less 1.
func foldLines(to, s []byte, i int) ([]byte, int) {
	breaks := 0
	for i < len(s) {
		switch c := s[i]; {
		case c == '\n' || c == '\r':
			breaks++
			i = lineAfter(s, i)
			continue
		case Space(c):
			i++
			continue
		}
		break
	}
	if breaks == 1 {
		to = append(to, ' ')
	}
	for ; breaks > 1; breaks-- {
		to = append(to, '\n')
	}
	return to, i - 1
}

// escapes are those of one character.
var escapes = [256]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// unescape appends what the escape at the beginning of s says, and returns its length.
func unescape(to, s []byte) ([]byte, int) {
	switch c := s[1]; c {
	case '\n', '\r':
		i := lineAfter(s, 1)
		for i < len(s) && (Space(s[i]) || LineEnd(s[i])) {
			if LineEnd(s[i]) {
				to = append(to, '\n')
				i = lineAfter(s, i)
				continue
			}
			i++
		}
		return to, i
	case 'x', 'u', 'U':
		r, n, _ := CodePoint(s)
		return utf8.AppendRune(to, r), n
	default:
		return append(to, escapes[c]...), 2
	}
}

// blockText appends what a block scalar says.
func blockText(to, src []byte, e *Event) []byte {
	body := src[e.Body.Start:e.Body.End]
	begin, breaks := len(to), 0
	more := true // the line before is indented more than the text, or there is none
	for len(body) > 0 {
		line, rest, ended := CutLine(body)
		body = rest
		ended = ended || Leading(line) == len(line)
		line = line[min(e.Indent, Leading(line)):]
		if len(line) == 0 {
			if ended {
				breaks++
			}
			continue
		}
		indented := Space(line[0])
		switch {
		case e.Style == Literal || indented || more || breaks == 0:
			to = append(to, bytes.Repeat([]byte{'\n'}, breaks)...)
		case breaks == 1:
			to = append(to, ' ')
		default:
			to = append(to, bytes.Repeat([]byte{'\n'}, breaks-1)...)
		}
		more = indented
		to = append(to, line...)
		breaks = 0
		if ended {
			breaks = 1
		}
	}
	switch {
	case e.Chomp == '-':
	case e.Chomp == '+':
		to = append(to, bytes.Repeat([]byte{'\n'}, breaks)...)
	case len(to) > begin && breaks > 0:
		to = append(to, '\n')
	}
	return to
}

// CutLine cuts a line off, and reports whether it has its end.
func CutLine(s []byte) (line, rest []byte, ended bool) {
	i := bytes.IndexAny(s, "\r\n")
	if i < 0 {
		return s, nil, false
	}
	return s[:i], s[lineAfter(s, i):], true
}

// Leading counts the spaces at the beginning of a line.
func Leading(line []byte) int {
	n := 0
	for n < len(line) && line[n] == ' ' {
		n++
	}
	return n
}
