package cssform

import (
	"bytes"

	"claimcheck/internal/data"
)

// A kind of token, as CSS Syntax 3 names them.
type kind uint8

const (
	space kind = iota
	comment
	ident
	function // its name and the parenthesis
	atKeyword
	hash
	str
	url // without quotes, whole; a bad one too
	number
	percentage
	dimension
	cdo
	cdc
	colon
	semicolon
	comma
	openBracket // ( [ {
	closeBracket
	delim
	end
)

// A token is a part of the source.
type token struct {
	kind       kind
	start, end int32
}

// A lexer tells the tokens of a source.
type lexer struct {
	src []byte
	pos int
}

// fail is the fault for what is at a byte of the source.
func (l *lexer) fail(at int, reason string, args ...any) error {
	return data.Invalid("CSS", data.Start.After(l.src[:at]), reason, args...)
}

// class tells what a byte can be in.
var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80:
			t[c] = isName | isNameStart
		case c >= '0' && c <= '9':
			t[c] = isName | isDigit
		case c == '-':
			t[c] = isName
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			t[c] = isSpace
		}
	}
	return t
}()

const (
	isName uint8 = 1 << iota
	isNameStart
	isDigit
	isSpace
)

// at is the byte n behind the position, 0x1F (which begins nothing) behind the end.
func (l *lexer) at(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return nothing
}

const nothing = 0x1F

func newline(c byte) bool { return c == '\n' || c == '\r' || c == '\f' }

// escape reports whether a valid escape begins n behind the position.
func (l *lexer) escape(n int) bool {
	return l.at(n) == '\\' && l.pos+n+1 < len(l.src) && !newline(l.src[l.pos+n+1])
}

// identAt reports whether an identifier begins n behind the position.
func (l *lexer) identAt(n int) bool {
	if l.at(n) == '-' {
		return class[l.at(n+1)]&isNameStart != 0 || l.at(n+1) == '-' || l.escape(n+1)
	}
	return class[l.at(n)]&isNameStart != 0 || l.escape(n)
}

// next returns the next token; that of the end has no bytes.
func (l *lexer) next() (token, error) {
	start := l.pos
	k, err := l.scan()
	return token{k, int32(start), int32(l.pos)}, err //nolint:gosec // an input is smaller than MaxBytes
}

// punctuation are tokens of one byte.
var punctuation = [256]kind{
	':': colon, ';': semicolon, ',': comma, '(': openBracket, '[': openBracket, '{': openBracket, ')': closeBracket, ']': closeBracket, '}': closeBracket,
}

func (l *lexer) scan() (kind, error) {
	if l.pos >= len(l.src) {
		return end, nil
	}
	c := l.src[l.pos]
	switch {
	case class[c]&isSpace != 0:
		for l.pos++; l.pos < len(l.src) && class[l.src[l.pos]]&isSpace != 0; l.pos++ {
		}
		return space, nil
	case l.identAt(0):
		if c == '-' && l.at(1) == '-' && l.at(2) == '>' {
			l.pos += 3
			return cdc, nil
		}
		return l.identLike()
	case l.numberAt():
		return l.numeric(), nil
	case punctuation[c] != 0:
		l.pos++
		return punctuation[c], nil
	case c == '"' || c == '\'':
		return str, l.str(c)
	default:
		return l.rare(c)
	}
}

