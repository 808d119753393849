package xmlform

import (
	"bytes"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// named appends the name of an element or attribute as it is written. A colon stays where a
// prefix ends that is declared; all others are escaped.
func (w *writer) named(to, name []byte) []byte {
	colon := bytes.IndexByte(name, ':')
	if colon >= 0 && (colon == 0 || w.declared.Of(name[:colon]) == nil || !LegalName(string(name[:colon])) || !LegalName(string(name[colon+1:]))) {
		colon = -1
	}
	return appendName(to, name, colon)
}

// attribute writes an attribute of the innermost element. It reports false, and has done
// nothing, where it cannot be one: it is there already, or it is one of those whose names begin with
// xml and comes too late to hold for all that is in the element.
func (w *writer) attribute(c *container, name, value []byte) (done bool, err error) {
	prefix, isSpace := declares(name)
	keeps := string(name) == "xml:space"
	if (isSpace || keeps) && (!c.pending || c.used && isSpace) || isSpace && !w.mayDeclare(prefix, value) {
		return false, nil
	}
	text := append(w.made[:0], ' ')
	if isSpace {
		text = append(text, name...)
	} else {
		text = w.named(text, name)
	}
	written := text[1:]
	w.key = append(w.key[:0], written...)
	colon := bytes.IndexByte(written, ':')
	if colon >= 0 && !isSpace {
		w.key = append(append(append(w.key[:0], written[colon+1:]...), ' '), w.declared.Of(written[:colon]).Text...)
	}
	if c.seen.count == scan.MaxAttributes || !c.seen.add(w.key) {
		return false, nil
	}
	if w.made, err = appendEscaped(append(text, `="`...), value, 1, name); err != nil {
		return false, err
	}
	w.made = append(w.made, '"')
	switch {
	case c.pending:
		w.attrs = append(w.attrs, w.made...)
	case !w.put(w.made):
		return false, data.TooLarge("The attribute %.40q of an element comes behind more than about %d bytes of what is in it.", name, w.limit)
	}
	switch {
	case isSpace:
		w.declared.Enter(string(prefix), string(value), w.elements)
	case keeps:
		c.keep = string(value) == "preserve" || c.keep && string(value) != "default"
	case colon >= 0:
		c.used = true
	}
	return true, w.remember(c, len(w.key)+keyBytes)
}

// attributes are the names of those of an element, with their namespaces.
type attributes struct {
	count int
	few   []byte              // with a NUL before and behind each
	many  map[string]struct{} // nil: they are few
}

// fewAttributes are looked through, more are found by a table.
const fewAttributes = 16

// add adds a name, and reports whether it is a new one.
func (a *attributes) add(name []byte) bool {
	if a.many == nil && a.count < fewAttributes {
		from := len(a.few)
		a.few = append(append(append(a.few, 0), name...), 0)
		if bytes.Contains(a.few[:from], a.few[from:]) {
			a.few = a.few[:from]
			return false
		}
		a.count++
		return true
	}
	if a.many == nil {
		a.many = map[string]struct{}{}
		for known := range bytes.FieldsFuncSeq(a.few, func(r rune) bool { return r == 0 }) {
			a.many[string(known)] = struct{}{}
		}
	}
	if _, there := a.many[string(name)]; there {
		return false
	}
	a.many[string(name)] = struct{}{}
	a.count++
	return true
}

// keyBytes are counted for each attribute that is remembered, beside its name.
const keyBytes = 64

// declares is the prefix that an attribute of this name declares; empty for that of names without one.
func declares(name []byte) (prefix []byte, ok bool) {
	if string(name) == "xmlns" {
		return nil, true
	}
	return bytes.CutPrefix(name, []byte("xmlns:"))
}

// mayDeclare reports whether a prefix can be declared to be a namespace.
func (w *writer) mayDeclare(prefix, address []byte) bool {
	switch {
	case string(prefix) == "xmlns", string(address) == scan.XMLNSSpace, (string(prefix) == "xml") != (string(address) == scan.XMLSpace):
		return false
	case prefix == nil:
		return true
	default:
		return len(address) > 0 && LegalName(string(prefix)) && len(address)+len(prefix)+w.declared.Bytes < scan.MaxNames
	}
}
