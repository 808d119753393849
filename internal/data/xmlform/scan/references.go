package scan

import (
	"bytes"
	"unicode/utf8"
)

// predefined are the entities that need no declaration.
var predefined = map[string]byte{"amp": '&', "lt": '<', "gt": '>', "apos": '\'', "quot": '"'}

// reference passes a reference: the & of one is at pos.
func (s *Scanner) reference() error {
	from := s.pos
	name, err := s.referred("the name of an entity: the character & itself is written &amp;")
	if err == nil && name != nil && predefined[string(name)] == 0 {
		return s.fail(from, "Of entities only amp, lt, gt, apos and quot are known: %s is not expanded.", name)
	}
	return err
}

// referred passes a reference, whatever it is to, and returns the name of its entity; nil is one to a
// character. want is said where a name lacks.
func (s *Scanner) referred(want string) (name []byte, err error) {
	from := s.pos
	s.pos++
	if s.pos == len(s.buf) {
		return nil, s.short("a reference such as &amp;")
	}
	if s.buf[s.pos] == '#' {
		return nil, s.characterReference(from)
	}
	if name, err = s.readName(want); err != nil {
		return nil, err
	}
	return name, s.next(';', "the semicolon of a reference")
}

// characterReference passes a reference to a character by its number, which begins at from.
func (s *Scanner) characterReference(from int) error {
	s.pos++
	base, want := rune(10), "a digit"
	if s.pos < len(s.buf) && s.buf[s.pos] == 'x' {
		base, want = 16, "a hexadecimal digit"
		s.pos++
	}
	r, digits := rune(0), s.pos
	for ; ; s.pos++ {
		if s.pos == len(s.buf) {
			return s.short("the semicolon of a reference")
		}
		d := digit(s.buf[s.pos])
		if d >= base {
			break
		}
		r = min(r*base+d, utf8.MaxRune+1)
	}
	if s.pos == digits {
		return s.expected(s.pos, want)
	}
	if err := s.next(';', want+" or the semicolon of a reference"); err != nil {
		return err
	}
	if r > utf8.MaxRune || !IsChar(r) {
		return s.fail(from, "%s is no character that a document may hold.", s.buf[from:s.pos])
	}
	return nil
}

// digit is the value of a hexadecimal digit; more than that of any for other bytes.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	default:
		return 99
	}
}

// AppendMeaning appends what text or the value of an attribute means, which were checked:
// references are replaced, line breaks are one line feed each (2.11) and white space in
// attributes is spaces (3.3.3).
func AppendMeaning(to, source []byte, attr bool) []byte {
	for len(source) > 0 {
		i := bytes.IndexAny(source, special(attr))
		if i < 0 {
			return append(to, source...)
		}
		to = append(to, source[:i]...)
		c := source[i]
		if c == '&' {
			n := i + bytes.IndexByte(source[i:], ';')
			to = AppendReferred(to, source[i+1:n])
			source = source[n+1:]
			continue
		}
		source = source[i+1:]
		if c == '\r' && len(source) > 0 && source[0] == '\n' {
			source = source[1:]
		}
		if attr {
			to = append(to, ' ')
		} else {
			to = append(to, '\n')
		}
	}
	return to
}

// special are the characters that do not mean themselves.
func special(attr bool) string {
	if attr {
		return "&\t\n\r"
	}
	return "&\r"
}

// AppendReferred appends the character that a reference, without & and ;, means.
func AppendReferred(to, name []byte) []byte {
	if name[0] != '#' {
		return append(to, predefined[string(name)])
	}
	base, digits := rune(10), name[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	r := rune(0)
	for _, c := range digits {
		r = r*base + digit(c)
	}
	return utf8.AppendRune(to, r)
}
