package lexis

import (
	"unicode"
	"unicode/utf8"
)

// IsNameByte are the bytes of ASCII that names have.
var IsNameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$'
	}
	return t
}()

// IsNameStart reports whether a name may begin with a character (ID_Start of Unicode, $ and _).
func IsNameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return IsNameByte[r] && (r < '0' || r > '9')
	}
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start) && !unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space)
}

// IsNamePart reports whether a name may have a character (ID_Continue, $, and the joiners).
func IsNamePart(r rune) bool {
	if r < utf8.RuneSelf {
		return IsNameByte[r]
	}
	return IsNameStart(r) || r == 0x200C || r == 0x200D ||
		unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) && !unicode.In(r, unicode.Pattern_Syntax, unicode.Pattern_White_Space)
}

const (
	lineSeparator      = 0x2028
	paragraphSeparator = 0x2029
	byteOrderMark      = 0xFEFF
)

// IsBreak reports whether a character ends a line.
func IsBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == lineSeparator || r == paragraphSeparator
}

// IsSpace reports whether a character is white space that ends no line.
func IsSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\v' || r == '\f' || r == 0xA0 || r == byteOrderMark || r >= utf8.RuneSelf && unicode.Is(unicode.Zs, r)
}
