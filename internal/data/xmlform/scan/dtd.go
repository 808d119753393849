package scan

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"claimcheck/internal/data"
)

// attributeDeclarations reads what attributes an element has.
func (s *Scanner) attributeDeclarations() error {
	element, _, err := s.qname("the name of an element")
	if err != nil {
		return err
	}
	for {
		spaced := s.spaces()
		if s.pos == len(s.buf) {
			return s.short("the name of an attribute or >")
		}
		if s.buf[s.pos] == '>' {
			return nil
		}
		if !spaced {
			return s.expected(s.pos, "a space")
		}
		name, _, err := s.qname("the name of an attribute or >")
		if err != nil {
			return err
		}
		if err := s.space(); err != nil {
			return err
		}
		if err := s.attributeType(); err != nil {
			return err
		}
		if err := s.space(); err != nil {
			return err
		}
		if err := s.defaultValue(element, name); err != nil {
			return err
		}
	}
}

// attributeTypes are the types that are words.
var attributeTypes = map[string]bool{
	"CDATA": true, "ID": true, "IDREF": true, "IDREFS": true, "ENTITY": true, "ENTITIES": true, "NMTOKEN": true, "NMTOKENS": true,
}

// attributeType reads the type of an attribute.
func (s *Scanner) attributeType() error {
	if s.pos < len(s.buf) && s.buf[s.pos] == '(' {
		return s.choices(s.nmtoken)
	}
	from := s.pos
	name, err := s.readName("the type of an attribute")
	if err != nil {
		return err
	}
	if attributeTypes[string(name)] {
		return nil
	}
	if string(name) != "NOTATION" {
		return s.fail(from, "Expected the type of an attribute, found %s.", name)
	}
	if err := s.space(); err != nil {
		return err
	}
	return s.choices(func() error {
		_, err := s.readName("the name of a notation")
		return err
	})
}

// choices reads words in parentheses.
func (s *Scanner) choices(word func() error) error {
	if err := s.next('(', "("); err != nil {
		return err
	}
	for {
		s.spaces()
		if err := word(); err != nil {
			return err
		}
		s.spaces()
		if s.pos < len(s.buf) && s.buf[s.pos] == ')' {
			s.pos++
			return nil
		}
		if err := s.next('|', "| or )"); err != nil {
			return err
		}
	}
}

// nmtoken passes a word whose characters may be in names (production 7).
func (s *Scanner) nmtoken() error {
	from := s.pos
	for s.pos < len(s.buf) {
		r, n := utf8.DecodeRune(s.buf[s.pos:])
		if r != ':' && !InName(r) {
			break
		}
		s.pos += n
	}
	if s.pos == len(s.buf) {
		return s.short("a word of letters and digits")
	}
	if s.pos == from {
		return s.expected(s.pos, "a word of letters and digits")
	}
	return nil
}

// defaultValue reads what an attribute is where it is not there.
func (s *Scanner) defaultValue(element, name []byte) error {
	if s.pos < len(s.buf) && s.buf[s.pos] == '#' {
		if s.pos+1 == len(s.buf) {
			s.pos++
			return s.short("REQUIRED, IMPLIED or FIXED")
		}
		switch s.buf[s.pos+1] {
		case 'R':
			return s.word("#REQUIRED")
		case 'I':
			return s.word("#IMPLIED")
		}
		if err := s.word("#FIXED"); err != nil {
			return err
		}
		if err := s.space(); err != nil {
			return err
		}
	}
	q, err := s.quote()
	if err != nil {
		return err
	}
	from := s.pos
	if _, err := s.value(q); err != nil {
		return err
	}
	if string(name) == "xmlns" || bytes.HasPrefix(name, []byte("xmlns:")) {
		return s.defaultNamespace(string(element), string(name), string(s.buf[from:s.pos-1]))
	}
	return nil
}

// maxDefaults are the namespaces that a document type may declare for an element.
const maxDefaults = 64

// defaultNamespace remembers a declaration of a namespace for an element. The first of a name counts.
func (s *Scanner) defaultNamespace(element, name, value string) error {
	if s.defaults == nil {
		s.defaults = map[string][]defaulted{}
	}
	of := s.defaults[element]
	if slices.ContainsFunc(of, func(d defaulted) bool { return d.name == name }) {
		return nil
	}
	if len(of) == maxDefaults {
		return data.TooLarge("The document type declares more than %d namespaces for the element %.40q.", maxDefaults, element)
	}
	s.defaults[element] = append(of, defaulted{name, value})
	return nil
}

// notation reads the declaration of a notation.
func (s *Scanner) notation() error {
	if _, err := s.readName("the name of a notation"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	return s.external(true)
}

// entity reads the declaration of an entity.
func (s *Scanner) entity() error {
	parameter := false
	if s.pos < len(s.buf) && s.buf[s.pos] == '%' {
		parameter = true
		s.pos++
		if err := s.space(); err != nil {
			return err
		}
	}
	if _, err := s.readName("the name of an entity"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if s.pos == len(s.buf) {
		return s.short("a quote, SYSTEM or PUBLIC")
	}
	if c := s.buf[s.pos]; c == '"' || c == '\'' {
		return s.entityValue()
	}
	if err := s.external(false); err != nil {
		return err
	}
	if parameter {
		return nil
	}
	spaced := s.spaces()
	if s.pos == len(s.buf) {
		return s.short("NDATA or >")
	}
	if s.buf[s.pos] == '>' {
		return nil
	}
	if !spaced {
		return s.expected(s.pos, "a space")
	}
	if err := s.word("NDATA"); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	_, err := s.readName("the name of a notation")
	return err
}

// entityValue reads what an entity is, which is not kept.
func (s *Scanner) entityValue() error {
	q, err := s.quote()
	if err != nil {
		return err
	}
	for {
		if s.pos == len(s.buf) {
			return s.short("the quote " + string(q))
		}
		switch c := s.buf[s.pos]; {
		case c == q:
			s.pos++
			return nil
		case c == '%':
			return s.fail(s.pos, "A reference to a parameter entity cannot be in a declaration.")
		case c == '&':
			_, err = s.referred("the name of an entity") // it is not replaced
		case textBytes[c] >= control:
			err = s.character()
		default:
			s.pos++
		}
		if err != nil {
			return err
		}
	}
}
