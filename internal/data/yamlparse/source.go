package yamlparse

import (
	"unicode/utf8"

	"claimcheck/internal/data"
)

// Format is what messages call YAML.
const Format = "YAML"

// bad is the fault for the character at an offset.
func (p *parser) bad(at int, reason string, args ...any) error {
	return Invalid(p.src, at, reason, args...)
}

// Invalid is the fault INVALID_YAML for the character of a source at an offset.
func Invalid(src []byte, at int, reason string, args ...any) error {
	return data.Invalid(Format, data.Start.After(src[:min(at, len(src))]), reason, args...)
}

// checkCharacters refuses what YAML has no place for, whatever stands around it.
func checkCharacters(src []byte) error {
	for i := 0; i < len(src); {
		c := src[i]
		if c >= ' ' && c < 0x7F || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return data.BadEncoding(Format, data.Start.After(src[:i]), "Expected UTF-8, but this byte is none.")
		case !Printable(r):
			return Invalid(src, i, "The character U+%04X cannot stand in YAML; in a text in double quotes it can be written as an escape.", r)
		}
		i += n
	}
	return nil
}

// Printable is c-printable of YAML 1.2, section 5.1.
func Printable(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case r >= 0x7F && r < 0xA0:
		return r == 0x85
	default:
		return r&0xFFFE != 0xFFFE || r > 0xFFFF
	}
}

// LineBreakOfSome reports the characters that end a line in YAML 1.1 and do not in 1.2.
func LineBreakOfSome(r rune) bool { return r == 0x85 || r == 0x2028 || r == 0x2029 }

// LineBreakAt is LineBreakOfSome for the character at i, and its length.
func LineBreakAt(src []byte, i int) int {
	if c := src[i]; c == 0xC2 || c == 0xE2 {
		if r, n := utf8.DecodeRune(src[i:]); LineBreakOfSome(r) {
			return n
		}
	}
	return 0
}

// at is the byte at an offset; 0, which no source has, behind the end.
func (p *parser) at(i int) byte {
	if i < len(p.src) {
		return p.src[i]
	}
	return 0
}

// blank reports whether a byte, or the end, separates.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0 }

// Space reports whether a byte separates on its line.
func Space(c byte) bool { return c == ' ' || c == '\t' }

// LineEnd reports whether a byte, or the end, ends a line.
func LineEnd(c byte) bool { return c == '\n' || c == '\r' || c == 0 }

// flowIndicator reports the characters that end a plain scalar in a flow collection.
func flowIndicator(c byte) bool { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}' }

// lineAfter is where the line behind the line break at i begins.
func lineAfter(src []byte, i int) int {
	if src[i] == '\r' && i+1 < len(src) && src[i+1] == '\n' {
		return i + 2
	}
	return i + 1
}
