package scan

import (
	"bytes"

	"claimcheck/internal/data"
)

// A defaulted attribute is one that the document type gives to elements.
type defaulted struct{ name, value string }

// documentType reads a document type, of which <! was passed. It is not applied, but for
// the Namespaces that it declares; what it declares elsewhere is not read.
func (s *Scanner) documentType() error {
	s.defaults = nil
	if err := s.word("DOCTYPE"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if _, _, err := s.qname("the name of the root element"); err != nil {
		return err
	}
	spaced := s.spaces()
	if s.pos < len(s.buf) && (s.buf[s.pos] == 'S' || s.buf[s.pos] == 'P') {
		if !spaced {
			return s.expected(s.pos, "a space")
		}
		if err := s.external(false); err != nil {
			return err
		}
		s.spaces()
	}
	if s.pos == len(s.buf) {
		return s.short("[ or >")
	}
	if s.buf[s.pos] == '[' {
		s.pos++
		if err := s.subset(); err != nil {
			return err
		}
		s.spaces()
	}
	if err := s.next('>', "> after the document type"); err != nil {
		return err
	}
	s.Kind, s.place = DocType, afterType
	s.setRaw()
	return nil
}

// space passes white space, which must be there.
func (s *Scanner) space() error {
	if !s.spaces() {
		if s.pos == len(s.buf) {
			return s.short("a space")
		}
		return s.expected(s.pos, "a space")
	}
	if s.pos == len(s.buf) && !s.over {
		return errShort
	}
	return nil
}

// subset reads the declarations of the document type, and the bracket that ends them.
func (s *Scanner) subset() error {
	for {
		s.spaces()
		if s.pos == len(s.buf) {
			return s.short("] after the declarations")
		}
		switch s.buf[s.pos] {
		case ']':
			s.pos++
			return nil
		case '%':
			s.pos++
			if _, err := s.readName("the name of an entity"); err != nil {
				return err
			}
			if err := s.next(';', "the semicolon of a reference"); err != nil {
				return err
			}
		case '<':
			if err := s.declared(); err != nil {
				return err
			}
		default:
			return s.expected(s.pos, "a declaration or ]")
		}
	}
}

// declared reads a declaration, a comment or an instruction.
func (s *Scanner) declared() error {
	from := s.pos
	s.pos++
	if s.pos == len(s.buf) {
		return s.short("a declaration")
	}
	if s.buf[s.pos] == '?' {
		return s.declaredInstruction(from)
	}
	if err := s.next('!', "a declaration"); err != nil {
		return err
	}
	if s.pos == len(s.buf) {
		return s.short("a declaration")
	}
	if s.buf[s.pos] == '-' {
		if err := s.word("--"); err != nil {
			return err
		}
		if err := s.passTo("--"); err != nil {
			return err
		}
		return s.next('>', ">: a comment cannot hold -- before its end")
	}
	return s.declarationOf()
}

// declaredInstruction reads an instruction, which began at from: its question mark comes.
func (s *Scanner) declaredInstruction(from int) error {
	s.pos++
	target, err := s.readName("the name of an instruction")
	if err != nil {
		return err
	}
	if len(target) == 3 && bytes.EqualFold(target, []byte("xml")) {
		return s.fail(from, "The XML declaration must be the first thing in a document.")
	}
	if s.pos == len(s.buf) {
		return s.short("?>")
	}
	if s.buf[s.pos] == '?' {
		return s.word("?>")
	}
	if !IsSpace(s.buf[s.pos]) {
		return s.expected(s.pos, "a space or ?>")
	}
	return s.passTo("?>")
}

// declarationOf reads a declaration whose <! was passed.
func (s *Scanner) declarationOf() error {
	read := s.elementDeclaration
	word := "ELEMENT"
	switch s.buf[s.pos] {
	case 'A':
		word, read = "ATTLIST", s.attributeDeclarations
	case 'N':
		word, read = "NOTATION", s.notation
	case 'E':
		if s.pos+1 == len(s.buf) {
			return s.short(word)
		}
		if s.buf[s.pos+1] == 'N' {
			word, read = "ENTITY", s.entity
		}
	}
	if err := s.word(word); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if err := read(); err != nil {
		return err
	}
	s.spaces()
	return s.next('>', "> after the declaration")
}

// passTo passes characters up to a word, and the word.
func (s *Scanner) passTo(word string) error {
	for {
		s.skip(word[0])
		if s.pos == len(s.buf) {
			return s.short(word)
		}
		if s.buf[s.pos] != word[0] {
			if err := s.other(); err != nil {
				return err
			}
			continue
		}
		if ok, err := s.has(word); err != nil || ok {
			return err
		}
		s.pos++
	}
}

// external reads where something else is: its public name and its address. Only a notation
// can have a public name without an address.
func (s *Scanner) external(notation bool) error {
	if s.pos < len(s.buf) && s.buf[s.pos] == 'S' {
		if err := s.word("SYSTEM"); err != nil {
			return err
		}
		if err := s.space(); err != nil {
			return err
		}
		return s.literal(nil)
	}
	if err := s.word("PUBLIC"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if err := s.literal(isPublic); err != nil {
		return err
	}
	spaced := s.spaces()
	if s.pos == len(s.buf) {
		return s.short("a quote")
	}
	if notation && s.buf[s.pos] == '>' {
		return nil
	}
	if !spaced {
		return s.expected(s.pos, "a space")
	}
	return s.literal(nil)
}

// isPublic reports whether a public name may hold c (production 13).
func isPublic(c byte) bool {
	return c == ' ' || c == '\r' || c == '\n' || nameBytes[c]&nameByte != 0 || bytes.IndexByte([]byte("'()+,/:=?;!*#@$%"), c) >= 0
}

// literal passes text in quotes, whose characters may be those for which may holds, if it is given.
func (s *Scanner) literal(may func(byte) bool) error {
	q, err := s.quote()
	if err != nil {
		return err
	}
	for {
		if s.pos == len(s.buf) {
			return s.short("the quote " + string(q))
		}
		c := s.buf[s.pos]
		if c == q {
			s.pos++
			return nil
		}
		if may != nil && !may(c) {
			return s.fail(s.pos, "A public name cannot hold %s.", s.found(s.pos))
		}
		if textBytes[c] < control {
			s.pos++
			continue
		}
		if err := s.character(); err != nil {
			return err
		}
	}
}

// elementDeclaration reads what an element may hold.
func (s *Scanner) elementDeclaration() error {
	if _, _, err := s.qname("the name of an element"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if s.pos == len(s.buf) {
		return s.short("EMPTY, ANY or (")
	}
	switch s.buf[s.pos] {
	case 'E':
		return s.word("EMPTY")
	case 'A':
		return s.word("ANY")
	}
	if err := s.next('(', "EMPTY, ANY or ("); err != nil {
		return err
	}
	s.spaces()
	if s.pos == len(s.buf) {
		return s.short("a name, ( or #PCDATA")
	}
	if s.buf[s.pos] == '#' {
		return s.mixed()
	}
	return s.children()
}

// mixed reads the rest of a model of text and elements.
func (s *Scanner) mixed() error {
	if err := s.word("#PCDATA"); err != nil {
		return err
	}
	for elements := false; ; elements = true {
		s.spaces()
		if s.pos == len(s.buf) {
			return s.short("| or )")
		}
		if s.buf[s.pos] == ')' {
			s.pos++
			if elements {
				return s.next('*', "*")
			}
			_, err := s.has("*")
			return err
		}
		if err := s.next('|', "| or )"); err != nil {
			return err
		}
		s.spaces()
		if _, _, err := s.qname("the name of an element"); err != nil {
			return err
		}
	}
}

// children reads the rest of a model of elements, whose first parenthesis was passed.
func (s *Scanner) children() error {
	open := []byte{0} // what is between the parts in each parenthesis; 0: there is one part
	for {
		s.spaces()
		if s.pos < len(s.buf) && s.buf[s.pos] == '(' {
			if len(open) == MaxDepth {
				return data.TooLarge("In line %d a declaration is nested more than %d deep.", s.Line(), MaxDepth)
			}
			s.pos++
			open = append(open, 0)
			continue
		}
		if _, _, err := s.qname("a name or ("); err != nil {
			return err
		}
		if err := s.times(); err != nil {
			return err
		}
		for {
			s.spaces()
			if s.pos == len(s.buf) {
				return s.short("| or , or )")
			}
			if s.buf[s.pos] != ')' {
				break
			}
			s.pos++
			open = open[:len(open)-1]
			if err := s.times(); err != nil || len(open) == 0 {
				return err
			}
		}
		c, between := s.buf[s.pos], &open[len(open)-1]
		if c != '|' && c != ',' || *between != 0 && *between != c {
			return s.expected(s.pos, "| or , or )")
		}
		*between = c
		s.pos++
	}
}

// times passes how often a part may be there.
func (s *Scanner) times() error {
	if s.pos == len(s.buf) {
		return s.short("| or , or )")
	}
	if c := s.buf[s.pos]; c == '?' || c == '*' || c == '+' {
		s.pos++
	}
	return nil
}
