package bridge

import (
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/spool"
)

// A Rower makes rows of a value. It is told the value token by token and keeps the cells of its rows
// aside, with the numbers of their columns, until it knows all their names.
//
// Elements of the outermost arrays may be rows, in lists; what is outside of these are fields. What
// the tables are is known at the end: the lists, or a single row of everything.
type Rower struct {
	to       data.Table
	aside    *spool.Spool
	document bool // the value is an XML document

	items  []item // fields and lists in their order
	fields int    // how many of the items are no lists
	size   int    // bytes of their texts
	outer  []level
	path   []byte // of the outer object's member

	list   *list // whose elements are told; nil outside of them
	frames []frame
	row    []byte // cells of the row that is told
	stamp  uint64
}

// Limits: of the columns of a table, and the bytes of one's name and of all names together; of a row, and of
// the cells of a table, empty ones counted.
const (
	maxColumns   = 1 << 14 // of a worksheet, too
	maxNameBytes = 4 << 10
	maxNames     = 1 << 20
	maxRowBytes  = 16 << 20
	maxCells     = 1 << 30
)

// asideBytes are held in memory of what is kept aside.
const asideBytes = 8 << 20

// An item is a field or a list.
type item struct {
	path   string
	starts []int // of the names in path, if the value is a document
	cell   data.Token
	list   *list
}

// A level is an object outside of lists.
type level struct {
	path  int // its length
	empty bool
}

// Rows tells a Table the value that the Rower is told, by the rules of docs/CONVERSIONS.md.
// Failures of Put and End: FILE_TOO_LARGE for what goes beyond the limits, the table's errors
// and those of temporary files.
func Rows(to data.Table) *Rower { return &Rower{to: to, aside: spool.New(asideBytes)} }

// Document returns a Rower as Rows does, for a value that is an XML document as xmltodict has it: its
// tables are made by rules of their own.
func Document(to data.Table) *Rower {
	r := Rows(to)
	r.document = true
	return r
}

// Close lets go of what was kept aside; it may be called at any time, once or more.
func (r *Rower) Close() { r.aside.Close() }

// Put takes a token of the value.
func (r *Rower) Put(t data.Token) error {
	if r.list != nil {
		return r.putInside(t)
	}
	top := len(r.outer) - 1
	if t.Kind == data.EndObject {
		object := r.outer[top]
		r.outer = r.outer[:top]
		if r.path = r.path[:object.path]; object.empty {
			return r.field(emptyObject)
		}
		return nil
	}
	if top >= 0 {
		r.outer[top].empty = false
	}
	switch t.Kind {
	case data.Name:
		if r.path = r.path[:r.outer[top].path]; top > 0 {
			r.path = append(r.path, '.')
		}
		r.path = append(r.path, t.Text...)
		return named(len(r.path))
	case data.BeginObject:
		r.outer = append(r.outer, level{path: len(r.path), empty: true})
		return nil
	case data.BeginArray:
		r.list = newList(string(r.path), r.aside.Size())
		if r.list.outermost = top < 0; top >= 0 {
			r.list.name = strings.TrimPrefix(string(r.path[r.outer[top].path:]), map[bool]string{true: "."}[top > 0])
		}
		r.items = append(r.items, item{list: r.list, path: r.list.path, starts: r.starts()})
		return nil
	default:
		return r.field(t)
	}
}

// field keeps a scalar that is outside of lists.
func (r *Rower) field(t data.Token) error {
	r.fields++
	r.size += len(t.Text) + len(r.path)
	if r.fields > maxColumns {
		return tooWide()
	}
	if r.size > maxRowBytes {
		return tooLong()
	}
	r.items = append(r.items, item{path: string(r.path), starts: r.starts(), cell: data.Token{Kind: t.Kind, Text: append([]byte(nil), t.Text...)}})
	return nil
}

// named judges the length of a name.
func named(bytes int) error {
	if bytes > maxNameBytes {
		return data.TooLarge("A member is nested so deeply that the name of its column would be longer than %d bytes.", maxNameBytes)
	}
	return nil
}

func tooWide() error {
	return data.TooLarge("The table would have more than %d columns.", maxColumns)
}