// rare scans what begins with one of / # @ < and what is a token by itself.
func (l *lexer) rare(c byte) (kind, error) {
	switch {
	case c == '/' && l.at(1) == '*':
		n := bytes.Index(l.src[l.pos+2:], []byte("*/"))
		if n < 0 {
			l.pos = len(l.src)
			return comment, l.fail(l.pos, "Expected */ to end the comment, but the input ends.")
		}
		l.pos += n + 4
		return comment, nil
	case c == '#' && (class[l.at(1)]&isName != 0 || l.escape(1)):
		l.pos++
		l.name()
		return hash, nil
	case c == '@' && l.identAt(1):
		l.pos++
		l.name()
		return atKeyword, nil
	case c == '<' && l.at(1) == '!' && l.at(2) == '-' && l.at(3) == '-':
		l.pos += 4
		return cdo, nil
	case c == '\\': // no escape: CSS Syntax 3 has it stand by itself, but what is written behind it would be escaped
		l.pos++
		if l.pos == len(l.src) {
			return delim, l.fail(l.pos, "Expected a character after \\, but the input ends.")
		}
		return delim, l.fail(l.pos, "Expected a character after \\, but the line ends.")
	}
	l.pos++
	return delim, nil
}

// name passes over the characters of a name.
func (l *lexer) name() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case class[c]&isName != 0:
			l.pos++
		case c == '\\' && l.escape(0):
			l.escaped()
		default:
			return
		}
	}
}

func hex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// escaped passes over an escape, and the white space that ends one of digits.
func (l *lexer) escaped() {
	l.pos++
	if !hex(l.src[l.pos]) {
		l.pos++ // the other bytes of a character are of the name
		return
	}
	for n := 0; n < 6 && hex(l.at(0)); n++ {
		l.pos++
	}
	if l.at(0) == '\r' && l.at(1) == '\n' {
		l.pos++
	}
	if class[l.at(0)]&isSpace != 0 {
		l.pos++
	}
}

// identLike scans an identifier, a function or an address.
func (l *lexer) identLike() (kind, error) {
	start := l.pos
	l.name()
	if l.at(0) != '(' {
		return ident, nil
	}
	name := l.src[start:l.pos]
	l.pos++
	if len(name) != len("url") || !bytes.EqualFold(name, []byte("url")) {
		return function, nil
	}
	n := 0
	for class[l.at(n)]&isSpace != 0 {
		n++
	}
	if c := l.at(n); c == '"' || c == '\'' {
		return function, nil
	}
	for l.pos < len(l.src) { // what is no address ends there too
		switch c := l.src[l.pos]; {
		case c == ')':
			l.pos++
			return url, nil
		case c == '\\' && l.escape(0):
			l.pos++
		}
		l.pos++
	}
	l.pos = len(l.src)
	return url, l.fail(l.pos, "Expected ) to end the address, but the input ends.")
}

// str passes over a string.
func (l *lexer) str(quote byte) error {
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == quote:
			l.pos++
			return nil
		case newline(c):
			return l.fail(l.pos, "Expected %c to end the string, but the line ends.", quote)
		case c == '\\':
			l.pos++
			if l.at(0) == '\r' && l.at(1) == '\n' {
				l.pos++
			}
		}
	}
	l.pos = len(l.src)
	return l.fail(l.pos, "Expected %c to end the string, but the input ends.", quote)
}

// numberAt reports whether a number begins at the position.
func (l *lexer) numberAt() bool {
	n := 0
	if c := l.at(0); c == '+' || c == '-' {
		n = 1
	}
	if l.at(n) == '.' {
		n++
	}
	return class[l.at(n)]&isDigit != 0
}

// numeric scans a number and its unit.
func (l *lexer) numeric() kind {
	if c := l.at(0); c == '+' || c == '-' {
		l.pos++
	}
	l.digits()
	if l.at(0) == '.' && class[l.at(1)]&isDigit != 0 {
		l.pos++
		l.digits()
	}
	if l.at(0)|0x20 == 'e' {
		n := 1
		if c := l.at(1); c == '+' || c == '-' {
			n = 2
		}
		if class[l.at(n)]&isDigit != 0 {
			l.pos += n
			l.digits()
		}
	}
	if l.identAt(0) {
		l.name()
		return dimension
	}
	if l.at(0) == '%' {
		l.pos++
		return percentage
	}
	return number
}

func (l *lexer) digits() {
	for class[l.at(0)]&isDigit != 0 {
		l.pos++
	}
}
