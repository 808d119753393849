package jsonform

import (
	"math/bits"
	"unicode/utf8"
)

// text copies the string whose opening quote is at i to o. It returns where both go on.
func (s *scanner) text(i, o int) (_, _ int, err error) {
	if o > s.full {
		if o, err = s.room(o); err != nil {
			return i, o, err
		}
	}
	in, out := s.in, s.out
	start := i
	out[o] = '"'
	i, o = i+1, o+1
	for {
		x := load(in, i)
		store(out, o, x)
		m := stops(x)
		if m == 0 {
			i, o = i+8, o+8
			continue
		}
		n := bits.TrailingZeros64(m) / 8
		i, o = i+n, o+n
		if in[i] == '"' {
			if i-start >= maxTokenBytes {
				return i, o, tokenTooLarge()
			}
			return i + 1, o + 1, nil
		}
		if i, o, start, err = s.special(i, o, start); err != nil {
			return i, o, err
		}
		out = s.out
	}
}

// special copies what a string cannot simply go on over. Start is where it began, before in
// if what it began with is done with.
func (s *scanner) special(i, o, start int) (_, _, _ int, err error) {
	c := s.in[i]
	switch {
	case c >= utf8.RuneSelf:
		return s.wideText(i, o, start)
	case c == '\\' && shortEscapes[s.in[i+1]] != 0:
		s.escaped = true
		s.out[o], s.out[o+1] = '\\', s.in[i+1]
		return i + 2, o + 2, start, nil
	case c == '\\':
		s.escaped = true
		return s.escape(i, o, start)
	case i < s.end:
		return i, o, start, s.mistake(i, "a control character in a string to be escaped")
	case s.err != nil:
		return i, o, start, s.mistake(i, "a closing quote")
	case i-start > maxTokenBytes:
		return i, o, start, tokenTooLarge()
	default:
		o, err = s.room(o)
		return s.more(i), o, start - i, err
	}
}

// wideText copies characters that are not ASCII.
func (s *scanner) wideText(i, o, start int) (_, _, _ int, err error) {
	in, out := s.in, s.out
	for in[i] >= utf8.RuneSelf {
		c, d := in[i], in[i+1]
		n := 0
		switch {
		case c < 0xC2 || d&0xC0 != 0x80: // no beginning of a character, or no continuation
		case c < 0xE0:
			n = 2
		case in[i+2]&0xC0 != 0x80:
		case c > 0xE0 && c < 0xF0 && c != 0xED, c == 0xE0 && d >= 0xA0, c == 0xED && d < 0xA0:
			n = 3
		case in[i+3]&0xC0 != 0x80:
		case c > 0xF0 && c < 0xF4, c == 0xF0 && d >= 0x90, c == 0xF4 && d < 0x90:
			n = 4
		}
		if n == 0 {
			if s.err != nil || s.end-i >= utf8.UTFMax {
				return i, o, start, s.mistake(i, "valid UTF-8")
			}
			o, err = s.room(o)
			at := s.ensure(i, utf8.UTFMax)
			return at, o, start - i + at, err // once more, with all of the character
		}
		store(out, o, load(in, i))
		s.wide += n - 1
		i, o = i+n, o+n
	}
	return i, o, start, nil
}

// escape copies an escape sequence that is not one of two characters.
func (s *scanner) escape(i, o, start int) (_, _, _ int, err error) {
	in := s.in
	switch unit := hexUnit(in[i:]); {
	case unit < 0 || in[i+1] != 'u':
	case unit&0xF800 != 0xD800:
		store(s.out, o, load(in, i))
		return i + 6, o + 6, start, nil
	case unit < 0xDC00 && in[i+6] == '\\' && in[i+7] == 'u' && hexUnit(in[i+6:])&^0x3FF == 0xDC00:
		return i + 12, o + copy(s.out[o:], in[i:i+12]), start, nil
	}
	if o, err = s.room(o); err != nil {
		return i, o, start, err
	}
	at := s.ensure(i, maxEscapeBytes)
	start += at - i
	n, m := escapeAt(in[at:s.end])
	if m.want != "" {
		return at, o, start, s.mistake(at+m.offset, m.want)
	}
	return at + n, o + copy(s.out[o:], in[at:at+n]), start, nil
}