func tooLong() error {
	return data.TooLarge("A row would have more than %d bytes.", maxRowBytes)
}

// A list is an array whose elements may be rows.
type list struct {
	path       string
	name       string  // the last of path
	outermost  bool    // it is the value
	root       *node   // of an element
	names      []*node // of columns
	nameBytes  int
	from, to   int64 // where its rows are aside
	rows       int
	containers bool // some element is an object or an array
	arrays     bool // all are arrays, and none is more than a level deep
}

func newList(path string, from int64) *list {
	return &list{path: path, root: &node{column: -1}, from: from, to: from, arrays: true}
}

// A frame is an array or object within a row.
type frame struct {
	node   *node
	target *node // where the next value belongs
	cursor *node // the member that would come next if this object was as the last one
	stamp  uint64
	next   int // element of an array
	array  bool
	empty  bool
}

// putInside takes a token within a list.
func (r *Rower) putInside(t data.Token) error {
	if len(r.frames) == 0 {
		return r.element(t)
	}
	f := &r.frames[len(r.frames)-1]
	if t.Kind == data.EndArray || t.Kind == data.EndObject {
		return r.close(t.Kind == data.EndArray)
	}
	if t.Kind == data.Name {
		f.empty = false
		return r.member(f, t.Text)
	}
	if f.array {
		if err := r.entry(f); err != nil {
			return err
		}
	}
	if t.Kind == data.BeginArray || t.Kind == data.BeginObject {
		r.open(f.target, t.Kind == data.BeginArray)
		return nil
	}
	return r.cell(f.target, t)
}

// element begins a row, or ends the list.
func (r *Rower) element(t data.Token) error {
	r.row = append(r.row[:0], ofScalar)
	switch t.Kind {
	case data.EndArray:
		r.list.to = r.aside.Size()
		r.list = nil
		return nil
	case data.BeginArray, data.BeginObject:
		r.list.containers = true
		r.list.arrays = r.list.arrays && t.Kind == data.BeginArray
		r.open(r.list.root, t.Kind == data.BeginArray)
		return nil
	case data.Null: // an empty row, without a column
	default:
		if err := r.cell(r.list.root, t); err != nil {
			return err
		}
	}
	r.list.arrays = false
	return r.endRow()
}

// open begins an array or object within a row.
func (r *Rower) open(n *node, array bool) {
	r.stamp++
	r.frames = append(r.frames, frame{node: n, array: array, cursor: n.first, stamp: r.stamp, empty: true})
}

// close ends an array or object within a row.
func (r *Rower) close(array bool) error {
	f := r.frames[len(r.frames)-1]
	r.frames = r.frames[:len(r.frames)-1]
	switch {
	case len(r.frames) == 0 && array:
		r.row[0] = ofArray
		return r.endRow()
	case len(r.frames) == 0:
		r.row[0] = ofObject
		return r.endRow()
	case f.empty && array:
		return r.cell(f.node, emptyArray)
	case f.empty:
		return r.cell(f.node, emptyObject)
	default:
		return nil
	}
}

// member finds where the value of a member belongs.
func (r *Rower) member(f *frame, name []byte) error {
	n := f.cursor
	if n == nil || n.seen == f.stamp || n.name != string(name) {
		n = f.node.members[string(name)]
	}
	if n != nil && n.seen == f.stamp { // a double name
		before := n.latest
		if before.again == nil {
			before.again = &node{parent: f.node, name: n.name, length: n.length, column: -1}
		}
		n.latest = before.again
		f.target = n.latest
		return nil
	}
	if n == nil {
		n = f.node.member(string(name))
		if err := named(n.length); err != nil {
			return err
		}
	}
	n.seen, n.latest = f.stamp, n
	f.target, f.cursor = n, n.next
	return nil
}

// entry finds where the next element of an array belongs.
func (r *Rower) entry(f *frame) error {
	f.empty = false
	if f.next == len(f.node.entries) {
		if f.next >= maxColumns {
			return tooWide()
		}
		if err := named(f.node.entry().length); err != nil {
			return err
		}
	}
	f.target = f.node.entries[f.next]
	f.next++
	return nil
}
