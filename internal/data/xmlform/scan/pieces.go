package scan

import (
	"bytes"
	"errors"
	"strings"
)

// rest reads a token whose beginning was passed up to what ends it, which it passes too, or as
// much as the buffer has. Its data is what comes before the end.
func (s *Scanner) rest(k Kind, end, want string) error {
	s.Kind, s.First, s.Last, s.Plain = k, false, true, true
	from := s.pos
	for {
		s.skip(end[0])
		if s.pos == len(s.buf) {
			break
		}
		if s.buf[s.pos] != end[0] {
			err := s.other()
			if errors.Is(err, errShort) {
				break
			}
			if err != nil {
				return err
			}
			continue
		}
		if len(s.buf)-s.pos < len(end) && !s.over {
			break
		}
		if k == Comment && bytes.HasPrefix(s.buf[s.pos:], []byte("--")) && s.pos+2 < len(s.buf) && s.buf[s.pos+2] != '>' {
			return s.fail(s.pos+2, "Expected >: a comment cannot hold -- before its end.")
		}
		if bytes.HasPrefix(s.buf[s.pos:], []byte(end)) {
			s.Data = s.buf[from:s.pos]
			s.pos += len(end)
			s.place = s.back
			s.setRaw()
			return nil
		}
		s.pos++
	}
	s.wholeBreak()
	if s.over || s.pos == s.start {
		return s.short(want)
	}
	s.Data, s.Last = s.buf[from:s.pos], false
	s.setRaw()
	return nil
}

// skip passes characters other than end that need no look.
func (s *Scanner) skip(end byte) {
	for s.pos < len(s.buf) {
		c := s.buf[s.pos]
		if c == end || textBytes[c] >= control || c == '\r' {
			return
		}
		s.pos++
	}
}

// other passes a character that skip stops at.
func (s *Scanner) other() error {
	if s.buf[s.pos] == '\r' {
		s.Plain = false
		s.pos++
		return nil
	}
	return s.character()
}

func (s *Scanner) restOfComment() error { return s.rest(Comment, "-->", "-->") }
func (s *Scanner) restOfCDATA() error   { return s.rest(CDATA, "]]>", "]]>") }

func (s *Scanner) restOfInstruction() error { return s.rest(Instruction, "?>", "?>") }

// instruction reads an instruction, of which <? was passed.
func (s *Scanner) instruction() error {
	target, err := s.readName("the name of an instruction")
	if err != nil {
		return err
	}
	if strings.EqualFold(string(target), "xml") {
		return s.fail(s.start, "The XML declaration must be the first thing in a document, and its name in small letters.")
	}
	if s.pos == len(s.buf) {
		return s.short("?>")
	}
	if !IsSpace(s.buf[s.pos]) && s.buf[s.pos] != '?' {
		return s.expected(s.pos, "a space or ?>")
	}
	if s.buf[s.pos] == '?' { // nothing else may follow
		if s.pos+1 == len(s.buf) {
			s.pos++
			return s.short("?>")
		}
		if s.buf[s.pos+1] != '>' {
			return s.expected(s.pos+1, ">")
		}
	}
	s.back, s.place = s.content(), inPI
	return s.undone(s.restOfInstruction(), s.back)
}
