package scan

import (
	"bytes"
	"strings"
)

// The Namespaces that need no declaration.
const (
	XMLSpace   = "http://www.w3.org/XML/1998/namespace"
	XMLNSSpace = "http://www.w3.org/2000/xmlns/"
)

// Namespaces are the declarations in force.
type Namespaces struct {
	all   []namespace
	last  map[string]int      // the last of each prefix in all
	known map[string]*Address // of those in all
	Bytes int                 // of all prefixes and addresses
}

// An Address is that of a namespace: the same address is the same pointer.
type Address struct {
	Text string
	used int // by how many declarations
}

// A namespace is a declaration of a prefix.
type namespace struct {
	prefix  string
	address *Address
	depth   int // of the element that has it
	before  int // the declaration that it hides; -1: none
}

// Begin has the one that needs no declaration.
func (n *Namespaces) Begin() {
	n.last, n.known = map[string]int{}, map[string]*Address{}
	n.Enter("xml", XMLSpace, 0)
}

// Enter enters a declaration of an element as deep as depth.
func (n *Namespaces) Enter(prefix, text string, depth int) {
	before, ok := n.last[prefix]
	if !ok {
		before = -1
	}
	n.last[prefix] = len(n.all)
	a := n.known[text]
	if a == nil {
		a = &Address{Text: text}
		n.known[text] = a
	}
	a.used++
	n.all = append(n.all, namespace{prefix, a, depth, before})
	n.Bytes += len(prefix) + len(text)
}

// Leave ends the declarations of the elements that are as deep as depth, or deeper.
func (n *Namespaces) Leave(depth int) {
	for len(n.all) > 1 && n.all[len(n.all)-1].depth >= depth {
		gone := n.all[len(n.all)-1]
		n.all = n.all[:len(n.all)-1]
		n.Bytes -= len(gone.prefix) + len(gone.address.Text)
		if gone.address.used--; gone.address.used == 0 {
			delete(n.known, gone.address.Text)
		}
		if gone.before < 0 {
			delete(n.last, gone.prefix)
		} else {
			n.last[gone.prefix] = gone.before
		}
	}
}

// Of is the namespace that a prefix is declared to be; nil: it is not declared.
func (n *Namespaces) Of(prefix []byte) *Address {
	i, ok := n.last[string(prefix)]
	if !ok {
		return nil
	}
	return n.all[i].address
}

// bind enters the declarations of the start tag that was read, and looks for those of its
// prefixes. The colon is that of the element's name.
func (s *Scanner) bind(colon int) error {
	prefixed := 0
	for i := range s.Attrs {
		a := &s.Attrs[i]
		switch {
		case a.colon >= 0 && string(a.prefix()) != "xmlns":
			prefixed++
		case a.colon >= 0 || string(a.Name) == "xmlns":
			if err := s.declare(a.Name, a.colon, a.Value); err != nil {
				return err
			}
		}
	}
	for _, d := range s.defaults[string(s.Name)] {
		if s.Attr(d.name) != nil {
			continue
		}
		if err := s.declare([]byte(d.name), strings.IndexByte(d.name, ':'), []byte(d.value)); err != nil {
			return err
		}
	}
	if colon >= 0 {
		if err := s.bound(s.Name, colon, "an element"); err != nil {
			return err
		}
	}
	if prefixed == 0 {
		return nil
	}
	return s.bindAttributes(prefixed)
}

// bound fails if the prefix of a name is not declared.
func (s *Scanner) bound(name []byte, colon int, of string) error {
	if string(name[:colon]) == "xmlns" {
		return s.fail(s.offset(name), "The prefix xmlns cannot be that of %s.", of)
	}
	if s.namespaces.Of(name[:colon]) == nil {
		return s.fail(s.offset(name), "The prefix %s is not declared.", name[:colon])
	}
	return nil
}

// declare enters the namespace that an attribute declares.
func (s *Scanner) declare(name []byte, colon int, value []byte) error {
	prefix := ""
	if colon >= 0 {
		prefix = string(name[colon+1:])
	}
	address := string(AppendMeaning(nil, value, true))
	at := max(s.start, s.offset(name)) // one of the document type has no place of its own
	switch {
	case prefix == "xmlns":
		return s.fail(at, "The prefix xmlns cannot be declared.")
	case (prefix == "xml") != (address == XMLSpace):
		return s.fail(at, "The prefix xml and the namespace %s belong together.", XMLSpace)
	case address == XMLNSSpace:
		return s.fail(at, "The namespace %s cannot be declared.", XMLNSSpace)
	case prefix != "" && address == "":
		return s.fail(at, "The namespace of the prefix %s is empty.", prefix)
	}
	s.namespaces.Enter(prefix, address, s.depth())
	return nil
}

// bindAttributes looks for the prefixes of attributes. No two of them may have the
// same local name in the same namespace.
func (s *Scanner) bindAttributes(prefixed int) error {
	var seen map[expanded]struct{}
	var first []byte
	for i := range s.Attrs {
		a := &s.Attrs[i]
		if a.colon < 0 || string(a.prefix()) == "xmlns" {
			continue
		}
		if first == nil || !bytes.Equal(first, a.prefix()) {
			if err := s.bound(a.Name, a.colon, "an attribute"); err != nil {
				return err
			}
			if first != nil && seen == nil { // a second prefix: they may mean the same
				seen = s.before(i, prefixed)
			}
			if first == nil {
				first = a.prefix()
			}
		}
		if seen == nil {
			continue
		}
		known := len(seen)
		seen[s.expand(a)] = struct{}{}
		if len(seen) == known {
			return s.fail(s.offset(a.Name), "The attribute %s is there already, by another prefix of the same namespace.", a.Name)
		}
	}
	return nil
}

// before has the names of the prefixed attributes before the one at end.
func (s *Scanner) before(end, prefixed int) map[expanded]struct{} {
	seen := make(map[expanded]struct{}, prefixed)
	for i := range end {
		if a := &s.Attrs[i]; a.colon >= 0 && string(a.prefix()) != "xmlns" {
			seen[s.expand(a)] = struct{}{}
		}
	}
	return seen
}

// expand is an attribute's local name with its namespace.
func (s *Scanner) expand(a *Attribute) expanded {
	return expanded{string(a.local()), s.namespaces.Of(a.prefix())}
}

// An expanded name is one with its namespace in place of its prefix.
type expanded struct {
	local   string
	address *Address
}
