package htmlform

import (
	"bytes"

	"claimcheck/internal/data"
)

// MaxDepth of elements that are open in each other.
const MaxDepth = 10_000

// A tracker follows which elements are open, as far as it matters for white space: where
// it may be written or left out without browsers making another tree. They do where formatting
// elements (<b>, <a> ...) are not closed where they were opened: white space then opens them again.
// It knows less than a browser, and where it does not know it says no.
type tracker struct {
	stack  []open
	last   []int          // for each known element, the index of the innermost that is open, or -1
	others map[string]int // for each other
	level  level          // inside the innermost marker
	outer  []level        // outside of it, of each of the others
	names  map[string]*element

	lost       bool // nothing is known from here on
	strict     bool // the document type is that of standards mode
	part       docPart
	ended      bool   // the body has ended; what follows is in it nevertheless
	foreignIn  int    // elements <svg> or <math> that are open in the outermost one
	foreignTag string // its name
	foreignHTM int    // elements <foreignObject> in it
	loose      int    // formatting elements opened and not closed in these
	foreignTxt int    // elements in it whose content is HTML too, such as <title>
}

// A level is what formatting elements are open somewhere, but not here: they are
// in the list of active formatting elements and not on the stack.
type level struct {
	dangling [20]int // by their order among formatting elements
	total    int
	twisted  bool // an end tag had to cut elements apart
}

// An open element, and where the nearest of some kinds is below it, itself included; -1 is nowhere.
type open struct {
	*element

	before int // the next one of the same name
	p      int // what a block closes
	li     int // what <li> closes
	dd     int
	scope  int
	mark   int
	spec   int
	table  int
	sect   int // of tables, or the table
	row    int // or the section
	sel    int
	verb   bool // white space means something in it
}

// What a tag has done.
type effect struct {
	closed  int      // blocks that are open no more
	opened  bool     // a block is open
	nothing bool     // a start tag opened nothing
	own     bool     // an end tag closed its own element, which is the last of the closed
	tail    bool     // the body has ended
	of      *element // of the tag
}

func newTracker() *tracker {
	t := &tracker{others: map[string]int{}, names: map[string]*element{}}
	t.last = make([]int, len(elements)+1)
	for i := range t.last {
		t.last[i] = -1
	}
	return t
}

// safe reports whether white space may come and go here.
func (t *tracker) safe() bool { return !t.lost && t.level.total == 0 && !t.level.twisted }

// verbatim reports whether white space means something here, or nothing is known.
func (t *tracker) verbatim() bool {
	return !t.safe() || t.foreignIn > 0 || len(t.stack) > 0 && t.top().verb
}

func (t *tracker) top() *open { return &t.stack[len(t.stack)-1] }

// is reports whether the innermost open element is one of some kind.
func (t *tracker) is(kind int) bool { return len(t.stack) > 0 && t.top().any(kind) }

// index finds the innermost open element of a name.
func (t *tracker) index(e *element) int {
	if e.id > 0 {
		return t.last[e.id]
	}
	if i, ok := t.others[e.name]; ok {
		return i
	}
	return -1
}

func (t *tracker) set(e *element, i int) {
	switch {
	case e.id > 0:
		t.last[e.id] = i
	case i < 0:
		delete(t.others, e.name)
	default:
		t.others[e.name] = i
	}
}

var nowhere = open{element: &element{}, before: -1, p: -1, li: -1, dd: -1, scope: -1, mark: -1, spec: -1, table: -1, sect: -1, row: -1, sel: -1}

// push opens an element.
func (t *tracker) push(e *element, verbatim bool) error {
	if len(t.stack) >= MaxDepth {
		return data.TooLarge("Elements are nested deeper than %d levels.", MaxDepth)
	}
	o := nowhere
	if len(t.stack) > 0 {
		o = *t.top()
	}
	i := len(t.stack)
	o.element, o.before = e, t.index(e)
	o.verb = o.verb || verbatim
	if e.any(scope) || e.name == "button" {
		o.p = -1
	}
	if e.any(special) && e.name != "address" && e.name != "div" && e.name != "p" {
		o.li, o.dd = -1, -1
		o.spec = i
	} else if e.any(special) {
		o.spec = i
	}
	switch e.name {
	case "p":
		o.p = i
	case "li":
		o.li = i
	case "dd", "dt":
		o.dd = i
	case "select":
		o.sel = i
	case "table", "template":
		o.table, o.sect, o.row = i, i, i
	case "tbody", "thead", "tfoot":
		o.sect, o.row = i, i
	case "tr":
		o.row = i
	}
	if e.any(scope) {
		o.scope = i
	}
	if e.any(marker) {
		o.mark, t.outer, t.level = i, append(t.outer, t.level), level{}
	}
	t.set(e, i)
	t.stack = append(t.stack, o)
	return nil
}

// pop closes all elements from an index on, and counts the blocks among them. Formatting elements
// among them stay in the list, but not the lowest, which an end tag closes.
func (t *tracker) pop(to int) int { return t.popAll(to, to) }

// popFrom closes what a start tag closes, if there is something: formatting elements all stay in the list.
func (t *tracker) popFrom(i int) int {
	if i < 0 {
		return 0
	}
	return t.popAll(i, -1)
}

func (t *tracker) popAll(to, but int) (blocks int) {
	for i := len(t.stack) - 1; i >= to; i-- {
		o := &t.stack[i]
		if o.any(block) {
			blocks++
		}
		if o.any(special) && !o.any(block|hidden) && i != but {
			t.lost = true // a box in a line is not closed: what is written before this tag is in it
		}
		if o.any(formatting) && i != but {
			t.level.dangling[o.order()]++
			t.level.total++
		}
		if o.any(marker) {
			n := len(t.outer) - 1
			t.level, t.outer = t.outer[n], t.outer[:n]
		}
		t.set(o.element, o.before)
	}
	t.stack = t.stack[:to]
	return blocks
}

// order is that of a formatting element among them.
func (e *element) order() int { return e.id - elements["a"].id }

// element finds what a name means.
func (t *tracker) element(name []byte) *element {
	if e := elements[string(name)]; e != nil {
		return e
	}
	if e := t.names[string(name)]; e != nil {
		return e
	}
	e := &element{name: string(name)}
	if len(t.names) < maxNames {
		t.names[e.name] = e
	}
	return e
}

// maxNames of unknown elements are kept.
const maxNames = 10_000

// name is the name of a tag, in lower case, appended to b.
func name(b, tag []byte) []byte {
	tag = bytes.TrimPrefix(bytes.TrimPrefix(tag, []byte{'<'}), []byte{'/'})
	for _, c := range tag {
		if isSpace(c) || c == '/' || c == '>' {
			break
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		b = append(b, c)
	}
	return b
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
