package scan

import (
	"bytes"
	"slices"

	"claimcheck/internal/data"
)

// names are those of the open elements, the outermost first.
type names struct {
	text []byte
	ends []int // of each name in text
}

func (n *names) depth() int { return len(n.ends) }

// top is the name of the innermost element.
func (n *names) top() []byte {
	from := 0
	if len(n.ends) > 1 {
		from = n.ends[len(n.ends)-2]
	}
	return n.text[from:]
}

func (n *names) push(name []byte) {
	n.text = append(n.text, name...)
	n.ends = append(n.ends, len(n.text))
}

func (n *names) pop() {
	n.text = n.text[:len(n.text)-len(n.top())]
	n.ends = n.ends[:len(n.ends)-1]
}

// startTag reads a start tag, or the tag of an empty element.
func (s *Scanner) startTag() error {
	s.pos++
	name, colon, err := s.qname("the name of an element")
	if err != nil {
		return err
	}
	s.Name, s.Attrs, s.Tidy, s.Empty = name, s.Attrs[:0], true, false
	for {
		from := s.pos
		spaced := s.spaces()
		if s.pos == len(s.buf) {
			return s.short("an attribute or >")
		}
		if c := s.buf[s.pos]; c == '>' || c == '/' {
			s.Tidy = s.Tidy && !spaced
			break
		}
		if !spaced {
			return s.expected(s.pos, "a space, > or />")
		}
		s.Tidy = s.Tidy && s.pos == from+1 && s.buf[from] == ' '
		if err := s.attribute(); err != nil {
			return err
		}
	}
	if s.buf[s.pos] == '/' {
		s.Empty = true
		s.pos++
	}
	if err := s.next('>', ">"); err != nil {
		return err
	}
	s.Kind = StartTag
	s.setRaw()
	return s.open(colon)
}

// open enters the element whose start tag was read.
func (s *Scanner) open(colon int) error {
	if s.names.depth() >= MaxDepth {
		return data.TooLarge("In line %d elements are nested more than %d deep.", s.Line(), MaxDepth)
	}
	if len(s.names.text)+len(s.Name)+s.namespaces.Bytes > MaxNames {
		return data.TooLarge("In line %d the names of the open elements and their Namespaces are more than %d bytes.", s.Line(), MaxNames)
	}
	if err := s.distinct(); err != nil {
		return err
	}
	s.names.push(s.Name)
	if err := s.bind(colon); err != nil {
		return err
	}
	s.place = inContent
	return nil
}

// close leaves the element whose end was read.
func (s *Scanner) close() {
	s.Kind = End
	s.namespaces.Leave(s.names.depth())
	s.names.pop()
	if s.names.depth() == 0 {
		s.place = inEpilog
	}
}

// qname passes a name that may have a prefix, and returns where its colon is, -1 for none.
func (s *Scanner) qname(want string) (name []byte, colon int, err error) {
	from := s.pos
	if _, err := s.readName(want); err != nil {
		return nil, 0, err
	}
	if s.pos == len(s.buf) {
		return nil, 0, s.short(want)
	}
	if s.buf[s.pos] != ':' {
		return s.buf[from:s.pos], -1, nil
	}
	colon = s.pos - from
	s.pos++
	if _, err := s.readName("a name after the colon"); err != nil {
		return nil, 0, err
	}
	if s.pos < len(s.buf) && s.buf[s.pos] == ':' {
		return nil, 0, s.fail(s.pos, "A name has at most one colon.")
	}
	return s.buf[from:s.pos], colon, nil
}

// attribute reads an attribute.
func (s *Scanner) attribute() error {
	if len(s.Attrs) == MaxAttributes {
		return data.TooLarge("In line %d an element has more than %d attributes.", s.Line(), MaxAttributes)
	}
	name, colon, err := s.qname("the name of an attribute, > or />")
	if err != nil {
		return err
	}
	from := s.pos
	q, err := s.openQuote()
	if err != nil {
		return err
	}
	s.Tidy = s.Tidy && s.pos == from+2
	from = s.pos
	plain, err := s.value(q)
	if err != nil {
		return err
	}
	s.Attrs = append(s.Attrs, Attribute{Name: name, Value: s.buf[from : s.pos-1], Quoted: s.buf[from-1 : s.pos], colon: colon, Plain: plain})
	return nil
}

