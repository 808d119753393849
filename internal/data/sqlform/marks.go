package sqlform

import (
	"bytes"
	"strings"
)

// atSign goes over @name, @@name, @'name' and the operators with @.
func (l *lexer) atSign() (kind, error) {
	n := 1
	for l.byteAt(n) == '@' {
		n++
	}
	c := l.byteAt(n)
	switch {
	case c == '\'' || c == '"' || c == '`':
		l.at += n
		_, err := l.quote(c)
		return param, err
	case l.nameChar(c):
		for l.at += n; l.at < len(l.src) && (l.nameChar(l.src[l.at]) || l.src[l.at] == '.' && l.d.delimiterLines && !l.d.generic); l.at++ {
		}
		return param, nil
	default:
		return l.operators(), nil
	}
}

// colon goes over ::, :=, :name and a colon.
func (l *lexer) colon() (kind, error) {
	c := l.byteAt(1)
	switch {
	case c == '=':
		l.at += 2
		return operator, nil
	case c == ':':
		l.at += 2
		return glue, nil
	case l.nameChar(c) && (l.gap || len(l.all) == 0 || !l.afterName()):
		for l.at++; l.at < len(l.src) && l.nameChar(l.src[l.at]); l.at++ {
		}
		return param, nil
	default:
		l.at++
		return glue, nil
	}
}

// operatorOrComment goes over what begins with any other character.
func (l *lexer) operatorOrComment(c byte) (kind, error) {
	next := l.byteAt(1)
	switch {
	case c == '-' && next == '-' && (!l.d.dashes || l.byteAt(2) <= ' '):
		return l.comment(l.d.generic && l.byteAt(2) > ' ' && l.byteAt(2) != '-'), nil
	case c == '/' && next == '*':
		return l.blockComment()
	case c == '/' && next == '/' && l.d.slashes:
		return l.comment(l.d.generic), nil
	case c == '#':
		return l.hash(next)
	case c == '?':
		return l.questionMark(next), nil
	case !isOperator(c):
		l.at++
		return glue, nil
	default:
		return l.operators(), nil
	}
}

// comment goes over a comment to the end of its line. Where it may be code it is opaque.
func (l *lexer) comment(perhaps bool) kind {
	if n := bytes.IndexByte(l.src[l.at:], '\n'); n >= 0 {
		l.at += n
	} else {
		l.at = len(l.src)
	}
	for l.src[l.at-1] <= ' ' {
		l.at--
	}
	if perhaps {
		l.loose = true
		return opaque
	}
	return line
}

// hash goes over what begins with #.
func (l *lexer) hash(next byte) (kind, error) {
	switch {
	case l.d.hash == hashComment, l.d.hash == hashSpaced && (next <= ' ' || next == '!'):
		return l.comment(false), nil
	case l.d.hash == hashOfAnything:
		first := l.atLineStart()
		start := l.at
		k := l.comment(true)
		if rest := l.src[start+1 : l.at]; !first && next > ' ' && !balanced(bytes.ReplaceAll(bytes.ReplaceAll(rest, []byte("("), nil), []byte("#"), nil)) {
			return 0, invalid(l.src, start, "This # may begin a comment, a name or an operator: name the dialect (x-input-sql-dialect).")
		}
		return k, nil
	default:
		return l.operators(), nil
	}
}

// blockComment goes over a comment, which may be a hint.
func (l *lexer) blockComment() (kind, error) {
	start := l.at
	flat := bytes.Index(l.src[start+2:], []byte("*/"))
	if flat < 0 {
		return 0, l.unclosed("*/", start)
	}
	flat += start + 4
	k := block
	if c := l.byteAt(2); c == '+' || c == '!' || c == 'M' && l.byteAt(3) == '!' {
		k = hint
	}
	if l.at = flat; !l.d.nested && !l.d.generic || !bytes.Contains(l.src[start+2:flat], []byte("/*")) {
		return k, nil
	}
	end := nestedEnd(l.src, start)
	if end < 0 && l.d.generic {
		return k, l.guess(start)
	}
	switch {
	case l.d.nested && end < 0:
		return 0, l.unclosed("*/", start)
	case l.d.nested:
		l.at = end
	case end >= 0 && end != flat:
		return 0, invalid(l.src, flat, "Comments in comments are read differently by different dialects: name the dialect (x-input-sql-dialect).")
	}
	return k, nil
}

// nestedEnd returns where a comment ends that may have comments in it, or -1.
func nestedEnd(src []byte, start int) int {
	depth := 0
	for at := start; at+1 < len(src); at++ {
		switch {
		case src[at] == '/' && src[at+1] == '*':
			depth++
			at++
		case src[at] == '*' && src[at+1] == '/':
			if depth--; depth == 0 {
				return at + 2
			}
			at++
		}
	}
	return -1
}

// questionMark goes over ?, ?1, ?name and the operators with ?.
func (l *lexer) questionMark(next byte) kind {
	if next == '|' || next == '&' || next == '-' || next == '#' || next == '?' {
		return l.operators()
	}
	for l.at++; l.at < len(l.src) && l.nameChar(l.src[l.at]); l.at++ {
	}
	return param
}

func isOperator(c byte) bool { return strings.IndexByte("+-*/<>=~!@#%^&|?", c) >= 0 }

// complete are the operators behind which a sign, or a variable, is one of the next operand.
var complete = map[string]bool{
	"=": true, "<": true, ">": true, "<=": true, ">=": true, "<>": true, "!=": true, "*": true, "/": true, "+": true, "-": true, "==": true, "->": true, "->>": true,
	"||": true, "%": true, "<=>": true, "!<": true, "!>": true, "&": true, "|": true, "^": true, "&&": true, "<<": true, ">>": true,
	"+=": true, "-=": true, "*=": true, "/=": true, "%=": true, "&=": true, "|=": true, "^=": true,
}

// operators goes over a run of operator characters: one operator, for all that is known.
func (l *lexer) operators() kind {
	start := l.at
	for l.at++; l.at < len(l.src) && isOperator(l.src[l.at]) && !l.endsOperator(start); l.at++ {
	}
	for l.at-start > 1 {
		sign := l.src[l.at-1] == '+' || l.src[l.at-1] == '-'
		before := l.src[start : l.at-1]
		if !sign || !complete[string(before)] || l.d.runs && bytes.ContainsAny(before, "~!@#%^&|?") {
			break
		}
		l.at--
	}
	return operator
}

// endsOperator reports whether an operator that began at start ends before a character that
// one might have.
func (l *lexer) endsOperator(start int) bool {
	rest := l.src[l.at:]
	switch rest[0] {
	case '-':
		return bytes.HasPrefix(rest, []byte("--"))
	case '/':
		return bytes.HasPrefix(rest, []byte("/*")) || bytes.HasPrefix(rest, []byte("//")) && l.d.slashes
	case '#':
		return l.d.hash != hashOperator
	case '@':
		return complete[string(l.src[start:l.at])] && (!l.d.runs || l.d.generic)
	case '?':
		return complete[string(l.src[start:l.at])]
	case '%':
		return complete[string(l.src[start:l.at])] && len(rest) > 1 && (rest[1] == 's' || rest[1] == '(')
	default:
		return false
	}
}
