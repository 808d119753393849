package bridge

import (
	"slices"
	"strings"

	"claimcheck/internal/data"
)

// Bounds, fields and bytes, of what stands beside the elements that are repeated, and is in each of their rows.
const (
	maxBeside      = 64
	maxBesideBytes = 4 << 10
)

// starts are where the names in the path begin.
func (r *Rower) starts() []int {
	if !r.document {
		return nil
	}
	all := make([]int, 0, len(r.outer))
	for i, l := range r.outer {
		start := l.path
		if i > 0 {
			start++ // a dot
		}
		all = append(all, start)
	}
	return all
}

// name is that at a depth.
func (i *item) name(depth int) string {
	if depth+1 < len(i.starts) {
		return i.path[i.starts[depth] : i.starts[depth+1]-1]
	}
	return i.path[i.starts[depth]:]
}

// last is the last name.
func (i *item) last() string { return i.name(len(i.starts) - 1) }

// ofDocument tells the tables of an XML document: elements that are repeated, under one name, are rows, and
// what stands beside them is in each. Under several names they are tables of their own, and so is the rest,
// or where that is too much to be repeated. Without any the document is a row.
func (r *Rower) ofDocument() error {
	var fields, lists []item
	items := slices.DeleteFunc(slices.Clone(r.items), func(i item) bool { return i.list == nil && isDeclaration(i.last()) })
	if len(items) == 0 {
		items = r.items // there is nothing else
	}
	root := items[0].name(0)
	shorten(items)
	size := 0
	for _, i := range items {
		if i.list != nil {
			lists = append(lists, i)
			continue
		}
		fields = append(fields, i)
		size += len(i.cell.Text)
	}
	if len(lists) == 0 {
		data.CountSheets(r.to, 1)
		return r.single("", fields)
	}
	if len(lists) == 1 && len(fields) <= maxBeside && size <= maxBesideBytes {
		data.CountSheets(r.to, 1)
		return r.table(lists[0].list, lists[0].list.name, fields)
	}
	return r.several(root, fields, lists)
}

// several tells a table for the fields, under the name of the document element, and one for each list.
func (r *Rower) several(root string, fields, lists []item) error {
	count := len(lists)
	if len(fields) > 0 {
		count++
	}
	data.CountSheets(r.to, count)
	if len(fields) > 0 {
		if err := r.single(root, fields); err != nil {
			return err
		}
	}
	all := make([]*list, len(lists))
	for i := range lists {
		all[i] = lists[i].list
	}
	for _, l := range all {
		if err := r.table(l, sheetName(l, all), nil); err != nil {
			return err
		}
	}
	return nil
}

// isDeclaration reports whether an attribute is about names, and no data.
func isDeclaration(name string) bool {
	return name == "@xmlns" || strings.HasPrefix(name, "@xmlns:") || name == "@xsi:schemaLocation" || name == "@xsi:noNamespaceSchemaLocation"
}

// shorten leaves out of paths the document element, and the element that is alone below it.
func shorten(items []item) {
	if !alone(items, 0) {
		return
	}
	both := alone(items, 1)
	for i := range items {
		f := &items[i]
		from := f.starts[1]
		if both && len(f.starts) > 2 {
			from = f.starts[2]
		}
		f.path = f.path[from:]
	}
}

// alone reports whether all items but attributes are below one element at a depth.
func alone(items []item, depth int) bool {
	var name string
	found := false
	for i := range items {
		f := &items[i]
		if depth > 0 && strings.HasPrefix(f.name(depth), "@") {
			continue
		}
		if depth+1 >= len(f.starts) || found && f.name(depth) != name {
			return false
		}
		name, found = f.name(depth), true
	}
	return found
}