// value passes the value of an attribute and the quote that ends it.
func (s *Scanner) value(q byte) (plain bool, err error) {
	plain = true
	for {
		for s.pos < len(s.buf) && textBytes[s.buf[s.pos]] == ordinary {
			s.pos++
		}
		if s.pos == len(s.buf) {
			return false, s.short("the quote " + string(q))
		}
		switch textBytes[s.buf[s.pos]] {
		case quote:
			s.pos++
			if s.buf[s.pos-1] == q {
				return plain, nil
			}
		case lessThan:
			return false, s.fail(s.pos, "The value of an attribute cannot hold <: write &lt;.")
		case ampersand:
			plain = false
			err = s.reference()
		case control, tail:
			err = s.character()
		case space, cr:
			plain = false
			s.pos++
		default:
			s.pos++
		}
		if err != nil {
			return false, err
		}
	}
}

// fewAttributes are compared one with another, more by a table.
const fewAttributes = 12

// distinct fails if two attributes have the same name.
func (s *Scanner) distinct() error {
	if len(s.Attrs) <= fewAttributes {
		for i := 1; i < len(s.Attrs); i++ {
			for j := range i {
				if bytes.Equal(s.Attrs[i].Name, s.Attrs[j].Name) {
					return s.twice(&s.Attrs[i])
				}
			}
		}
		return nil
	}
	seen := make(map[string]struct{}, len(s.Attrs))
	for i := range s.Attrs {
		seen[string(s.Attrs[i].Name)] = struct{}{}
		if len(seen) == i {
			return s.twice(&s.Attrs[i])
		}
	}
	return nil
}

// twice is the fault of an attribute that is there already.
func (s *Scanner) twice(a *Attribute) error {
	return s.fail(s.offset(a.Name), "The attribute %s is there already.", a.Name)
}

// offset is where a part of the token is in the buffer.
func (s *Scanner) offset(part []byte) int { return cap(s.buf) - cap(part) }

// endTag reads an end tag.
func (s *Scanner) endTag() error {
	open := s.names.top()
	s.pos += 2
	if rest := s.buf[s.pos:]; len(rest) > len(open) && rest[len(open)] == '>' && bytes.Equal(rest[:len(open)], open) {
		s.pos += len(open) + 1
		s.Kind, s.Name, s.Tidy = EndTag, rest[:len(open)], true
		s.setRaw()
		return nil
	}
	return s.otherEndTag(open)
}

// otherEndTag reads an end tag with white space, or one that is wrong.
func (s *Scanner) otherEndTag(open []byte) error {
	for i, c := range open {
		if s.pos == len(s.buf) {
			return s.short("</" + string(open) + ">")
		}
		if s.buf[s.pos] != c {
			return s.fail(s.pos, "Expected </%s>, which ends the element that is open.", open)
		}
		if i == len(open)-1 {
			s.Name = s.buf[s.pos-i : s.pos+1]
		}
		s.pos++
	}
	spaced := s.spaces()
	if s.pos == len(s.buf) {
		return s.short(">")
	}
	if s.buf[s.pos] != '>' {
		if !spaced {
			return s.fail(s.pos, "Expected </%s>, which ends the element that is open.", open)
		}
		return s.expected(s.pos, ">")
	}
	s.pos++
	s.Kind, s.Tidy = EndTag, false
	s.setRaw()
	return nil
}

// depth is how many elements are open.
func (s *Scanner) depth() int { return s.names.depth() }

// Attr finds an attribute of the start tag by its name; nil: it is not there.
func (s *Scanner) Attr(name string) *Attribute {
	i := slices.IndexFunc(s.Attrs, func(a Attribute) bool { return string(a.Name) == name })
	if i < 0 {
		return nil
	}
	return &s.Attrs[i]
}
