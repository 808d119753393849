package bridge

// fold gives elements of an XML document that are there once in a row the columns that they have
// in rows where they are repeated, and texts those that they have beside attributes. It
// returns what has become of the number of each column.
func (l *list) fold() []int {
	to := make([]int, len(l.names))
	for i := range to {
		to[i] = i
	}
	f := folder{list: l, to: to}
	f.fold(l.root)
	kept := l.names[:0]
	for i, n := range l.names {
		if to[i] == i {
			to[i] = len(kept)
			kept = append(kept, n)
		} else {
			to[i] = to[to[i]] // which is less
		}
	}
	l.names = kept
	return to
}

// A folder makes one column of those that are the same, the one that was there first.
type folder struct {
	list *list
	to   []int // by the number of a column, that of the one that it is
}

// fold folds what is below a node. No row has a node as an array and as something else.
func (f *folder) fold(n *node) {
	if len(n.entries) > 0 {
		f.move(n, n.entries[0])
	}
	if text := n.members["#text"]; text != nil {
		f.column(n, text)
	}
	for m := n.first; m != nil; m = m.next {
		f.fold(m)
	}
	for _, e := range n.entries {
		f.fold(e)
	}
}

// move moves the column and the members of a node to another.
func (f *folder) move(from, to *node) {
	f.column(from, to)
	for m := from.first; m != nil; m = m.next {
		same := to.members[m.name]
		if same == nil {
			same = to.member(m.name)
		}
		f.move(m, same)
		for i, e := range m.entries {
			if i == len(same.entries) {
				same.entry()
			}
			f.move(e, same.entries[i])
		}
	}
	from.first, from.last, from.members = nil, nil, nil
}

// column moves the column of a node to another, which may have one.
func (f *folder) column(from, to *node) {
	a, b := from.column, to.column
	from.column = -1
	switch {
	case a < 0:
		return
	case b >= 0:
		a, b = min(a, b), max(a, b)
		f.to[b] = a
	}
	to.column = a
	f.list.names[a] = to
}
