package sqlform

import "bytes"

// Compact takes out the white space and comments of SQL of a dialect of [Dialects]; hints, and
// what may be code in the dialect, stay. Failures: Invalid INVALID_SQL with line and column.
func Compact(src []byte, dialectName string) ([]byte, error) {
	d := dialects[dialectName]
	all, err := lex(src, d)
	if err != nil {
		return nil, err
	}
	f := &form{d: d, src: src, all: all}
	f.prepare()
	out := make([]byte, 0, len(src))
	last := -1 // token that was written
	gap, lines := false, false
	for i, t := range all {
		gap, lines = gap || t.gap || t.comment(), lines || t.lines > 0
		if t.comment() && !f.isHint(i) {
			continue
		}
		if last >= 0 {
			out = append(out, f.separator(last, i, gap, lines)...)
		}
		out = append(out, f.text(i)...)
		last, gap, lines = i, false, false
	}
	return f.checked(out), nil
}

// isHint reports whether a comment is one that Oracle obeys: --+.
func (f *form) isHint(i int) bool {
	return f.all[i].kind == line && f.d.alternative && bytes.HasPrefix(f.text(i), []byte("--+"))
}

// separator returns what must be between two tokens, of which gap says whether white space or
// a comment was between them, and lines whether they were on two lines.
func (f *form) separator(i, n int, gap, lines bool) string {
	a, b := f.all[i], f.all[n]
	switch {
	case a.wholeLine(), b.kind == opaque, lines && a.kind == str && b.kind == str:
		return "\n"
	case !gap || f.parted(i, n):
		return ""
	default:
		return " "
	}
}

// parted reports whether two tokens are two without white space between them.
func (f *form) parted(i, n int) bool {
	a, b := f.all[i], f.all[n]
	switch {
	case b.kind == comma, b.kind == semi, b.kind == shut, a.kind == comma, a.kind == semi, a.kind == open:
		return true
	case a.kind == glue, b.kind == glue, a.kind == template, b.kind == template, a.kind == hint, b.kind == hint:
		return false
	case a.kind == shut && b.kind == word:
		return b.class != plain
	case b.kind == open:
		return a.kind == word && a.class.takesParenthesis() || f.simple(i) && !a.prefix
	case f.simple(n):
		return !b.prefix && (a.kind == word || a.kind == quoted || a.kind == str || a.kind == shut || a.kind == number && f.src[a.end-1]|0x20 != 'e')
	case f.simple(i):
		first := f.src[b.start]
		return !a.prefix && (b.kind == word && first != '#' || b.kind == quoted || b.kind == str && first != '$' || b.kind == number && first != '.')
	default:
		return false
	}
}

// simple reports whether a token is an operator that no dialect joins with an operand.
func (f *form) simple(i int) bool {
	if f.all[i].kind != operator {
		return false
	}
	switch string(f.text(i)) {
	case "=", "<", ">", "<=", ">=", "<>", "!=", "+", "*", "/", "||":
		return true
	}
	return false
}
