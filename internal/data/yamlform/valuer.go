package yamlform

import (
	"bytes"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlparse"
)

// What aliases and merges may make of a document: tokens, and bytes of text. And how deep
// mappings with merges may nest.
const (
	maxTokens = 1_000_000
	maxText   = 64 << 20
	maxMerges = 100
)

// What is kept at a time: keys of mappings that are open, and tokens behind anchors and merge keys.
const (
	maxNames = 2_000_000
	maxKept  = 2_000_000
)

// A valuer makes tokens of events.
type valuer struct {
	src    []byte
	to     data.Sink
	checks bool // there is no sink, and JSON's limits do not count

	frames  []frame
	names   int // the keys of these
	anchors map[string]*anchor
	levels  []*record // the lowest is told the sink as well
	kept    int       // in records
	made    size      // by aliases and merges
}

// A frame is a collection that is open.
type frame struct {
	object bool
	isKey  bool // the next node is a key
	ofKey  bool // it is itself a key
	keys   names
	name   string // of its anchor

	merged  bool // << was among the keys
	mergeAt int  // where its value begins
	level   int  // where the merge keeps what follows it; 0: no merge
}

// A size is how much something is.
type size struct{ tokens, text int }

func (s size) plus(o size) size { return size{s.tokens + o.tokens, s.text + o.text} }

// A record keeps tokens.
type record struct {
	tokens []kept
	size   size
	open   int // anchors whose nodes are not over
}

// A kept token is a token, or the node of an anchor.
type kept struct {
	data.Token

	of *anchor
}

// An anchor is the node that it names, from token start to end of a record.
type anchor struct {
	in         *record
	start, end int // end is -1 while the node is not over
	size       size
}

// tokens are those of the anchor's node.
func (a *anchor) tokens() []kept { return a.in.tokens[a.start:a.end] }

// event takes an event.
func (v *valuer) event(e *yamlparse.Event) error {
	if e.Kind == yamlparse.DocumentStart {
		v.start()
		return nil
	}
	if e.Kind == yamlparse.DocumentEnd {
		return nil
	}
	if f := v.top(); f != nil && f.mergeAt < 0 && !f.isKey {
		f.mergeAt = e.First(e.Start)
	}
	switch e.Kind {
	case yamlparse.MappingStart, yamlparse.SequenceStart:
		return v.begin(e)
	case yamlparse.MappingEnd, yamlparse.SequenceEnd:
		return v.end(e)
	case yamlparse.Alias:
		return v.alias(e)
	default:
		return v.scalar(e)
	}
}

// start begins a document.
func (v *valuer) start() {
	v.anchors, v.made, v.kept = nil, size{}, 0
	if len(v.levels) == 0 || len(v.levels[0].tokens) > 0 {
		v.levels = []*record{{}}
	}
}

// top is the collection that is open; nil at the root.
func (v *valuer) top() *frame {
	if len(v.frames) == 0 {
		return nil
	}
	return &v.frames[len(v.frames)-1]
}

// keyNext reports whether the next node is a key.
func (v *valuer) keyNext() bool { return len(v.frames) > 0 && v.frames[len(v.frames)-1].isKey }

// done notes that a node of the open collection is over.
func (v *valuer) done() {
	if f := v.top(); f != nil && f.object {
		f.isKey = !f.isKey
	}
}

// begin begins a collection.
func (v *valuer) begin(e *yamlparse.Event) error {
	key := v.keyNext()
	if key && !v.checks {
		return yamlparse.Invalid(v.src, e.First(e.Start), "A key that is a list or a mapping has no counterpart outside YAML.")
	}
	if !fits(e.Resolved, e.Kind) {
		return yamlparse.Invalid(v.src, e.Tag.Start, "The tag %s does not fit this collection.", v.src[e.Tag.Start:e.Tag.End])
	}
	f := frame{object: e.Kind == yamlparse.MappingStart, isKey: e.Kind == yamlparse.MappingStart, ofKey: key, name: v.nameOf(e)}
	if f.name != "" {
		v.anchor(f.name)
	}
	v.push(f)
	if e.Kind == yamlparse.MappingStart {
		return v.put(data.Token{Kind: data.BeginObject})
	}
	return v.put(data.Token{Kind: data.BeginArray})
}

// push opens a collection, with the memory of the last one at its depth.
func (v *valuer) push(f frame) {
	if n := len(v.frames); n < cap(v.frames) {
		f.keys = v.frames[:n+1][n].keys.emptied()
	}
	v.frames = append(v.frames, f)
}

// end ends a collection.
func (v *valuer) end(e *yamlparse.Event) error {
	f := v.top()
	if f.level > 0 {
		if err := v.merge(f); err != nil {
			return err
		}
	}
	k := data.EndArray
	if e.Kind == yamlparse.MappingEnd {
		k = data.EndObject
	}
	if err := v.put(data.Token{Kind: k}); err != nil {
		return err
	}
	if f.name != "" {
		v.closeAnchor(f.name)
	}
	v.names -= f.keys.count()
	v.frames = v.frames[:len(v.frames)-1]
	v.done()
	return nil
}

// nameOf is the name of a node's anchor.
func (v *valuer) nameOf(e *yamlparse.Event) string {
	if e.Anchor.Empty() {
		return ""
	}
	return string(v.src[e.Anchor.Start+1 : e.Anchor.End])
}

// anchor begins the node of an anchor, and closeAnchor ends it.
func (v *valuer) anchor(name string) {
	if v.anchors == nil {
		v.anchors = map[string]*anchor{}
	}
	r := v.levels[len(v.levels)-1]
	r.open++
	v.anchors[name] = &anchor{in: r, start: len(r.tokens), end: -1, size: r.size}
}

