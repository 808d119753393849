package sqlform

import (
	"bytes"
	"strings"

	"claimcheck/internal/data"
)

// format is what messages call the format.
const format = "SQL"

// MaxDepth is how deep parentheses may be in each other.
const MaxDepth = 1000

// A lexer cuts a text into tokens.
type lexer struct {
	d   *dialect
	src []byte
	at  int

	all   []token
	gap   bool // before the next token
	lines int  // of it

	backslashes int // where the first is that hides a quote in a dialect that may not know it; -1: none
	opens       []uint32
	guesses     int  // how often the rest of the text was looked through in vain
	noCopyEnd   bool // no data of COPY ends behind here
	loose       bool // parentheses need not balance: there are templates, or lines that nobody knows
}

// invalid is the fault of what a text has at a byte.
func invalid(src []byte, at int, reason string, args ...any) error {
	return data.Invalid(format, data.Start.After(src[:min(at, len(src))]), reason, args...)
}

// lex cuts a text into tokens.
func lex(src []byte, d *dialect) ([]token, error) {
	l := &lexer{d: d, src: src, backslashes: -1, all: make([]token, 0, len(src)/6+8)}
	err := l.run()
	if d.generic && l.backslashes >= 0 {
		return l.settled(err)
	}
	return l.all, err
}

// settled decides whether backslashes hide quotes, where the dialect is not told: the
// reading that has an end is the one.
func (l *lexer) settled(err error) ([]token, error) {
	d := *l.d
	d.backslash, d.doubleBackslash = true, true
	other := &lexer{d: &d, src: l.src, backslashes: -1}
	switch otherErr := other.run(); {
	case otherErr != nil:
		return l.all, err
	case err != nil:
		return other.all, nil //nolint:nilerr // the other reading has an end
	case len(other.all) == len(l.all):
		same := true
		for i, t := range l.all {
			same = same && t == other.all[i]
		}
		if same {
			return l.all, nil
		}
	}
	return nil, invalid(l.src, l.backslashes, "A backslash before a quote means different things in different dialects: name the dialect (x-input-sql-dialect).")
}

func (l *lexer) run() error {
	for {
		l.space()
		if l.at >= len(l.src) {
			break
		}
		start := l.at
		k, err := l.next()
		if err != nil {
			return err
		}
		if err := l.put(k, start); err != nil {
			return err
		}
	}
	if n := len(l.opens); n > 0 && !l.loose {
		return invalid(l.src, len(l.src), "Expected ) for the ( in %s, but the input ends.", data.Start.After(l.src[:l.opens[n-1]]))
	}
	return nil
}

// put adds the token that ends here.
func (l *lexer) put(k kind, start int) error {
	t := token{start: uint32(start), end: uint32(l.at), kind: k, gap: l.gap, lines: uint8(min(l.lines, 2))} //nolint:gosec // an input is shorter than 4 GiB
	switch k {
	case open:
		if l.opens = append(l.opens, t.start); len(l.opens) > MaxDepth {
			return invalid(l.src, start, "Parentheses may be %d deep, and these are deeper.", MaxDepth)
		}
	case shut:
		if n := len(l.opens); n > 0 {
			l.opens = l.opens[:n-1]
		} else if l.loose = l.loose || bytes.ContainsAny(l.src[start:], "{#"); !l.loose {
			return invalid(l.src, start, "There is no ( for this ).")
		}
	case template:
		l.loose = true
	default:
	}
	l.all = append(l.all, t)
	l.gap, l.lines = false, 0
	return nil
}

// space goes over white space.
func (l *lexer) space() {
	for ; l.at < len(l.src); l.at++ {
		switch c := l.src[l.at]; {
		case c == '\n':
			l.lines++
		case c != ' ' && (c < '\t' || c > '\r'):
			return
		}
		l.gap = true
	}
}

// byteAt is the byte n behind the place of the lexer, 0 behind the end.
func (l *lexer) byteAt(n int) byte {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

// next goes over one token.
func (l *lexer) next() (kind, error) {
	if l.atLineStart() {
		if end := l.clientLine(); end > l.at {
			l.at = end
			return opaque, nil
		}
	}
	c := l.src[l.at]
	switch {
	case l.nameStart(c):
		return l.name()
	case isDigit(c) || c == '.' && isDigit(l.byteAt(1)) && !l.afterName():
		return l.number(), nil
	}
	switch c {
	case '\'', '"', '`':
		return l.quote(c)
	case '[':
		return l.openBracket()
	case '{':
		return l.brace()
	case '$':
		return l.dollar()
	case '@':
		return l.atSign()
	case '(', ')', ',', ';', '.':
		l.at++
		return marks[c], nil
	case ']', '}', '\\':
		l.at++
		return glue, nil
	case ':':
		return l.colon()
	default:
		return l.operatorOrComment(c)
	}
}

var marks = [256]kind{'(': open, ')': shut, ',': comma, ';': semi, '.': dot}

// afterName reports whether a name is directly before, whose member a digit then is.
func (l *lexer) afterName() bool {
	n := len(l.all)
	return n > 0 && !l.gap && (l.all[n-1].kind == word || l.all[n-1].kind == quoted || l.all[n-1].kind == shut)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// nameStart reports whether a name may begin with a byte.
func (l *lexer) nameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80 || c == '#' && l.d.hash == hashName
}

// nameChar reports whether a byte may be in a name.
func (l *lexer) nameChar(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) || c == '_' || c >= 0x80 || strings.IndexByte(l.d.nameChars, c) >= 0
}

// name goes over a name, or the string whose prefix it is.
func (l *lexer) name() (kind, error) {
	start := l.at
	for l.at++; l.at < len(l.src) && l.nameChar(l.src[l.at]); l.at++ {
	}
	if c := l.byteAt(0); c == '\'' || c == '"' {
		if prefix := l.src[start:l.at]; len(prefix) <= 2 {
			return l.prefixed(strings.ToLower(string(prefix)), c)
		}
	}
	if l.byteAt(0) == '&' && l.at-start == 1 && l.src[start]|0x20 == 'u' && (l.byteAt(1) == '\'' || l.byteAt(1) == '"') && !l.d.backslash {
		l.at++
		return l.quote(l.src[l.at])
	}
	if l.d.dashNames {
		l.dashed()
	}
	return word, nil
}

// dashed goes over the rest of a name with dashes: my-project.x in BigQuery.
func (l *lexer) dashed() {
	for l.byteAt(0) == '-' && l.nameStart(l.byteAt(1)) {
		for l.at += 2; l.at < len(l.src) && l.nameChar(l.src[l.at]); l.at++ {
		}
	}
}

// number goes over a number.
func (l *lexer) number() kind {
	hex := l.src[l.at] == '0' && l.byteAt(1)|0x20 == 'x'
	for ; l.at < len(l.src); l.at++ {
		c := l.src[l.at]
		if (c == '+' || c == '-') && !hex && l.src[l.at-1]|0x20 == 'e' && isDigit(l.byteAt(1)) {
			continue
		}
		if c == '.' && l.byteAt(1) == '.' || c != '.' && !l.nameChar(c) {
			break
		}
	}
	return number
}
