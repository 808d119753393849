package lexis

import (
	"strings"
	"unicode/utf8"
)

// number goes over a number.
func (l *Lexer) number() Kind {
	start := l.At
	c, next := l.Src[l.At], l.ByteAt(l.At+1)|0x20
	switch {
	case c == '0' && next == 'x':
		l.radix(16)
	case c == '0' && next == 'o':
		l.radix(8)
	case c == '0' && next == 'b':
		l.radix(2)
	default:
		l.decimal(start)
	}
	if r, _ := l.Rune(l.At); r >= 0 && (IsNameStart(r) || isDigit(l.ByteAt(l.At)) || r == '\\') {
		l.Fail(l.At, "Expected the end of the number.")
	}
	return Num
}

// radix goes over 0x1F, 0o17 and 0b11.
func (l *Lexer) radix(base int) {
	l.At += 2
	l.digits(base)
	if l.ByteAt(l.At) == 'n' {
		l.At++
	}
}

// digits goes over digits, at least one, and the _ between them.
func (l *Lexer) digits(base int) {
	first := l.At
	for ; ; l.At++ {
		c := l.ByteAt(l.At)
		if c == '_' && l.At > first && l.Src[l.At-1] != '_' {
			continue
		}
		if d := hexDigit(c); d < 0 || d >= base {
			break
		}
	}
	if l.At == first || l.Src[l.At-1] == '_' {
		l.Fail(l.At, "Expected a digit.")
	}
}

// decimal goes over a number of the usual kind, and 010 and 08, which are old ones.
func (l *Lexer) decimal(start int) {
	switch {
	case l.Src[l.At] == '0' && (isDigit(l.ByteAt(l.At+1)) || l.ByteAt(l.At+1) == '_'):
		if octal := l.oldNumber(start); octal || l.ByteAt(l.At) == 'n' {
			return
		}
	case l.Src[l.At] != '.':
		if l.digits(10); l.ByteAt(l.At) == 'n' {
			l.At++
			return
		}
	}
	if l.ByteAt(l.At) == '.' {
		if l.At++; isDigit(l.ByteAt(l.At)) {
			l.digits(10)
		} else if l.ByteAt(l.At) == '_' {
			l.Fail(l.At, "Expected a digit.")
		}
	}
	if l.ByteAt(l.At)|0x20 == 'e' {
		if l.At++; l.ByteAt(l.At) == '+' || l.ByteAt(l.At) == '-' {
			l.At++
		}
		l.digits(10)
	}
}

// oldNumber goes over the digits of 010 and 08.
func (l *Lexer) oldNumber(start int) (octal bool) {
	octal = true
	for ; isDigit(l.ByteAt(l.At)); l.At++ {
		octal = octal && l.Src[l.At] < '8'
	}
	if l.Octal = start; l.ByteAt(l.At) == '_' {
		l.Fail(l.At, "A number that begins with 0 has no _.")
	}
	return octal
}

// string goes over a string.
func (l *Lexer) string(quote byte) Kind {
	start := l.At
	for l.At++; l.At < len(l.Src); {
		switch c := l.Src[l.At]; c {
		case quote:
			l.At++
			return Str
		case '\n', '\r':
			l.Fail(l.At, "Expected %c to end the string that begins in %s, but the line ends.", quote, l.where(start))
		case '\\':
			if bad := l.escape(false); bad >= 0 {
				l.Fail(bad, "This is no escape: a digit is missing, or there are too many.")
			}
		default:
			l.At++
		}
	}
	l.Fail(l.At, "Expected %c to end the string that begins in %s, but the input ends.", quote, l.where(start))
	return Str
}

// escape goes over an escape. It returns where it is none, or -1.
func (l *Lexer) escape(inTemplate bool) (bad int) {
	at := l.At
	c := l.ByteAt(at + 1)
	l.At += 2
	switch {
	case c == 'x':
		if hexDigit(l.ByteAt(at+2)) < 0 || hexDigit(l.ByteAt(at+3)) < 0 {
			return at
		}
		l.At += 2
	case c == 'u':
		_, end := l.CodePoint(at + 2)
		if end < 0 {
			return at
		}
		l.At = end
	case isDigit(c) && (c != '0' || isDigit(l.ByteAt(at+2))):
		if l.Octal < 0 {
			l.Octal = at
		}
		if inTemplate {
			return at
		}
	case c == '\r' && l.ByteAt(l.At) == '\n':
		l.At++
	case c >= utf8.RuneSelf:
		_, size := l.Rune(at + 1)
		l.At = at + 1 + size
	}
	l.At = min(l.At, len(l.Src))
	return -1
}

