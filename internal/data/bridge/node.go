package bridge

import (
	"slices"
	"strconv"
)

// A node is a path within the elements of a list.
type node struct {
	parent *node
	name   string // of a member
	index  int    // of an element of an array, if is entry
	kind   nodeKind
	length int // of the path's text
	column int // -1: no scalar was here yet

	members map[string]*node
	first   *node // members in order of first appearance
	last    *node
	next    *node
	entries []*node

	seen   uint64 // the object that had a member here
	latest *node  // where its last one of this name was
	again  *node  // for the next one of this name
}

type nodeKind uint8

const (
	isMember nodeKind = iota
	isEntry
)

// member adds one.
func (n *node) member(name string) *node {
	m := &node{parent: n, name: name, length: n.length + len(name) + 1, column: -1}
	if n.members == nil {
		n.members = map[string]*node{}
	}
	n.members[m.name] = m
	if n.last == nil {
		n.first = m
	} else {
		n.last.next = m
	}
	n.last = m
	return m
}

// entry adds the next.
func (n *node) entry() *node {
	m := &node{parent: n, kind: isEntry, index: len(n.entries), column: -1}
	m.length = n.length + len("[]") + len(strconv.Itoa(m.index))
	n.entries = append(n.entries, m)
	return m
}

// under is the path of the node below that of an element: a.b, a[0].
func (n *node) under(path []byte) []byte {
	var up []*node
	for m := n; m.parent != nil; m = m.parent {
		up = append(up, m)
	}
	for _, m := range slices.Backward(up) {
		if m.kind == isEntry {
			path = append(strconv.AppendInt(append(path, '['), int64(m.index), 10), ']')
			continue
		}
		if len(path) > 0 || m.parent.parent != nil {
			path = append(path, '.')
		}
		path = append(path, m.name...)
	}
	return path
}
