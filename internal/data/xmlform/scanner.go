package xmlform

import (
	"bytes"
	"errors"
	"io"
	"regexp"

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

// A scanner reads a document token by token, and checks that it is well-formed.
type scanner struct {
	input
	token

	place      place
	back       place // where the grammar goes on after a comment or an instruction
	names      names // of the open elements
	namespaces namespaces

	defaults map[string][]defaulted // declarations of namespaces that the document type gives to elements
}

// scan begins to read a document.
func scan(in io.Reader) *scanner {
	s := &scanner{}
	s.in, s.at, s.buf = text.NewReader(in, format, text.Declared(declaredEncoding)), data.Start, make([]byte, 0, bufferBytes)
	s.namespaces.begin()
	return s
}

// read reads the next token.
func (s *scanner) read() error {
	if s.kind == startTag && s.empty || s.kind == endTag {
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
func (s *scanner) piece() error {
	s.first, s.last = true, true
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
func (s *scanner) outside() error {
	if s.place == atStart {
		if ok, err := s.has("<?xml"); err != nil {
			return err
		} else if ok {
			return s.declaration()
		}
	}
	if s.spaces() {
		s.kind, s.blank, s.plain = characters, true, false
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
		s.kind = ended
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
func (s *scanner) markup() error {
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
func (s *scanner) bang() error {
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
func (s *scanner) content() place {
	if s.place == atStart {
		return inProlog
	}
	return s.place
}

// undone goes back to a place if a piece was short, and marks the first piece if not.
func (s *scanner) undone(err error, back place) error {
	if errors.Is(err, errShort) {
		s.place = back
	}
	s.first = true
	return err
}

// setRaw ends the token at pos.
func (s *scanner) setRaw() { s.raw = s.buf[s.start:s.pos] }

// text reads text between tags, or a piece of it.
func (s *scanner) text() error {
	for s.pos < len(s.buf) && isSpace(s.buf[s.pos]) {
		s.pos++
	}
	s.kind, s.plain = characters, true
	s.blank = s.pos == len(s.buf) || s.buf[s.pos] == '<'
	if s.blank {
		s.plain = bytes.IndexByte(s.buf[s.start:s.pos], '\r') < 0
	} else if bytes.IndexByte(s.buf[s.start:s.pos], '\r') >= 0 {
		s.plain = false
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
	s.setRaw()
	return nil
}

// special passes a byte of text that may be none, or more.
func (s *scanner) special() error {
	switch textBytes[s.buf[s.pos]] {
	case ampersand:
		s.plain = false
		return s.reference()
	case cr:
		s.plain = false
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

// declaration reads what follows <?xml, which was passed.
func (s *scanner) declaration() error {
	if s.pos == len(s.buf) {
		return s.short("a space")
	}
	if s.buf[s.pos] == '?' {
		return s.expected(s.pos, "a space")
	}
	if !isSpace(s.buf[s.pos]) { // an instruction such as <?xml-stylesheet?>
		s.pos = s.start + 2
		return s.instruction()
	}
	s.encoding = nil
	if err := s.pseudo("version", true, s.version); err != nil {
		return err
	}
	if err := s.pseudo("encoding", false, s.encodingName); err != nil {
		return err
	}
	if err := s.pseudo("standalone", false, s.yesNo); err != nil {
		return err
	}
	s.spaces()
	if err := s.word("?>"); err != nil {
		return err
	}
	s.kind, s.place = declaration, inProlog
	s.setRaw()
	return nil
}

// pseudo reads what the declaration has like an attribute, if it is there.
func (s *scanner) pseudo(name string, must bool, value func() error) error {
	spaced := s.spaces()
	if s.pos == len(s.buf) {
		return s.short("?>")
	}
	if !must && s.buf[s.pos] != name[0] {
		if spaced {
			s.pos-- // it may be the space before the next
		}
		return nil
	}
	if !spaced {
		return s.expected(s.pos, "a space")
	}
	if err := s.word(name); err != nil {
		return err
	}
	q, err := s.openQuote()
	if err != nil {
		return err
	}
	if err := value(); err != nil {
		return err
	}
	return s.next(q, "the quote "+string(q))
}

// openQuote passes an equals sign, and the quote after it, which it returns.
func (s *scanner) openQuote() (byte, error) {
	s.spaces()
	if err := s.next('=', "="); err != nil {
		return 0, err
	}
	s.spaces()
	return s.quote()
}

// quote passes a quote, which it returns.
func (s *scanner) quote() (byte, error) {
	if s.pos == len(s.buf) {
		return 0, s.short("a quote")
	}
	q := s.buf[s.pos]
	if q != '"' && q != '\'' {
		return 0, s.expected(s.pos, "a quote")
	}
	s.pos++
	return q, nil
}

func (s *scanner) version() error {
	if err := s.word("1."); err != nil {
		return err
	}
	from := s.pos
	for s.pos < len(s.buf) && '0' <= s.buf[s.pos] && s.buf[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == len(s.buf) {
		return s.short("a quote")
	}
	if s.pos == from {
		return s.expected(s.pos, "a digit")
	}
	return nil
}

func (s *scanner) encodingName() error {
	from := s.pos
	for s.pos < len(s.buf) {
		c := s.buf[s.pos]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (s.pos == from || c != '.' && c != '_' && c != '-' && (c < '0' || c > '9')) {
			break
		}
		s.pos++
	}
	if s.pos == len(s.buf) {
		return s.short("the name of an encoding")
	}
	if s.pos == from {
		return s.expected(s.pos, "the name of an encoding")
	}
	s.encoding = s.buf[from:s.pos]
	return nil
}

func (s *scanner) yesNo() error {
	if s.pos < len(s.buf) && s.buf[s.pos] == 'y' {
		return s.word("yes")
	}
	return s.word("no")
}

// declaration of an encoding, in a text whose first bytes are those of ASCII.
var encodingDeclaration = regexp.MustCompile(`^<\?xml[ \t\r\n][^?>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']`)

// declaredEncoding finds the encoding that the beginning of a document declares.
func declaredEncoding(head []byte) string {
	if m := encodingDeclaration.FindSubmatch(head); m != nil {
		return string(m[1])
	}
	return ""
}
