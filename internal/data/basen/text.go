package basen

import (
	"unicode/utf8"

	"claimcheck/internal/data"
)

// held is the character that is not whole, of a decoder whose bytes are to be UTF-8.
type held struct {
	at data.Position // of its letters
}

// checkText looks at out, which begins with tail bytes of a character that was not whole.
// A character that is not whole yet is held back, unless nothing more comes.
func (d *decoder) checkText(tail int, last bool) error {
	d.usable -= unfinished(d.out)
	if bad := firstInvalid(d.out[:d.usable]); bad >= 0 {
		d.usable = bad
		if bad < tail {
			return d.badText(d.utf8.at)
		}
		return d.badText(d.place(bad - tail))
	}
	if d.usable == len(d.out) {
		return nil
	}
	if d.usable >= tail {
		d.utf8.at = d.place(d.usable - tail)
	}
	if last {
		return d.badText(d.utf8.at)
	}
	return nil
}

func (d *decoder) badText(at data.Position) error {
	return data.BadEncoding(d.code.name, at, "Expected the bytes of UTF-8, but those that begin here are encoded otherwise.")
}

// place returns where the letters are of the byte that is number k of those that the block
// made.
func (d *decoder) place(k int) data.Position {
	letter := k/d.code.bytes*d.code.chars + k%d.code.bytes*d.code.chars/d.code.bytes
	if letter < d.group.before {
		return d.group.begun[letter]
	}
	letter -= d.group.before
	for i, c := range d.block {
		if d.code.values[c] >= wrong {
			continue
		}
		if letter == 0 {
			return d.at.After(d.block[:i])
		}
		letter--
	}
	panic("basen: a byte without letters")
}

// unfinished returns how many bytes at the end begin a character that is not whole.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if at := len(b) - n; utf8.RuneStart(b[at]) {
			if utf8.FullRune(b[at:]) {
				return 0
			}
			return n
		}
	}
	return 0
}

// firstInvalid returns where the first byte is that is no UTF-8, or -1.
func firstInvalid(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}