// Template goes over a template, or a piece of it, whose first character was passed.
func (l *Lexer) Template() Kind {
	start := l.At - 1
	l.Bad = -1
	for l.At < len(l.Src) {
		n := strings.IndexAny(l.Src[l.At:], "`$\\")
		if n < 0 {
			break
		}
		l.At += n
		switch l.Src[l.At] {
		case '`':
			l.At++
			return Tmpl
		case '$':
			if l.At++; l.ByteAt(l.At) == '{' {
				l.At++
				return Tmpl
			}
		case '\\':
			if bad := l.escape(true); bad >= 0 && l.Bad < 0 {
				l.Bad = bad
			}
		}
	}
	l.Fail(len(l.Src), "Expected ` to end the template of %s, but the input ends.", l.where(start))
	return Tmpl
}

// Regexp goes over a regular expression, whose first character the token is.
func (l *Lexer) Regexp() {
	start := int(l.Tok.Start)
	class := false
	for at := start + 1; ; {
		r, size := l.Rune(at)
		switch {
		case r < 0 || IsBreak(r):
			l.Fail(at, "Expected / to end the regular expression that begins in %s.", l.where(start))
		case r == '\\':
			if next, n := l.Rune(at + 1); next >= 0 && !IsBreak(next) {
				size += n
			}
		case r == '[':
			class = true
		case r == ']':
			class = false
		case r == '/' && !class:
			l.At = at + 1
			flags := l.At
			for r, size = l.Rune(l.At); r >= 0 && IsNamePart(r); r, size = l.Rune(l.At) {
				l.At += size
			}
			if r == '\\' {
				l.Fail(l.At, "Flags of a regular expression have no escapes.")
			}
			l.checkRegexp(start+1, at, l.Src[flags:l.At])
			l.Tok.Kind, l.Tok.End = Regex, uint32(l.At) //nolint:gosec // an input is shorter than 4 GiB
			return
		}
		at += size
	}
}

// operators are the marks by their first characters, the longest first.
var operators = [128][]struct {
	text string
	kind Kind
}{
	'.': {{"...", Ellipsis}, {".", Dot}},
	'=': {{"===", Equality}, {"==", Equality}, {"=>", Arrow}, {"=", Eq}},
	'!': {{"!==", Equality}, {"!=", Equality}, {"!", Bang}},
	'~': {{"~", Bang}},
	'+': {{"++", IncDec}, {"+=", Assign}, {"+", PlusMin}},
	'-': {{"--", IncDec}, {"-=", Assign}, {"-", PlusMin}},
	'*': {{"**=", Assign}, {"**", StarStar}, {"*=", Assign}, {"*", Star}},
	'/': {{"/=", Assign}, {"/", Slash}},
	'%': {{"%=", Assign}, {"%", Slash}},
	'<': {{"<<=", Assign}, {"<<", Shift}, {"<=", Relational}, {"<", Relational}},
	'>': {{">>>=", Assign}, {">>>", Shift}, {">>=", Assign}, {">>", Shift}, {">=", Relational}, {">", Relational}},
	'&': {{"&&=", LogicalAssign}, {"&&", LogicalAnd}, {"&=", Assign}, {"&", BitAnd}},
	'|': {{"||=", LogicalAssign}, {"||", LogicalOr}, {"|=", Assign}, {"|", BitOr}},
	'^': {{"^=", Assign}, {"^", BitXor}},
	'?': {{"??=", LogicalAssign}, {"??", Coalesce}, {"?.", QuestionDot}, {"?", Question}},
	'{': {{"{", BraceL}}, '}': {{"}", BraceR}}, '(': {{"(", ParenL}}, ')': {{")", ParenR}}, '[': {{"[", BracketL}}, ']': {{"]", BracketR}},
	';': {{";", Semi}}, ',': {{",", Comma}}, ':': {{":", Colon}},
}

// punctuator goes over a mark.
func (l *Lexer) punctuator(c byte) Kind {
	if c < utf8.RuneSelf {
		for _, o := range operators[c] {
			if strings.HasPrefix(l.Src[l.At:], o.text) {
				if o.kind == QuestionDot && isDigit(l.ByteAt(l.At+2)) {
					continue
				}
				l.At += len(o.text)
				return o.kind
			}
		}
	}
	if c == '@' {
		l.Fail(l.At, "Decorators are not part of JavaScript.")
	}
	l.Fail(l.At, "This character can stand only in strings and comments.")
	return EOF
}
