package xmlform

import (
	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// A tree is what is held of a value: nodes, whose members are groups of nodes of one name. What is in a node
// comes behind it, and nothing else comes between, as long as it is open.
type tree struct {
	nodes  []node
	groups []group
	text   []byte // names and texts
}

// What a node and a group take.
const (
	nodeBytes  = 28
	groupBytes = 40 // and its place in a table
)

// none is the place of no node or group.
const none = -1

// A node is an element or an attribute.
type node struct {
	from, to    int32 // its text
	first, last int32 // its groups
	next        int32 // of the same group
	isText      bool  // it is a text even if that is empty: an attribute
	hasChildren bool  // some of its groups are no attributes
}

// A group is the members of one name.
type group struct {
	from, to    int32 // the name
	first, last int32 // its nodes
	next        int32 // in the order in which they appeared
}

// A mark is where a tree ends.
type mark struct{ nodes, groups, text int32 }

// size is that of a tree up to the mark.
func (m mark) size() int { return int(m.nodes)*nodeBytes + int(m.groups)*groupBytes + int(m.text) }

// short is a place in a tree, of which more than 2³¹ would be too large.
func short(n int) int32 {
	return int32(n) //nolint:gosec // the tree is limited to maxTurns, and a token
}

func (t *tree) size() int {
	return len(t.nodes)*nodeBytes + len(t.groups)*groupBytes + len(t.text)
}

func (t *tree) clear() {
	t.nodes, t.groups, t.text = t.nodes[:0], t.groups[:0], t.text[:0]
}

// mark is where the tree ended before the node that is its last.
func (t *tree) mark(n int32) mark { return mark{n, short(len(t.groups)), short(len(t.text))} }

// newNode adds a node that is in none.
func (t *tree) newNode() int32 {
	t.nodes = append(t.nodes, node{first: none, last: none, next: none})
	return short(len(t.nodes) - 1)
}

// add adds a node to the group of a name in an element's node.
func (t *tree) add(to *element, name []byte) int32 {
	in := to.node
	g := t.find(to, name)
	n := t.newNode()
	t.nodes[in].hasChildren = t.nodes[in].hasChildren || len(name) == 0 || name[0] != '@'
	if g == none {
		g = short(len(t.groups))
		from := short(len(t.text))
		t.text = append(t.text, name...)
		t.groups = append(t.groups, group{from: from, to: short(len(t.text)), first: n, last: n, next: none})
		if parent := &t.nodes[in]; parent.first == none {
			parent.first, parent.last = g, g
		} else {
			t.groups[parent.last].next = g
			parent.last = g
		}
		to.newGroup(name, g)
		to.recent = g
		return n
	}
	to.apart = to.apart || g != to.recent
	to.recent = g
	t.nodes[t.groups[g].last].next = n
	t.groups[g].last = n
	return n
}

// fewGroups are looked through, more are found by a table.
const fewGroups = 16

// find finds the group of a name.
func (t *tree) find(in *element, name []byte) int32 {
	node := &t.nodes[in.node]
	if node.last == none {
		return none
	}
	if string(t.name(node.last)) == string(name) {
		return node.last
	}
	if len(in.groups) > 0 {
		if g, ok := in.groups[string(name)]; ok {
			return g
		}
		return none
	}
	count := 0
	for g := node.first; g != none; g = t.groups[g].next {
		if string(t.name(g)) == string(name) {
			return g
		}
		count++
	}
	if count >= fewGroups {
		if in.groups == nil {
			in.groups = map[string]int32{}
		}
		for g := node.first; g != none; g = t.groups[g].next {
			in.groups[string(t.name(g))] = g
		}
	}
	return none
}

// newGroup enters a group into the table, if there is one.
func (e *element) newGroup(name []byte, g int32) {
	if len(e.groups) > 0 {
		e.groups[string(name)] = g
	}
}

func (t *tree) name(g int32) []byte { return t.text[t.groups[g].from:t.groups[g].to] }

// leaf makes a node of an attribute.
func (t *tree) leaf(n int32, a *scan.Attribute) {
	from := short(len(t.text))
	if a.Plain {
		t.text = append(t.text, a.Value...)
	} else {
		t.text = scan.AppendMeaning(t.text, a.Value, true)
	}
	node := &t.nodes[n]
	node.from, node.to, node.isText = from, short(len(t.text)), true
}

// setText gives a node its text.
func (t *tree) setText(n int32, text []byte) {
	from := short(len(t.text))
	t.text = append(t.text, text...)
	t.nodes[n].from, t.nodes[n].to = from, short(len(t.text))
}

// tell tells a node. It goes as deep as elements may.
func (t *tree) tell(n int32, to data.Sink) error {
	node := &t.nodes[n]
	text := t.text[node.from:node.to]
	if node.first == none {
		if len(text) == 0 && !node.isText {
			return to.Put(data.Token{Kind: data.Null})
		}
		return to.Put(data.Token{Kind: data.String, Text: text})
	}
	if err := to.Put(data.Token{Kind: data.BeginObject}); err != nil {
		return err
	}
	for g := node.first; g != none; g = t.groups[g].next {
		if err := t.tellGroup(g, to); err != nil {
			return err
		}
	}
	if len(text) > 0 {
		if err := to.Put(data.Token{Kind: data.Name, Text: []byte("#text")}); err != nil {
			return err
		}
		if err := to.Put(data.Token{Kind: data.String, Text: text}); err != nil {
			return err
		}
	}
	return to.Put(data.Token{Kind: data.EndObject})
}

// tellGroup tells a member: its only node, or an array.
func (t *tree) tellGroup(g int32, to data.Sink) error {
	if err := to.Put(data.Token{Kind: data.Name, Text: t.name(g)}); err != nil {
		return err
	}
	n := t.groups[g].first
	if t.nodes[n].next == none {
		return t.tell(n, to)
	}
	if err := to.Put(data.Token{Kind: data.BeginArray}); err != nil {
		return err
	}
	for ; n != none; n = t.nodes[n].next {
		if err := t.tell(n, to); err != nil {
			return err
		}
	}
	return to.Put(data.Token{Kind: data.EndArray})
}

// drop forgets what comes before a mark, and moves the rest to the beginning.
func (t *tree) drop(gone mark) {
	t.nodes = t.nodes[:copy(t.nodes, t.nodes[gone.nodes:])]
	t.groups = t.groups[:copy(t.groups, t.groups[gone.groups:])]
	t.text = t.text[:copy(t.text, t.text[gone.text:])]
	moved := func(place *int32, by int32) {
		if *place != none {
			*place -= by
		}
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		moved(&n.first, gone.groups)
		moved(&n.last, gone.groups)
		moved(&n.next, gone.nodes)
		n.from, n.to = max(n.from-gone.text, 0), max(n.to-gone.text, 0)
	}
	for i := range t.groups {
		g := &t.groups[i]
		moved(&g.first, gone.nodes)
		moved(&g.last, gone.nodes)
		moved(&g.next, gone.groups)
		g.from -= gone.text
		g.to -= gone.text
	}
}
