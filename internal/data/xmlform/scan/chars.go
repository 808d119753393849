package scan

import (
	"unicode/utf8"
)

// What the bytes of ASCII are in names.
const (
	nameStart uint8 = 1 << iota // may begin a name
	nameByte                    // may be in a name
)

// The colon is in none of them: it stands between prefix and local name.
var nameBytes = func() (t [256]uint8) {
	for c := range 128 {
		switch b := byte(c); {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_':
			t[c] = nameStart | nameByte
		case '0' <= b && b <= '9', b == '-', b == '.':
			t[c] = nameByte
		}
	}
	return t
}()

// StartsName reports whether r may begin a name (production 4, without the colon).
func StartsName(r rune) bool {
	if r < 128 {
		return nameBytes[r]&nameStart != 0
	}
	for _, s := range nameStarts {
		if r <= s[1] {
			return r >= s[0]
		}
	}
	return false
}

var nameStarts = [...][2]rune{
	{0xC0, 0xD6},
	{0xD8, 0xF6},
	{0xF8, 0x2FF},
	{0x370, 0x37D},
	{0x37F, 0x1FFF},
	{0x200C, 0x200D},
	{0x2070, 0x218F},
	{0x2C00, 0x2FEF},
	{0x3001, 0xD7FF},
	{0xF900, 0xFDCF},
	{0xFDF0, 0xFFFD},
	{0x10000, 0xEFFFF},
}

// InName reports whether r may be in a name (production 4a, without the colon).
func InName(r rune) bool {
	if r < 128 {
		return nameBytes[r]&nameByte != 0
	}
	return StartsName(r) || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// IsChar reports whether a document may hold r (production 2).
func IsChar(r rune) bool {
	return r >= ' ' && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// IsSpace reports whether b is white space (production 3).
func IsSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// What bytes mean in text, in values of attributes and in comments.
const (
	ordinary  uint8 = iota
	space           // tab or line feed
	cr              // carriage return
	lessThan        // <
	ampersand       // &
	bracket         // ]
	quote           // " or '
	control         // a character that no document may hold
	tail            // it begins U+F000 to U+FFFF, of which the last two are none
)

var textBytes = func() (t [256]uint8) {
	for c := range 0x20 {
		t[c] = control
	}
	t['\t'], t['\n'], t['\r'], t[0xEF] = space, space, cr, tail
	t['<'], t['&'], t[']'], t['"'], t['\''] = lessThan, ampersand, bracket, quote, quote
	return t
}()
