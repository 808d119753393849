package lexis

import (
	"strings"
	"unicode/utf8"

	"claimcheck/internal/data"
)

// Format is what messages call the format.
const Format = "JavaScript"

// A Lexer cuts a text into tokens, one at a time: what a / or a } is only the parser knows.
type Lexer struct {
	Src     string
	Module  bool
	At      int   // behind the token
	Tok     Token // the one that is next to be consumed
	Escaped bool  // it has an escape, where it is a name
	Octal   int   // where it has what strict code may not have, in numbers and strings; -1: nowhere
	Bad     int   // where a template has no escape; -1: nowhere

	Lines int // before it
	Fresh bool
}

// A Stop ends the parser: the text is no JavaScript.
type Stop struct{ Err error }

// Fail ends the parser with what is wrong at a byte.
func (l *Lexer) Fail(at int, reason string, args ...any) {
	p := data.Start.After([]byte(l.Src[:min(at, len(l.Src))]))
	panic(Stop{data.Invalid(Format, p, reason, args...)})
}

// Rune decodes the character at a byte; -1 at the end.
func (l *Lexer) Rune(at int) (r rune, size int) {
	if at >= len(l.Src) {
		return -1, 0
	}
	if c := l.Src[at]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(l.Src[at:])
}

// ByteAt is a byte, 0 behind the end.
func (l *Lexer) ByteAt(at int) byte {
	if at < len(l.Src) {
		return l.Src[at]
	}
	return 0
}

// Gap goes over white space and comments from a byte; it returns where they end and how many
// lines do in them. started says that no token is before on the line.
func (l *Lexer) Gap(at int, started bool) (end, lines int) {
	for at < len(l.Src) {
		switch c := l.Src[at]; {
		case c == ' ' || c == '\t':
			at++
		case c == '\n':
			at++
			lines++
		case c == '/' || c == '<' || c == '-':
			next, broken := l.Comment(at, started || lines > 0)
			if next == at {
				return at, lines
			}
			at = next
			if broken {
				lines++
			}
		case c == '\r':
			if at++; l.ByteAt(at) != '\n' {
				lines++
			}
		case c > ' ' && c < utf8.RuneSelf:
			return at, lines
		default:
			r, size := l.Rune(at)
			switch {
			case IsBreak(r):
				lines++
			case !IsSpace(r):
				return at, lines
			}
			at += size
		}
	}
	return at, lines
}

// Comment goes over the comment that begins at a byte, if one does; broken says that it has
// a line break in it.
func (l *Lexer) Comment(at int, lineStart bool) (end int, broken bool) {
	rest := l.Src[at:]
	switch {
	case strings.HasPrefix(rest, "//"), !l.Module && strings.HasPrefix(rest, "<!--"), !l.Module && lineStart && strings.HasPrefix(rest, "-->"):
		return l.LineEnd(at), false
	case strings.HasPrefix(rest, "/*"):
		n := strings.Index(rest[2:], "*/")
		if n < 0 {
			l.Fail(len(l.Src), "Expected */ to end the comment that begins in %s, but the input ends.", l.where(at))
		}
		return at + n + 4, strings.ContainsAny(rest[:n+2], "\n\r\u2028\u2029")
	default:
		return at, false
	}
}

// LineEnd is where the line of a byte ends.
func (l *Lexer) LineEnd(at int) int {
	const firstOfSeparators = 0xE2 // the first byte of U+2028 and U+2029
	for ; at < len(l.Src); at++ {
		switch l.Src[at] {
		case '\n', '\r':
			return at
		case firstOfSeparators:
			if r, _ := l.Rune(at); IsBreak(r) {
				return at
			}
		}
	}
	return at
}

// where is the position of a byte.
func (l *Lexer) where(at int) data.Position { return data.Start.After([]byte(l.Src[:at])) }

// Scan reads the next token.
func (l *Lexer) Scan() {
	start, lines := l.Gap(l.At, l.At == 0 || l.Fresh)
	l.Fresh = false
	l.Lines, l.Escaped, l.Octal = lines, false, -1
	l.At = start
	l.Tok = Token{Start: uint32(start), Lines: uint8(min(lines, 2))} //nolint:gosec // an input is shorter than 4 GiB
	l.Tok.Kind = l.token()
	l.Tok.End = uint32(l.At) //nolint:gosec // an input is shorter than 4 GiB
}

// token goes over a token.
func (l *Lexer) token() Kind {
	if l.At >= len(l.Src) {
		return EOF
	}
	c := l.Src[l.At]
	switch {
	case IsNameByte[c] && (c < '0' || c > '9'), c >= utf8.RuneSelf, c == '\\':
		return l.word()
	case c >= '0' && c <= '9', c == '.' && isDigit(l.ByteAt(l.At+1)):
		return l.number()
	}
	switch c {
	case '"', '\'':
		return l.string(c)
	case '`':
		l.At++
		return l.Template()
	case '#':
		start := l.At
		if l.At++; l.At < len(l.Src) {
			if r, _ := l.Rune(l.At); IsNameStart(r) || r == '\\' {
				l.word()
				return Private
			}
		}
		l.Fail(start, "A # must begin a private name.")
	}
	return l.punctuator(c)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// word goes over a name or keyword.
func (l *Lexer) word() Kind {
	start := l.At
	for l.At < len(l.Src) {
		c := l.Src[l.At]
		if IsNameByte[c] {
			l.At++
			continue
		}
		if c < utf8.RuneSelf && c != '\\' {
			break
		}
		r, size := l.Rune(l.At)
		at := l.At
		if c == '\\' {
			r, size = l.NameEscape()
		}
		if ok := IsNamePart(r) && (at > start || IsNameStart(r)); !ok {
			if c != '\\' && at > start {
				break
			}
			l.Fail(at, "This character cannot be in a name.")
		}
		l.At = at + size
	}
	if k, ok := Keywords[l.Src[start:l.At]]; ok {
		return k
	}
	return Name
}

// NameEscape reads \u0061 or \u{61} in a name.
func (l *Lexer) NameEscape() (r rune, size int) {
	l.Escaped = true
	at := l.At
	if l.ByteAt(at+1) != 'u' {
		l.Fail(at, "Expected an escape of Unicode (\\u0061 or \\u{61}).")
	}
	r, end := l.CodePoint(at + 2)
	if end < 0 {
		l.Fail(at, "Expected an escape of Unicode (\\u0061 or \\u{61}).")
	}
	return r, end - at
}

// CodePoint reads what is behind \u: four digits, or more in braces; end is -1 where it is not
// that.
func (l *Lexer) CodePoint(at int) (r rune, end int) {
	if l.ByteAt(at) != '{' {
		for n := range 4 {
			d := hexDigit(l.ByteAt(at + n))
			if d < 0 {
				return 0, -1
			}
			r = r<<4 | rune(d) //nolint:gosec // a digit
		}
		return r, at + 4
	}
	first := at + 1
	for at = first; hexDigit(l.ByteAt(at)) >= 0; at++ {
		if r = r<<4 | rune(hexDigit(l.Src[at])); r > utf8.MaxRune { //nolint:gosec // a digit
			return 0, -1
		}
	}
	if at == first || l.ByteAt(at) != '}' {
		return 0, -1
	}
	return r, at + 1
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	default:
		return -1
	}
}