func (v *valuer) closeAnchor(name string) {
	a := v.anchors[name]
	if a.end >= 0 { // the name was given again inside
		v.levels[len(v.levels)-1].open--
		return
	}
	a.in.open--
	a.end = len(a.in.tokens)
	a.size = size{a.in.size.tokens - a.size.tokens, a.in.size.text - a.size.text}
}

// scalar takes a scalar.
func (v *valuer) scalar(e *yamlparse.Event) error {
	said := e.View(v.src)
	t, wrong := resolve(e, said)
	if wrong != "" {
		return yamlparse.Invalid(v.src, e.Tag.Start, "%s", wrong)
	}
	if name := v.nameOf(e); name != "" {
		v.anchor(name)
		a := v.anchors[name]
		a.in.open--
		a.in = &record{tokens: []kept{{Token: t}}}
		a.start, a.end, a.size = 0, 1, size{1, len(t.Text)}
	}
	if v.keyNext() {
		return v.key(e, t)
	}
	v.done()
	return v.put(t)
}

// key takes a key.
func (v *valuer) key(e *yamlparse.Event, t data.Token) error {
	f := v.top()
	f.isKey = false
	if e.Kind == yamlparse.Scalar && string(t.Text) == "<<" && (e.Style == yamlparse.Plain && e.Tag.Empty() || e.Resolved == yamlparse.CoreTag+"merge") {
		return v.beginMerge(f, e)
	}
	if t.Kind == data.Null {
		t.Text = []byte("null")
	}
	if !f.keys.add(t.Text) {
		return yamlparse.Invalid(v.src, e.First(e.Start), "This mapping has the key %.100q already.", t.Text)
	}
	if v.names++; v.names > maxNames {
		return data.TooLarge("The mappings of the YAML document have more than %d keys at a time.", maxNames)
	}
	t.Kind = data.Name
	return v.put(t)
}

// alias takes an alias.
func (v *valuer) alias(e *yamlparse.Event) error {
	if v.checks {
		if a := v.anchors[string(v.src[e.Start+1:e.End])]; v.keyNext() && a != nil && a.end == 1 && a.in.tokens[0].Scalar() {
			return v.key(e, a.in.tokens[0].Token)
		}
		v.done()
		return nil
	}
	a := v.anchors[string(v.src[e.Start+1:e.End])]
	if a.end < 0 {
		return yamlparse.Invalid(v.src, e.Start, "An alias inside the node of its own anchor has no end.")
	}
	if v.keyNext() {
		if first := a.tokens()[0]; first.of == nil && first.Scalar() {
			return v.key(e, first.Token)
		}
		return yamlparse.Invalid(v.src, e.Start, "A key that is a list or a mapping has no counterpart outside YAML.")
	}
	v.done()
	if err := v.make(a.size); err != nil {
		return err
	}
	return v.putNode(a)
}

// make counts what an alias or merge makes.
func (v *valuer) make(s size) error {
	v.made = v.made.plus(s)
	if v.made.tokens > maxTokens || v.made.text > maxText {
		return data.TooLarge("The aliases of the YAML document make more than %d values or %d bytes of it.", maxTokens, maxText)
	}
	return nil
}

// put tells a token.
func (v *valuer) put(t data.Token) error {
	if v.checks {
		return nil
	}
	r := v.levels[len(v.levels)-1]
	if err := v.keep(r, kept{Token: t}, size{1, len(t.Text)}); err != nil {
		return err
	}
	if len(v.levels) > 1 {
		return nil
	}
	return v.to.Put(t)
}

// keep keeps a token where an anchor or a merge needs it.
func (v *valuer) keep(r *record, t kept, s size) error {
	if r.open == 0 && len(v.levels) == 1 {
		return nil
	}
	if v.kept++; v.kept > maxKept {
		return data.TooLarge("The YAML document has more than %d values in nodes with anchors and behind merge keys.", maxKept)
	}
	r.tokens = append(r.tokens, t)
	r.size = r.size.plus(s)
	return nil
}

// putNode tells the node of an anchor.
func (v *valuer) putNode(a *anchor) error {
	r := v.levels[len(v.levels)-1]
	if err := v.keep(r, kept{of: a}, a.size); err != nil {
		return err
	}
	if len(v.levels) > 1 {
		return nil
	}
	return v.follow(a)
}

// follow tells the sink the node of an anchor. An anchor's node only has anchors that
// were over before it, so this ends; as deep as it goes, as deep is the value.
func (v *valuer) follow(a *anchor) error {
	for _, t := range a.tokens() {
		var err error
		if t.of != nil {
			err = v.follow(t.of)
		} else {
			err = v.to.Put(t.Token)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// names are the keys of a mapping.
type names struct {
	few  [][]byte
	many map[string]struct{}
}

// manyNames is where a map finds a key faster.
const manyNames = 12

// emptied is the same memory without names.
func (n names) emptied() names { return names{few: n.few[:0]} }

func (n *names) has(name []byte) bool {
	if n.many != nil {
		_, ok := n.many[string(name)]
		return ok
	}
	for _, other := range n.few {
		if bytes.Equal(other, name) {
			return true
		}
	}
	return false
}

// count counts the names.
func (n *names) count() int { return max(len(n.many), len(n.few)) }

// add adds a name, and reports whether it is new.
func (n *names) add(name []byte) bool {
	if n.has(name) {
		return false
	}
	if n.many == nil && len(n.few) == manyNames {
		n.many = make(map[string]struct{}, 4*manyNames)
		for _, other := range n.few {
			n.many[string(other)] = struct{}{}
		}
	}
	if n.many != nil {
		n.many[string(name)] = struct{}{}
	} else {
		n.few = append(n.few, name)
	}
	return true
}
