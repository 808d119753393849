package xmlform

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// Read tells the value that a document is, by the rules of docs/CONVERSIONS.md. All scalars are strings
// and nulls. It fails as [Format], and with TooLarge where it would have to hold too much to know what
// is repeated.
func Read(in io.Reader, _ *data.Options, to data.Sink) error {
	return (&reader{Scanner: scan.New(in), to: to, most: maxValue, turns: maxTurns}).value()
}

// value reads the document and tells its value.
func (r *reader) value() error {
	if err := r.put(data.BeginObject, nil); err != nil {
		return err
	}
	r.open = append(r.open, element{told: true})
	r.told = 1
	for {
		if err := r.Next(); err != nil {
			return err
		}
		if err := r.take(); err != nil {
			return err
		}
		if r.Kind == scan.End {
			return r.put(data.EndObject, nil)
		}
	}
}

// A reader tells a value. Whether an element is one of several of its name is known when the element
// around it is at its end; till then what is in it is held. When that is too much the outermost
// elements are told while they go on: what is in them must then come in runs of one name.
type reader struct {
	*scan.Scanner

	to   data.Sink
	held tree      // what is in the elements that are not told yet
	open []element // the first is the document
	told int       // how many of open are told
	name []byte    // as it is told

	most, turns int // how much is held: maxValue and maxTurns
	waitingText int // bytes of text of the elements in open
	pastBytes   int // of the names of past runs
}

// An element that is not at its end. What is in one that is not told is held as a node.
type element struct {
	told bool // all before its last child was told; those around it are told too
	keep bool // its white space is text
	text []byte
	from int // where what is no layout begins in text
	to   int // where it ends; 0: there is none

	node   int32               // in the tree
	mark   mark                // where the tree ended before it
	groups map[string]int32    // of its node, when they are many
	recent int32               // the group of its last child
	apart  bool                // its children of one name are not together
	run    theRun              // the last children of one that is told
	past   map[string]struct{} // the names of the runs before
}

// theRun is what comes one after the other with one name in an element that is told.
type theRun struct {
	name  string
	state runState
	node  int32 // that is held
}

type runState uint8

const (
	noRun   runState = iota
	begun            // the first of the name is open, nothing was told
	waiting          // the first of the name is held: it may be the only one
	several          // an array was begun
	onlyOne          // the first of the name was told as the only one
)

// take takes the token that was read.
func (r *reader) take() error {
	switch r.Kind {
	case scan.StartTag:
		if err := r.begin(); err != nil || !r.Empty {
			return err
		}
		return r.end()
	case scan.EndTag:
		return r.end()
	case scan.Characters, scan.CDATA:
		return r.text()
	case scan.End:
		return r.endRun(&r.open[0])
	default:
		return nil
	}
}

// begin opens an element.
func (r *reader) begin() error {
	r.name = appendNameMeaning(r.name[:0], r.Name)
	outer := &r.open[len(r.open)-1]
	var node int32
	if outer.told {
		if err := r.beginRun(outer); err != nil {
			return err
		}
		node = r.held.newNode()
	} else {
		node = r.held.add(outer, r.name)
	}
	keep := preserves(r.Scanner, outer.keep)
	if n := len(r.open); n < cap(r.open) {
		r.open = r.open[:n+1]
	} else {
		r.open = append(r.open, element{})
	}
	e := &r.open[len(r.open)-1]
	*e = element{keep: keep, text: e.text[:0], node: node, groups: e.groups}
	e.mark = r.held.mark(node)
	for i := range r.Attrs {
		a := &r.Attrs[i]
		r.name = appendNameMeaning(append(r.name[:0], '@'), a.Name)
		r.held.leaf(r.held.add(e, r.name), a)
	}
	return r.limit()
}

// end closes the innermost element.
func (r *reader) end() error {
	n := len(r.open) - 1
	e, outer := &r.open[n], &r.open[n-1]
	text := e.trimmed(e.told || r.held.nodes[e.node].hasChildren)
	r.waitingText -= len(e.text)
	r.open = r.open[:n]
	e.spare()
	if !e.told {
		r.held.setText(e.node, text)
		return r.endHeld(outer, e.node)
	}
	r.told--
	if err := r.endRun(e); err != nil {
		return err
	}
	if len(text) > 0 {
		if err := r.put(data.Name, []byte("#text")); err != nil {
			return err
		}
		if err := r.put(data.String, text); err != nil {
			return err
		}
	}
	if outer.run.state == begun {
		outer.run.state = onlyOne
	}
	return r.put(data.EndObject, nil)
}

// spare keeps what the next element at its place can use, if it is little.
func (e *element) spare() {
	e.text = spare(e.text)
	if len(e.groups) > maxSpare/keyBytes {
		e.groups = nil
	}
	clear(e.groups)
}

// endHeld ends an element that was not told.
func (r *reader) endHeld(outer *element, node int32) error {
	switch {
	case !outer.told:
		return nil
	case outer.run.state == begun:
		outer.run.state, outer.run.node = waiting, node
		return nil
	default:
		err := r.held.tell(node, r.to)
		r.held.clear()
		return err
	}
}

// put tells a token.
func (r *reader) put(kind data.Kind, text []byte) error {
	return r.to.Put(data.Token{Kind: kind, Text: text})
}
