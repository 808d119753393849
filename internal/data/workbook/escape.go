package workbook

import (
	"fmt"
	"unicode/utf8"
)

// plainText marks the bytes that stand for themselves in the text of an element.
var plainText = func() (is [256]bool) {
	for c := ' '; c < 256; c++ {
		is[c] = c != '&' && c != '<' && c != '>' && c != '_' && c != 0xEF
	}
	is['\t'], is['\n'] = true, true
	return is
}()

// appendText appends the text of a cell. Workbooks read _xHHHH_ as the character of that
// code, so such text is written with its first character as one of these. A carriage return is a
// reference, or readers of XML would make it a line feed.
func appendText(b, text []byte) ([]byte, error) {
	from := 0
	for i, c := range text {
		if plainText[c] {
			continue
		}
		instead := ""
		switch {
		case c == '&':
			instead = "&amp;"
		case c == '<':
			instead = "&lt;"
		case c == '>':
			instead = "&gt;"
		case c == '\r':
			instead = "&#13;"
		case c == '_' && isEscape(text[i:]):
			instead = "_x005F_"
		case c < ' ':
			return b, cellError(fmt.Sprintf("The text has the control character U+%04X, which no workbook can hold.", c))
		case c == 0xEF && (string(text[i:min(i+3, len(text))]) == "\uFFFE" || string(text[i:min(i+3, len(text))]) == "\uFFFF"):
			r, _ := utf8.DecodeRune(text[i:])
			return b, cellError(fmt.Sprintf("The text has U+%04X, which is no character and which no workbook can hold.", r))
		default:
			continue
		}
		b = append(append(b, text[from:i]...), instead...)
		from = i + 1
	}
	return append(b, text[from:]...), nil
}

// isEscape reports whether text begins with an escape of a character, _xHHHH_.
func isEscape(text []byte) bool {
	if len(text) < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_' {
		return false
	}
	for _, c := range text[2:6] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// appendEscaped appends the value of an attribute, which has no control characters.
func appendEscaped(b, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&quot;"...)
		default:
			b = append(b, c)
		}
	}
	return b
}
