package xmlform

import (
	"cmp"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// NoRoot is the RootName of documents whose root is the only member of the value.
const NoRoot = "-"

// itemName is that of an element of an array that has none.
const itemName = "item"

// NewWriter returns a writer that writes a value as a document in UTF-8, by the rules of docs/CONVERSIONS.md.
// o.TabSpace is as for [Format]. o.RootName is the name of the root, empty: root. The elements of an array that is the
// whole value are named o.RowName, and so are those of arrays that are members of the whole value where it
// is given: they are the rows of a table. What XML cannot hold is Invalid INVALID_XML; what comes too
// late to be put where it belongs is TooLarge FILE_TOO_LARGE.
func NewWriter(out io.Writer, o *data.Options) data.Writer {
	w := &writer{layout: newLayout(out, true, o.TabSpace), root: cmp.Or(o.RootName, "root"), row: o.RowName}
	w.holds = true
	w.declared.Begin()
	w.node()
	w.write([]byte(`<?xml version="1.0" encoding="UTF-8"?>`))
	return w
}

// A writer is a layout that is told a value.
type writer struct {
	*layout

	root, row string
	member    []byte // the name of the value that is next
	within    []container
	elements  int             // that are open
	roots     int             // elements that are in none
	held      int             // bytes of the names of all containers and their attributes
	declared  scan.Namespaces // prefixes, in force
	attrs     []byte          // of the element whose start tag is not written yet
	key, made []byte          // of an attribute
	tag       []byte          // the name of an element without an end tag of its own
}

// A container is an object or array that is not at its end.
type container struct {
	kind    containerKind
	pending bool   // its start tag is not written
	keep    bool   // it has xml:space="preserve", or is in an element that has
	used    bool   // it has an attribute with a prefix
	name    []byte // of the element; of each one if it is spread
	tag     []byte // the name as it is written
	item    string // the name of the elements of an array
	seen    attributes
	held    int // bytes of its name and of those
}

type containerKind uint8

const (
	object containerKind = iota // an element with the members
	list                        // an element with the elements of an array
	spread                      // the elements of an array, which are beside each other: it is no element
	bare                        // the whole value, whose members are roots: it is no element
)

// Put takes a token.
func (w *writer) Put(t data.Token) error {
	var err error
	switch t.Kind {
	case data.Name:
		w.member = append(w.member[:0], t.Text...)
		return nil
	case data.BeginObject, data.BeginArray:
		err = w.begin(t.Kind == data.BeginArray)
	case data.EndObject, data.EndArray:
		w.close()
	default:
		err = w.scalar(t)
	}
	if err != nil {
		return err
	}
	return w.settle()
}

// End writes what is left.
func (w *writer) End() error {
	if w.roots != 1 {
		return noRoot()
	}
	return w.finish()
}

func noRoot() error {
	return data.InvalidBinary(format, "XML has one root element: where it is given no name the value must be an object with one member.")
}

// top is the innermost container; nil: there is none.
func (w *writer) top() *container {
	if len(w.within) == 0 {
		return nil
	}
	return &w.within[len(w.within)-1]
}

// naming is the name of the element that the next value is.
func (w *writer) naming() []byte {
	top := w.top()
	if top == nil {
		return []byte(w.root)
	}
	switch top.kind {
	case list:
		return []byte(top.item)
	case spread:
		return top.name
	default:
		return w.member
	}
}

// begin begins an object or an array.
func (w *writer) begin(array bool) error {
	name, kind, item := w.naming(), object, itemName
	n := len(w.within)
	switch {
	case n == 0 && w.root == NoRoot && !array:
		kind = bare
	case array:
		kind = list
		if rows := n == 0 || n == 1 && w.top().kind == object && w.row != ""; rows {
			item = cmp.Or(w.row, itemName)
		} else if k := w.top().kind; k == object || k == bare {
			kind = spread
		}
	}
	if kind == object || kind == list {
		if err := w.content(); err != nil {
			return err
		}
		if w.elements++; w.elements > scan.MaxDepth {
			return data.TooLarge("The value is nested more than %d deep.", scan.MaxDepth)
		}
	}
	if n == cap(w.within) {
		w.within = append(w.within, container{})
	} else {
		w.within = w.within[:n+1]
	}
	c := &w.within[n]
	*c = container{kind: kind, name: append(spare(c.name), name...), tag: spare(c.tag), item: item, seen: attributes{few: spare(c.seen.few)}}
	if kind == object || kind == list {
		c.pending, c.keep = true, w.open[len(w.open)-1].keep
		w.attrs = w.attrs[:0]
	}
	return w.remember(c, len(name))
}

// remember counts bytes of names that are held until a container is closed.
func (w *writer) remember(c *container, bytes int) error {
	c.held += bytes
	w.held += bytes
	if w.held > scan.MaxNames {
		return data.TooLarge("The names of what is open and of its attributes are more than %d bytes.", scan.MaxNames)
	}
	return nil
}

// content sees to it that the start tag is written of the element that an element is to be in.
func (w *writer) content() error {
	i := len(w.within) - 1
	if i >= 0 && w.within[i].kind == spread {
		i--
	}
	if i < 0 || w.within[i].kind == bare {
		if w.roots++; w.roots > 1 || i < 0 && w.root == NoRoot {
			return noRoot()
		}
		return nil
	}
	if c := &w.within[i]; c.pending {
		w.startTag(c)
		w.enter(c.keep)
		w.raw = append(w.raw, '>')
	}
	return nil
}

// startTag writes the start tag of an element up to what ends it.
func (w *writer) startTag(c *container) {
	c.pending = false
	c.tag = w.named(c.tag, c.name)
	w.node()
	w.raw = append(append(append(w.raw, '<'), c.tag...), w.attrs...)
}

// close ends an object or an array.
func (w *writer) close() {
	c := w.top()
	w.within = w.within[:len(w.within)-1]
	w.held -= c.held
	if c.kind == spread || c.kind == bare {
		return
	}
	if c.pending {
		w.startTag(c)
		w.raw = append(w.raw, "/>"...)
	} else {
		w.leave()
		w.raw = append(append(append(w.raw, "</"...), c.tag...), '>')
	}
	w.declared.Leave(w.elements)
	w.elements--
}

// scalar writes a value that is an attribute, text or an element.
func (w *writer) scalar(t data.Token) error {
	if done, err := w.ofElement(t); done || err != nil {
		return err
	}
	name := w.naming()
	if err := w.content(); err != nil {
		return err
	}
	w.node()
	w.tag = w.named(w.tag[:0], name)
	w.raw = append(append(w.raw, '<'), w.tag...)
	if t.Kind == data.Null {
		w.raw = append(w.raw, "/>"...)
		return nil
	}
	w.raw = append(w.raw, '>')
	var err error
	w.raw, err = appendText(w.raw, t.Text, name)
	w.raw = append(append(append(w.raw, "</"...), w.tag...), '>')
	return err
}

// ofElement writes a member that is the text or an attribute of the element that is open.
// It reports whether it is one.
func (w *writer) ofElement(t data.Token) (done bool, err error) {
	top := w.top()
	switch {
	case top == nil || top.kind != object:
		return false, nil
	case string(w.member) == "#text":
		return true, w.ownText(t)
	case len(w.member) > 1 && w.member[0] == '@':
		return w.attribute(top, w.member[1:], t.Text)
	default:
		return false, nil
	}
}

// ownText writes the text of the element that is open.
func (w *writer) ownText(t data.Token) error {
	if len(t.Text) == 0 {
		return nil
	}
	if err := w.content(); err != nil {
		return err
	}
	escaped, err := appendText(nil, t.Text, w.top().name)
	if err != nil {
		return err
	}
	return w.text(escaped, false)
}
