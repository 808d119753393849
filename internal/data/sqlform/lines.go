package sqlform

import (
	"bytes"
	"regexp"
	"slices"
)

// Lines that are no SQL, but said to the program that hands SQL in.
var (
	goLine        = regexp.MustCompile(`^(?i:GO)(?:[ \t]+[0-9]+)?[ \t\r]*(?:--[^\n]*)?$`)
	delimiterLine = regexp.MustCompile(`^(?i:DELIMITER)[ \t]+([^\s'"]+)[ \t\r]*$`)
	delimiterBack = regexp.MustCompile(`(?mi)^[ \t]*DELIMITER[ \t]+;[ \t\r]*$`)
	slashLine     = regexp.MustCompile(`^/[ \t\r]*$`)
	plusLine      = regexp.MustCompile(`^(?i:PROMPT|REM|REMARK|SPOOL|WHENEVER|DEFINE|UNDEFINE|EXECUTE|EXEC|COLUMN|ACCEPT|TTITLE|BTITLE|CONNECT|HOST|PAUSE|CLEAR|START|EXIT|QUIT)(?:[ \t\r;][^\n]*)?$|^@`)
	plusSet       = regexp.MustCompile(`^(?i:SET)[ \t]+([A-Za-z]+)`)
	plusSetSQL    = regexp.MustCompile(`^(?i:TRANSACTION|ROLE|CONSTRAINTS?)$`)
	dotLine       = regexp.MustCompile(`^\.[a-z]+`)
)

// atLineStart reports whether the lexer is at the first token of a line.
func (l *lexer) atLineStart() bool { return l.lines > 0 || len(l.all) == 0 }

// atStatement reports whether the lexer is at the first token of a statement.
func (l *lexer) atStatement() bool {
	for _, t := range slices.Backward(l.all) {
		if !t.comment() {
			return t.kind == semi || t.kind == opaque
		}
	}
	return true
}

// clientLine returns where the line, or the lines, end that begin here and are said to a
// program; where this is none of those it returns where the lexer is.
func (l *lexer) clientLine() int {
	d, rest := l.d, l.src[l.at:]
	text, _, _ := bytes.Cut(rest, []byte{'\n'})
	whole := l.at + len(bytes.TrimRight(text, " \t\r"))
	c := rest[0]
	switch {
	case d.goLines && c|0x20 == 'g' && goLine.Match(text):
		return whole
	case d.slashLines && c == '/' && slashLine.Match(text):
		return whole
	case d.copyData && c == '\\':
		return whole
	case d.dotLines && c == '.' && dotLine.Match(text) && l.atStatement():
		return whole
	case d.slashLines && !d.generic && sqlPlus(text) && l.atStatement():
		return whole
	case d.delimiterLines && c|0x20 == 'd':
		if m := delimiterLine.FindSubmatch(text); m != nil && string(m[1]) != ";" {
			return l.at + delimited(rest)
		} else if m != nil {
			return whole
		}
	case d.copyData && !l.noCopyEnd && len(l.all) > 1 && l.all[len(l.all)-1].kind == semi && l.copies():
		if n := bytes.Index(rest, []byte("\n\\.")); n >= 0 {
			return l.at + n + 3
		}
		l.noCopyEnd = true
	}
	return l.at
}

// saysToClient reports whether a token could be taken for what is said to a client, if it
// were the first of a line.
func (f *form) saysToClient(i int) bool {
	t, text := f.all[i], f.text(i)
	switch t.kind {
	case opaque:
		return false
	case word:
		return f.d.goLines && len(text) == 2 && bytes.EqualFold(text, []byte("GO")) ||
			f.d.delimiterLines && bytes.EqualFold(text, []byte("DELIMITER")) ||
			f.d.slashLines && !f.d.generic && t.lines == 0 && i == f.first && sqlPlus(text)
	default:
		return f.d.slashLines && string(text) == "/" || f.d.copyData && text[0] == '\\' || f.d.dotLines && t.kind == dot
	}
}

// sqlPlus reports whether a line is a command of SQL*Plus.
func sqlPlus(text []byte) bool {
	if m := plusSet.FindSubmatch(text); m != nil {
		return !plusSetSQL.Match(m[1])
	}
	return plusLine.Match(text)
}

// delimited is how much of a text belongs to statements with a delimiter of their own: to
// the line that sets the usual one again.
func delimited(text []byte) int {
	if m := delimiterBack.FindIndex(text); m != nil {
		return len(bytes.TrimRight(text[:m[1]], " \t\r"))
	}
	return len(bytes.TrimRight(text, " \t\r\n\v\f"))
}

// copies reports whether the statement that has just ended is COPY … FROM stdin.
func (l *lexer) copies() bool {
	const most = 4096 // tokens of such a statement
	stdin := false
	for n := len(l.all) - 2; n >= 0 && n > len(l.all)-most; n-- {
		t := l.all[n]
		if t.kind == semi || t.kind == opaque {
			return false
		}
		if t.kind != word {
			continue
		}
		switch text := l.src[t.start:t.end]; {
		case bytes.EqualFold(text, []byte("stdin")):
			stdin = true
		case bytes.EqualFold(text, []byte("copy")):
			return stdin
		}
	}
	return false
}
