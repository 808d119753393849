package sqlform

import (
	"bytes"
	"strings"

	"claimcheck/internal/data"
)

// quote goes over what is in quotes, which begins here.
func (l *lexer) quote(c byte) (kind, error) {
	switch {
	case l.d.triple && c != '`' && l.byteAt(1) == c && l.byteAt(2) == c:
		return str, l.tripled(c, true)
	case c == '\'':
		return str, l.until(c, l.d.backslash)
	case c == '"':
		k := quoted
		if l.d.doubleBackslash {
			k = str
		}
		return k, l.until(c, l.d.doubleBackslash)
	case !l.d.backtick:
		l.at++
		return glue, nil
	default:
		return quoted, l.until(c, false)
	}
}

// until goes over what is in quotes to the quote that ends it; two quotes are one of its
// characters.
func (l *lexer) until(c byte, backslash bool) error {
	start := l.at
	for l.at++; l.at < len(l.src); l.at++ {
		switch l.src[l.at] {
		case c:
			if l.byteAt(1) != c {
				l.at++
				return nil
			}
			l.at++
		case '\\':
			if backslash {
				l.at++
			} else if n := l.byteAt(1); l.backslashes < 0 && (n == c || n == '\\') && c != '`' {
				l.backslashes = l.at
			}
		}
	}
	l.at = len(l.src)
	return l.unclosed(string(c), start)
}

// unclosed is the fault of what has a beginning and no end.
func (l *lexer) unclosed(end string, start int) error {
	what := "string"
	switch end {
	case "*/":
		what = "comment"
	case "]", "`", `"`:
		what = "quoted name"
	case "}}", "%}", "#}":
		what = "template tag"
	}
	return invalid(l.src, len(l.src), "Expected %s to end the %s that begins in %s, but the input ends.", end, what, data.Start.After(l.src[:start]))
}

// tripled goes over ”'…”'.
func (l *lexer) tripled(c byte, backslash bool) error {
	start := l.at
	for l.at += 3; l.at < len(l.src); l.at++ {
		if l.src[l.at] == '\\' && backslash {
			l.at++
		} else if l.src[l.at] == c && l.byteAt(1) == c && l.byteAt(2) == c {
			l.at += 3
			return nil
		}
	}
	l.at = len(l.src)
	return l.unclosed(strings.Repeat(string(c), 3), start)
}

// prefixed goes over the quotes behind a short name, which may be their prefix.
func (l *lexer) prefixed(prefix string, c byte) (kind, error) {
	switch {
	case l.d.triple && strings.Trim(prefix, "rb") == "":
		return l.quote(c)
	case c == '"': // a name beside a name
		return word, nil
	case prefix == "e" && l.d.escapePrefix:
		return str, l.until(c, true)
	case prefix == "r" && l.d.rawPrefix:
		return str, l.until(c, false)
	case (prefix == "q" || prefix == "nq") && l.d.alternative:
		return str, l.alternative()
	case prefix == "n" || prefix == "x" || prefix == "b":
		return str, l.until(c, l.d.backslash)
	default:
		return word, nil
	}
}

// alternative goes over q'[…]', whose name was passed.
func (l *lexer) alternative() error {
	end := l.byteAt(1)
	switch end {
	case '[':
		end = ']'
	case '{':
		end = '}'
	case '(':
		end = ')'
	case '<':
		end = '>'
	}
	start := l.at
	if n := bytes.Index(l.src[min(l.at+2, len(l.src)):], []byte{end, '\''}); n >= 0 {
		l.at += n + 4
		return nil
	}
	return l.unclosed(string(end)+"'", start)
}

// dollar goes over $$…$$, $tag$…$tag$, $1, $name and ${name}.
func (l *lexer) dollar() (kind, error) {
	start := l.at
	for l.at++; l.at < len(l.src) && l.nameChar(l.src[l.at]) && l.src[l.at] != '$'; l.at++ {
	}
	tag := l.src[start:min(l.at+1, len(l.src))]
	quotes := l.byteAt(0) == '$' && (l.d.dollars && !isDigit(l.src[start+1]) || l.d.plainDollars && len(tag) == 2)
	if quotes {
		if n := bytes.Index(l.src[l.at+1:], tag); n >= 0 {
			l.at += 1 + n + len(tag)
			return str, nil
		}
		if !l.d.generic {
			return 0, l.unclosed(string(tag), start)
		}
		if err := l.guess(start); err != nil {
			return 0, err
		}
	}
	if l.byteAt(0) == '{' && l.at == start+1 {
		if n := bytes.IndexAny(l.src[l.at:min(l.at+longName, len(l.src))], "}\n"); n >= 0 && l.src[l.at+n] == '}' {
			l.at += n + 1
			return param, nil
		}
	}
	if l.at == start+1 {
		return glue, nil
	}
	return param, nil
}

// longName is more than names have that are in brackets or braces.
const longName = 300

// guess counts how often the rest of a text was looked through in vain, where the dialect is
// not told.
func (l *lexer) guess(at int) error {
	const most = 100
	if l.guesses++; l.guesses > most {
		return invalid(l.src, at, "There are many signs here that dialects read differently: name the dialect (x-input-sql-dialect).")
	}
	return nil
}

// openBracket goes over a name in brackets, or over a bracket.
func (l *lexer) openBracket() (kind, error) {
	start := l.at
	if !l.d.bracket {
		l.at++
		return glue, nil
	}
	end := start + 1
	limit := len(l.src)
	if l.d.generic {
		limit = min(limit, end+longName)
	}
	for end < limit {
		n := bytes.IndexByte(l.src[end:limit], ']')
		if n < 0 {
			end = limit
			break
		}
		if end += n + 1; end >= len(l.src) || l.src[end] != ']' || l.d.generic {
			break
		}
		end++
	}
	closed := end > start+1 && l.src[end-1] == ']'
	if l.d.generic && (!closed || !balanced(l.src[start+1:end-1])) {
		l.at++ // of an array
		return glue, nil
	}
	if !closed {
		l.at = len(l.src)
		return 0, l.unclosed("]", start)
	}
	l.at = end
	return quoted, nil
}

// balanced reports whether a bracket may end behind text, in an array as in a name: it has
// no beginning of what goes on.
func balanced(text []byte) bool {
	for _, c := range []byte("'\"`") {
		if bytes.Count(text, []byte{c})%2 != 0 {
			return false
		}
	}
	return !bytes.ContainsAny(text, "\n[#(") && !bytes.Contains(text, []byte("--")) && !bytes.Contains(text, []byte("/*")) && !bytes.Contains(text, []byte("$$"))
}

// brace goes over a tag of a template, or over a brace.
func (l *lexer) brace() (kind, error) {
	start := l.at
	end := map[byte]string{'{': "}}", '%': "%}", '#': "#}"}[l.byteAt(1)]
	l.at++
	if end == "" {
		return glue, nil
	}
	n := bytes.Index(l.src[start+2:], []byte(end))
	if n < 0 {
		return 0, l.unclosed(end, start)
	}
	l.at = start + 2 + n + 2
	return template, nil
}
