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
	written := w.named(nil, name)
	if isSpace {
		written = append([]byte(nil), name...)
	}
	key := string(written)
	colon := bytes.IndexByte(written, ':')
	if colon >= 0 && !isSpace {
		key = string(written[colon+1:]) + " " + w.declared.Of(written[:colon]).Text
	}
	if _, there := c.seen[key]; there || len(c.seen) == scan.MaxAttributes {
		return false, nil
	}
	text := append(append([]byte{' '}, written...), `="`...)
	if text, err = appendEscaped(text, value, 1, append([]byte{'@'}, name...)); err != nil {
		return false, err
	}
	text = append(text, '"')
	switch {
	case c.pending:
		w.attrs = append(w.attrs, text...)
	case !w.put(text):
		return false, data.TooLarge("The attribute %.40q of an element comes behind more than about %d bytes of what is in it.", name, maxHeld)
	}
	if c.seen == nil {
		c.seen = map[string]struct{}{}
	}
	c.seen[key] = struct{}{}
	switch {
	case isSpace:
		w.declared.Enter(string(prefix), string(value), w.elements)
	case keeps:
		c.keep = string(value) == "preserve" || c.keep && string(value) != "default"
	case colon >= 0:
		c.used = true
	}
	return true, w.remember(c, len(key)+keyBytes)
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
