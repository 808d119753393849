package scan

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"claimcheck/internal/data"
)

// bufferBytes are read at once.
const bufferBytes = 128 << 10

// errShort is told inside the scanner where the buffer ends within a token, of which
// there is more to be read.
var errShort = errors.New("scan: the token goes on beyond the buffer")

// An input is the text that is scanned, through a window: the bytes of the token that is
// being read, and what was read beyond it. Its text is valid UTF-8.
type input struct {
	in    io.Reader
	buf   []byte
	start int           // of the token
	pos   int           // of the next byte
	at    data.Position // of buf[0]
	over  bool          // nothing comes after buf
	err   error         // what ended the input, if it was no end of file
	cut   []byte        // what was read of a character whose rest was not
}

// more reads on, and keeps the token from its start, where pos is set again. It fails if the
// token fills the largest window.
func (s *input) more() error {
	s.pos = s.start
	if s.start > 0 {
		s.at = s.at.After(s.buf[:s.start])
		s.buf = s.buf[:copy(s.buf, s.buf[s.start:])]
		s.start, s.pos = 0, 0
	}
	if len(s.buf) > cap(s.buf)/2 {
		if len(s.buf) >= maxToken {
			return data.TooLarge("What begins in line %d is longer than the %d bytes that a tag or a document type can have.", s.at.Line, maxToken)
		}
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	s.buf = append(s.buf, s.cut...)
	for !s.over && len(s.buf) < cap(s.buf) {
		n, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if err != nil {
			s.over = true
			if !errors.Is(err, io.EOF) {
				s.err = fmt.Errorf("read input: %w", err)
			}
		}
	}
	s.keep()
	return nil
}

// keep puts aside a character that is cut off at the end of the buffer.
func (s *input) keep() {
	i := max(len(s.buf)-utf8.UTFMax, 0)
	for i < len(s.buf) && utf8.FullRune(s.buf[i:]) {
		i++ // a byte within a character is one by itself here
	}
	s.cut = append(s.cut[:0], s.buf[i:]...)
	s.buf = s.buf[:i]
}

// short is the failure of a token that needs more than the buffer has: errShort if there
// is more, else what it is that the input lacks.
func (s *input) short(want string) error {
	switch {
	case !s.over:
		return errShort
	case s.err != nil:
		return s.err
	default:
		return s.fail(len(s.buf), "Expected %s, but the input ends.", want)
	}
}

// fail is the fault of a mistake at buf[i].
func (s *input) fail(i int, reason string, args ...any) error {
	return data.Invalid(format, s.at.After(s.buf[:i]), reason, args...)
}

// Line is the line of the token.
func (s *input) Line() int { return s.at.After(s.buf[:s.start]).Line }

// found names the character at buf[i] for people.
func (s *input) found(i int) string {
	r, _ := utf8.DecodeRune(s.buf[i:])
	switch {
	case r == '\n':
		return "a line break"
	case r == ' ':
		return "a space"
	case r < ' ' || r >= 0x7F:
		return fmt.Sprintf("U+%04X", r)
	default:
		return string(r)
	}
}

// expected is the fault of a character at buf[i] where something else must be.
func (s *input) expected(i int, want string) error {
	return s.fail(i, "Expected %s, found %s.", want, s.found(i))
}

// spaces passes white space. It reports whether there was any.
func (s *input) spaces() bool {
	from := s.pos
	for s.pos < len(s.buf) && IsSpace(s.buf[s.pos]) {
		s.pos++
	}
	return s.pos > from
}

// next passes the byte b, or fails.
func (s *input) next(b byte, want string) error {
	if s.pos == len(s.buf) {
		return s.short(want)
	}
	if s.buf[s.pos] != b {
		return s.expected(s.pos, want)
	}
	s.pos++
	return nil
}

// word passes the bytes of a word, or fails.
func (s *input) word(word string) error {
	for i := range len(word) {
		if s.pos == len(s.buf) {
			return s.short(word)
		}
		if s.buf[s.pos] != word[i] {
			return s.expected(s.pos, word)
		}
		s.pos++
	}
	return nil
}

// has reports whether a word comes, and passes it if so. It fails if the buffer ends before it can be told.
func (s *input) has(word string) (bool, error) {
	for i := range len(word) {
		if s.pos+i == len(s.buf) {
			if s.over {
				return false, nil
			}
			return false, errShort
		}
		if s.buf[s.pos+i] != word[i] {
			return false, nil
		}
	}
	s.pos += len(word)
	return true, nil
}

// readName passes a name without colons.
func (s *input) readName(want string) ([]byte, error) {
	from := s.pos
	for {
		if s.pos == len(s.buf) {
			return nil, s.short(want)
		}
		if c := s.buf[s.pos]; nameBytes[c]&nameByte != 0 && (s.pos > from || nameBytes[c]&nameStart != 0) {
			s.pos++
			continue
		} else if c < utf8.RuneSelf {
			break
		}
		r, n := utf8.DecodeRune(s.buf[s.pos:])
		if !StartsName(r) && (s.pos == from || !InName(r)) {
			break
		}
		s.pos += n
	}
	if s.pos == from {
		return nil, s.expected(s.pos, want)
	}
	return s.buf[from:s.pos], nil
}

// character fails if the bytes at buf[s.pos], which textBytes calls control or tail,
// are no character of XML; else it passes them.
func (s *input) character() error {
	c := s.buf[s.pos]
	if c != 0xEF {
		return s.fail(s.pos, "A document cannot hold the character U+%04X.", c)
	}
	if s.buf[s.pos+1] == 0xBF && s.buf[s.pos+2] >= 0xBE {
		return s.fail(s.pos, "A document cannot hold the character U+FFF%X.", s.buf[s.pos+2]&0xF)
	}
	s.pos += 3
	return nil
}
