package workbook

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A textError is why a text of XML cannot be read.
type textError string

func (e textError) Error() string { return string(e) }

// references are those that XML has without defining them.
var references = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// maxReference is longer than any reference needs to be.
const maxReference = 16

// appendUnescaped appends what raw text means: references are undone, line breaks are LF.
func appendUnescaped(b, raw []byte) ([]byte, error) {
	if !utf8.Valid(raw) {
		return b, textError("a text is not UTF-8")
	}
	for {
		i := special(raw)
		if i < 0 {
			return append(b, raw...), nil
		}
		b = append(b, raw[:i]...)
		if raw[i] == '\r' {
			raw = raw[i+1:]
			if len(raw) == 0 || raw[0] != '\n' {
				b = append(b, '\n')
			}
			continue
		}
		raw = raw[i+1:]
		end := bytes.IndexByte(raw[:min(len(raw), maxReference)], ';')
		if end < 0 {
			return b, textError("a reference has no end")
		}
		name := string(raw[:end])
		raw = raw[end+1:]
		if text, ok := references[name]; ok {
			b = append(b, text...)
			continue
		}
		r, ok := character(name)
		if !ok {
			return b, textError("a reference is of no character")
		}
		b = utf8.AppendRune(b, r)
	}
}

// special is where the first character stands that does not mean itself, or -1.
func special(raw []byte) int {
	for i, c := range raw {
		if c == '&' || c == '\r' {
			return i
		}
	}
	return -1
}

// character reads the name of a reference to a character: #65 or #x41.
func character(name string) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// escapeBytes has an escape of a character, _xHHHH_.
const escapeBytes = 7

// decodeEscapes undoes, in place, the escapes that workbooks have for characters that XML has not. Two
// that are the halves of a character become it; a half alone stays as it is.
func decodeEscapes(text []byte) []byte {
	at := bytes.Index(text, []byte("_x"))
	if at < 0 {
		return text
	}
	out := text[:at]
	for rest := text[at:]; len(rest) > 0; {
		r, n := escaped(rest)
		if n == 0 {
			out = append(out, rest[0])
			rest = rest[1:]
			continue
		}
		out = utf8.AppendRune(out, r) // which is shorter than the escape
		rest = rest[n:]
	}
	return out
}

// escaped reads an escape that text begins with; n is 0 if it begins with none.
func escaped(text []byte) (r rune, n int) {
	if !isEscape(text) {
		return 0, 0
	}
	r = hex4(text[2:6])
	if !utf16.IsSurrogate(r) {
		return r, escapeBytes
	}
	if text = text[escapeBytes:]; isEscape(text) {
		if r = utf16.DecodeRune(r, hex4(text[2:6])); r != utf8.RuneError {
			return r, 2 * escapeBytes
		}
	}
	return 0, 0
}

func hex4(digits []byte) rune {
	r := rune(0)
	for _, c := range digits {
		switch {
		case c <= '9':
			r = r<<4 | rune(c-'0')
		default:
			r = r<<4 | rune(c|0x20-'a'+10)
		}
	}
	return r
}
