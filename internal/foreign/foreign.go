// Package foreign has a type for text that this program did not write: what a
// server, a job, a tool, an endpoint or a file name says. It can be shown on a
// terminal, or on a page, without taking it over.
package foreign

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Text is foreign text. Printed, it is harmless: whatever does not stand for
// itself on a line (control sequences, line breaks, marks that change the
// direction of writing, broken encoding) is shown as an escape such as \x1b.
type Text string

// String returns the text made harmless.
func (t Text) String() string { return harmless(string(t), escape) }

// Raw returns the text as it came, for whatever is no terminal.
func (t Text) Raw() string { return string(t) }

// JSON makes JSON harmless in the same way. It means the same afterwards, but
// for broken encoding, which becomes U+FFFD.
func JSON(text []byte) string { return harmless(string(text), escapeJSON) }

// harmless replaces what does not stand for itself.
func harmless(s string, escape func(to []byte, r rune, bad byte) []byte) string {
	if !strings.ContainsFunc(s, isForeign) {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b = escape(b, r, s[0])
		case isForeign(r):
			b = escape(b, r, 0)
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return string(b)
}

// isForeign reports what does not stand for itself on a line. U+FFFD stands for
// broken encoding.
func isForeign(r rune) bool { return r == utf8.RuneError || !strconv.IsGraphic(r) }

func escape(to []byte, r rune, bad byte) []byte {
	switch {
	case bad != 0:
		return append(to, `\x`+hex(uint64(bad), 2)...)
	case r == utf8.RuneError:
		return utf8.AppendRune(to, r)
	default:
		quoted := strconv.QuoteRune(r)
		return append(to, quoted[1:len(quoted)-1]...)
	}
}

// escapeJSON escapes in a string of JSON: outside of one only white space is foreign.
func escapeJSON(to []byte, r rune, _ byte) []byte {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return append(to, ' ') // in strings these are escaped already
	case r > 0xffff:
		r -= 0x10000
		return append(to, `\u`+hex(uint64(0xd800+r>>10), 4)+`\u`+hex(uint64(0xdc00+r&0x3ff), 4)...)
	default:
		return append(to, `\u`+hex(uint64(r), 4)...) //nolint:gosec // not negative
	}
}

// hex writes a number in digits of base 16.
func hex(n uint64, digits int) string {
	s := strconv.FormatUint(n, 16)
	return strings.Repeat("0", max(digits-len(s), 0)) + s
}
