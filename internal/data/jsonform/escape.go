package jsonform

import "strings"

// A misplaced is where an escape sequence goes wrong, and what was expected there.
type misplaced struct {
	offset int
	want   string
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// shortEscapes are what the letters of escapes of two characters stand for, 0 for others.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// hexDigits are the values of hexadecimal digits, -1 for others.
var hexDigits = func() (values [256]int8) {
	for i := range values {
		values[i] = int8(strings.IndexByte(hex, byte(i)))
		if values[i] >= 0x10 {
			values[i] -= 6 // a capital
		}
	}
	return values
}()

// The characters of escapes, one string for each character.
var (
	hex           = "0123456789abcdefABCDEF"
	shortEscape   = []string{`\`, `"\/bfnrt`}
	unicodeEscape = []string{`\`, "u", hex, hex, hex, hex}
	surrogate     = []string{`\`, "u", "dD", "89abcdefABCDEF", hex, hex}
	highSurrogate = []string{`\`, "u", "dD", "89abAB", hex, hex}
	lowSurrogate  = []string{`\`, "u", "dD", "cdefCDEF", hex, hex}
)

// escapeAt returns the length of the escape sequence that text begins with, of
// both halves for a surrogate pair, or its mistake. Half a pair is a mistake at
// its first character.
func escapeAt(text []byte) (n int, m misplaced) {
	if matching(text, shortEscape) == 2 {
		return 2, misplaced{}
	}
	switch n = matching(text, unicodeEscape); {
	case n == 1:
		return 0, misplaced{1, `one of " \ / b f n r t u after the backslash`}
	case n < 6:
		return 0, misplaced{n, `four hexadecimal digits after \u`}
	case matching(text, surrogate) < 6:
		return 6, misplaced{}
	}
	const pair = `both halves of a surrogate pair, \uD800 to \uDBFF and then \uDC00 to \uDFFF`
	low := matching(text[6:], lowSurrogate)
	switch {
	case matching(text, highSurrogate) < 6:
		return 0, misplaced{0, pair}
	case low == 6:
		return 12, misplaced{}
	case 6+low == len(text):
		return 0, misplaced{len(text), pair}
	default:
		return 0, misplaced{0, pair}
	}
}

// matching counts the bytes at the beginning of text of which each is in its
// set.
func matching(text []byte, sets []string) int {
	for i, chars := range sets {
		if i == len(text) || strings.IndexByte(chars, text[i]) < 0 {
			return i
		}
	}
	return len(sets)
}
