package scan

import "regexp"

// declaration reads what follows <?xml, which was passed.
func (s *Scanner) declaration() error {
	if s.pos == len(s.buf) {
		return s.short("a space")
	}
	if s.buf[s.pos] == '?' {
		return s.expected(s.pos, "a space")
	}
	if !IsSpace(s.buf[s.pos]) { // an instruction such as <?xml-stylesheet?>
		s.pos = s.start + 2
		return s.instruction()
	}
	s.Encoding = nil
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
	s.Kind, s.place = Declaration, inProlog
	s.setRaw()
	return nil
}

// pseudo reads what the declaration has like an attribute, if it is there.
func (s *Scanner) pseudo(name string, must bool, value func() error) error {
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
func (s *Scanner) openQuote() (byte, error) {
	s.spaces()
	if err := s.next('=', "="); err != nil {
		return 0, err
	}
	s.spaces()
	return s.quote()
}

// quote passes a quote, which it returns.
func (s *Scanner) quote() (byte, error) {
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

func (s *Scanner) version() error {
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

func (s *Scanner) encodingName() error {
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
	s.Encoding = s.buf[from:s.pos]
	return nil
}

func (s *Scanner) yesNo() error {
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
