package text

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// high has the highest bit of each of eight bytes: none of them is set in ASCII.
const high = 0x8080808080808080

// ascii returns how many bytes at the beginning of b are ASCII, eight at a time.
func ascii(b []byte) int {
	n := 0
	for ; len(b)-n >= 16; n += 16 {
		if (binary.LittleEndian.Uint64(b[n:])|binary.LittleEndian.Uint64(b[n+8:]))&high != 0 {
			break
		}
	}
	for n < len(b) && b[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// wellFormed returns how many bytes at the beginning of b are whole characters in UTF-8,
// and a reason if what follows is none, rather than the beginning of one.
func wellFormed(b []byte) (n int, reason string) {
	for n < len(b) {
		switch c := b[n]; {
		case c < utf8.RuneSelf:
			n += ascii(b[n:])
			continue
		case 0xC2 <= c && c < 0xE0 && n+1 < len(b) && b[n+1]&0xC0 == 0x80:
			n += 2
			continue
		case 0xE1 <= c && c < 0xF0 && c != 0xED && n+2 < len(b) && b[n+1]&b[n+2]&0xC0 == 0x80 && (b[n+1]|b[n+2])&0x40 == 0:
			n += 3
			continue
		}
		_, size := utf8.DecodeRune(b[n:])
		if size > 1 {
			n += size
			continue
		}
		if !utf8.FullRune(b[n:]) {
			return n, ""
		}
		return n, fmt.Sprintf("Expected a character in UTF-8, but the byte 0x%02X is no part of one.", b[n])
	}
	return n, ""
}

func utf16LE(dst, src []byte) (made, used int, reason string) {
	return utf16In(binary.LittleEndian, dst, src)
}

func utf16BE(dst, src []byte) (made, used int, reason string) {
	return utf16In(binary.BigEndian, dst, src)
}

func utf16In(order binary.ByteOrder, dst, src []byte) (made, used int, reason string) {
	for len(src)-used >= 2 && len(dst)-made >= utf8.UTFMax {
		c := rune(order.Uint16(src[used:]))
		size := 2
		if utf16.IsSurrogate(c) {
			if len(src)-used < 4 && c < 0xDC00 {
				return made, used, ""
			}
			lone := c
			if c < 0xDC00 {
				c = utf16.DecodeRune(c, rune(order.Uint16(src[used+2:])))
			}
			if c == utf8.RuneError || c == lone {
				return made, used, fmt.Sprintf("Expected a character in UTF-16, but 0x%04X is half of one.", lone)
			}
			size = 4
		}
		made += utf8.EncodeRune(dst[made:], c)
		used += size
	}
	return made, used, ""
}

func utf32LE(dst, src []byte) (made, used int, reason string) {
	return utf32In(binary.LittleEndian, dst, src)
}

func utf32BE(dst, src []byte) (made, used int, reason string) {
	return utf32In(binary.BigEndian, dst, src)
}

func utf32In(order binary.ByteOrder, dst, src []byte) (made, used int, reason string) {
	for len(src)-used >= 4 && len(dst)-made >= utf8.UTFMax {
		c := order.Uint32(src[used:])
		if c > utf8.MaxRune || !utf8.ValidRune(rune(c)) {
			return made, used, fmt.Sprintf("Expected a character in UTF-32, but 0x%08X is none.", c)
		}
		made += utf8.EncodeRune(dst[made:], rune(c))
		used += 4
	}
	return made, used, ""
}

// What is wrong with a byte that has no character.
const (
	notDeclared = "Expected a character of the encoding that is declared, but the byte 0x%02X is none."
	notGuessed  = "Expected text in UTF-8 or Windows-1252, but the byte 0x%02X is no part of either."
)

// guessed is the decoder of what is taken for Windows-1252.
var guessed = oneByte(charmap.Windows1252, notGuessed)

// oneByte is the decoder of an encoding with a byte for each character.
func oneByte(c *charmap.Charmap, wrong string) decoder {
	var table [256]rune
	ofASCII := true
	for i := range table {
		table[i] = c.DecodeByte(byte(i))
		ofASCII = ofASCII && (i >= utf8.RuneSelf || table[i] == rune(i))
	}
	return func(dst, src []byte) (made, used int, reason string) {
		for used < len(src) && len(dst)-made >= utf8.UTFMax {
			if ofASCII && src[used] < utf8.RuneSelf {
				n := copy(dst[made:], src[used:used+ascii(src[used:])])
				made, used = made+n, used+n
				continue
			}
			r := table[src[used]]
			if r == utf8.RuneError {
				return made, used, fmt.Sprintf(wrong, src[used])
			}
			made += utf8.EncodeRune(dst[made:], r)
			used++
		}
		return made, used, ""
	}
}