const maxEscapeBytes = 12 // of both halves of a surrogate pair

// hexUnit is the number of the four hexadecimal digits behind two bytes, below 0 if there are none.
func hexUnit(b []byte) rune {
	_ = b[5]
	return rune(hexDigits[b[2]])<<12 | rune(hexDigits[b[3]])<<8 | rune(hexDigits[b[4]])<<4 | rune(hexDigits[b[5]])
}

// number copies the number whose first character, a digit or a minus, is at i.
func (s *scanner) number(i, o int) (_, _ int, err error) {
	if o > s.full {
		if o, err = s.room(o); err != nil {
			return i, o, err
		}
	}
	in, out := s.in, s.out
	from, to := i, o
	if in[i] == '-' {
		out[o] = '-'
		i, o = i+1, o+1
	}
	n := digits(in, out, i, o)
	if n == 0 || n > 1 && in[i] == '0' {
		return s.longNumber(from, to)
	}
	i, o = i+n, o+n
	if in[i] == '.' {
		out[o] = '.'
		if n = digits(in, out, i+1, o+1); n == 0 {
			return s.longNumber(from, to)
		}
		i, o = i+1+n, o+1+n
	}
	if in[i]|0x20 == 'e' {
		out[o], out[o+1] = in[i], in[i+1]
		i, o = i+1, o+1
		if in[i] == '+' || in[i] == '-' {
			i, o = i+1, o+1
		}
		if n = digits(in, out, i, o); n == 0 {
			return s.longNumber(from, to)
		}
		i, o = i+n, o+n
	}
	if i == s.end && s.err == nil {
		return s.longNumber(from, to)
	}
	return i, o, nil
}

// digits copies the digits at i to o, and more. It returns how many there are.
func digits(in, out []byte, i, o int) int {
	for n := 0; ; n += 8 {
		x := load(in, i+n)
		store(out, o+n, x)
		if m := otherThanDigit(x); m != 0 {
			return n + bits.TrailingZeros64(m)/8
		}
	}
}

// longNumber is [number] for any number, also one of which not all was read.
func (s *scanner) longNumber(i, o int) (_, _ int, err error) {
	start := i
	one := func() { // copies a character
		s.out[o] = s.in[i]
		i, o = i+1, o+1
		if i == s.end && s.err == nil {
			start -= i
			i = s.more(i)
			o, err = s.room(o)
		}
	}
	digits := func() error {
		if !isDigit(s.in[i]) {
			return s.mistake(i, "a digit")
		}
		for isDigit(s.in[i]) && err == nil {
			if one(); i-start > maxTokenBytes {
				return tokenTooLarge()
			}
		}
		return err
	}
	if s.in[i] == '-' {
		one()
	}
	if s.in[i] == '0' {
		one()
	} else if err := digits(); err != nil {
		return i, o, err
	}
	if s.in[i] == '.' {
		one()
		if err := digits(); err != nil {
			return i, o, err
		}
	}
	if s.in[i]|0x20 == 'e' {
		one()
		if s.in[i] == '+' || s.in[i] == '-' {
			one()
		}
		if err := digits(); err != nil {
			return i, o, err
		}
	}
	return i, o, err
}

// word copies the word true, false or null, whose first letter is at i.
func (s *scanner) word(i, o int) (_, _ int, err error) {
	const (
		words                  = 1<<32 - 1
		isTrue, isFals, isNull = 'e'<<24 | 'u'<<16 | 'r'<<8 | 't', 's'<<24 | 'l'<<16 | 'a'<<8 | 'f', 'l'<<24 | 'l'<<16 | 'u'<<8 | 'n'
	)
	x := load(s.in, i)
	store(s.out, o, x)
	switch x & words {
	case isTrue, isNull:
		return i + 4, o + 4, nil
	case isFals:
		if s.in[i+4] == 'e' {
			return i + 5, o + 5, nil
		}
	}
	word := map[byte]string{'t': "true", 'f': "false", 'n': "null"}[s.in[i]]
	i = s.ensure(i, len(word))
	for n := range len(word) {
		if s.in[i+n] != word[n] {
			return i, o, s.mistake(i+n, "the word "+word)
		}
	}
	return i + len(word), o + copy(s.out[o:], word), nil
}
