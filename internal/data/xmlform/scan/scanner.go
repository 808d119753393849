package scan

import (
	"bytes"
	"errors"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// A place in the grammar, where the next token begins.
type place uint8

const (
	atStart   place = iota // nothing was read
	inProlog               // before the root element
	afterType              // before the root element, a document type was there
	inContent              // in an element
	inEpilog               // after the root element
	inComment              // the rest of one comes, and so on
	inPI
	inCDATA
)

// A Scanner reads a document token by token, and checks that it is well-formed.
type Scanner struct {
	input
	Token

	place      place
	back       place // where the grammar goes on after a comment or an instruction
	names      names // of the open elements
	namespaces Namespaces

	defaults map[string][]defaulted // declarations of Namespaces that the document type gives to elements
}

// New begins to read a document.
func New(in io.Reader) *Scanner {
	s := &Scanner{}
	s.in, s.at, s.buf = text.NewReader(in, format, text.Declared(declaredEncoding)), data.Start, make([]byte, 0, bufferBytes)
	s.namespaces.Begin()
	return s
}

// Next reads the next token, of kind End at the end of the document. It fails with Invalid INVALID_XML and INVALID_ENCODING, both with
// line and column, with TooLarge FILE_TOO_LARGE, and with what reading fails with, wrapped.
func (s *Scanner) Next() error {
	if s.Kind == StartTag && s.Empty || s.Kind == EndTag {
		s.close()
	}
	s.start = s.pos
	for {
		err := s.piece()
		if !errors.Is(err, errShort) {
			return err
		}
		if err := s.more(); err != nil {
			return err
		}
	}
}

// piece reads the token that begins at pos. It returns errShort, and
// nothing has changed but pos, if the buffer ends too early.
func (s *Scanner) piece() error {
	s.First, s.Last = true, true
	switch s.place {
	case inComment:
		return s.restOfComment()
	case inPI:
		return s.restOfInstruction()
	case inCDATA:
		return s.restOfCDATA()
	case inContent:
		if s.pos < len(s.buf) && s.buf[s.pos] != '<' {
			return s.text()
		}
		if s.pos == len(s.buf) {
			return s.short("</" + string(s.names.top()) + ">")
		}
		return s.markup()
	default:
		return s.outside()
	}
}

// outside reads what is not in the root element.
func (s *Scanner) outside() error {
	if s.place == atStart {
		if ok, err := s.has("<?xml"); err != nil {
			return err
		} else if ok {
			return s.declaration()
		}
	}
	if s.spaces() {
		s.Kind, s.Blank, s.Plain = Characters, true, false
		s.setRaw()
		if s.place == atStart {
			s.place = inProlog
		}
		return nil
	}
	if s.pos == len(s.buf) {
		if !s.over {
			return errShort
		}
		if s.err != nil || s.place != inEpilog {
			return s.short("an element")
		}
		s.Kind = End
		return nil
	}
	if s.buf[s.pos] != '<' {
		if s.place == inEpilog {
			return s.expected(s.pos, "nothing more after the root element")
		}
		return s.expected(s.pos, "<")
	}
	return s.markup()
}

// markup reads what begins with <.
func (s *Scanner) markup() error {
	if s.pos+1 == len(s.buf) {
		s.pos++
		return s.short("a name")
	}
	switch s.buf[s.pos+1] {
	case '/':
		if s.place != inContent {
			return s.fail(s.pos+1, "Expected an element, found an end tag without a start tag.")
		}
		return s.endTag()
	case '?':
		s.pos += 2
		return s.instruction()
	case '!':
		s.pos += 2
		return s.bang()
	}
	if s.place == inEpilog {
		return s.fail(s.pos+1, "A document has one root element, and another begins here.")
	}
	return s.startTag()
}

// bang reads what begins with <!, which was passed.
func (s *Scanner) bang() error {
	if ok, err := s.has("--"); err != nil {
		return err
	} else if ok {
		s.back, s.place = s.content(), inComment
		return s.undone(s.restOfComment(), s.back)
	}
	if s.pos < len(s.buf) && s.buf[s.pos] == '-' {
		return s.word("--")
	}
	if s.place == inContent {
		if err := s.word("[CDATA["); err != nil {
			return err
		}
		s.back, s.place = s.place, inCDATA
		return s.undone(s.restOfCDATA(), s.back)
	}
	if s.pos == len(s.buf) {
		return s.short("a comment or a document type")
	}
	if s.buf[s.pos] == 'D' && s.place != inEpilog && s.place != afterType {
		return s.documentType()
	}
	return s.expected(s.pos, "--, which begins a comment")
}

// content is the place after a comment or an instruction that begins at the current one.
func (s *Scanner) content() place {
	if s.place == atStart {
		return inProlog
	}
	return s.place
}

// undone goes back to a place if a piece was short, and marks the first piece if not.
func (s *Scanner) undone(err error, back place) error {
	if errors.Is(err, errShort) {
		s.place = back
	}
	s.First = true
	return err
}

// setRaw ends the token at pos.
func (s *Scanner) setRaw() { s.Raw = s.buf[s.start:s.pos] }

// text reads text between tags, or a piece of it.
func (s *Scanner) text() error {
	for s.pos < len(s.buf) && IsSpace(s.buf[s.pos]) {
		s.pos++
	}
	s.Kind, s.Plain = Characters, true
	s.Blank = s.pos == len(s.buf) || s.buf[s.pos] == '<'
	if s.Blank {
		s.Plain = bytes.IndexByte(s.buf[s.start:s.pos], '\r') < 0
	} else if bytes.IndexByte(s.buf[s.start:s.pos], '\r') >= 0 {
		s.Plain = false
	}
	for {
		for s.pos < len(s.buf) && textBytes[s.buf[s.pos]]|1 == space {
			s.pos++
		}
		if s.pos == len(s.buf) || s.buf[s.pos] == '<' {
			break
		}
		from := s.pos
		err := s.special()
		if errors.Is(err, errShort) && from > s.start { // up to what is not all there
			s.pos = from
			break
		}
		if err != nil {
			return err
		}
	}
	s.wholeBreak()
	if s.pos == s.start {
		return errShort
	}
	s.setRaw()
	return nil
}

// wholeBreak goes back before a carriage return at the end of the buffer: a line feed
// may belong to it.
func (s *Scanner) wholeBreak() {
	if s.pos == len(s.buf) && !s.over && s.pos > s.start && s.buf[s.pos-1] == '\r' {
		s.pos--
	}
}

// special passes a byte of text that may be none, or more.
func (s *Scanner) special() error {
	switch textBytes[s.buf[s.pos]] {
	case ampersand:
		s.Plain = false
		return s.reference()
	case cr:
		s.Plain = false
		s.pos++
	case bracket:
		if s.pos+2 >= len(s.buf) && !s.over {
			return errShort
		}
		if bytes.HasPrefix(s.buf[s.pos:], []byte("]]>")) {
			return s.fail(s.pos+2, "Text cannot hold ]]>: write ]]&gt;.")
		}
		s.pos++
	case control, tail:
		return s.character()
	default:
		s.pos++
	}
	return nil
}
