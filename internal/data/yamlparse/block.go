package yamlparse

import (
	"bytes"
	"unicode/utf8"
)

// node tells the node behind an indicator, whose parent is indented by n. Where it is compact
// a block collection may begin on the line of the indicator; where it is beside, a sequence
// may be indented by n itself.
func (p *parser) node(n int, compact, beside bool) error {
	if p.depth++; p.depth > maxNodes {
		return p.bad(p.pos, "Lists and mappings nest deeper than %d levels.", MaxDepth)
	}
	defer func() { p.depth-- }()
	at := p.pos
	var outer, inner Props // on lines before, on this line
	column := -1           // where the node begins on this line
	for {
		line, from := p.bol, p.pos
		if err := p.gap(); err != nil {
			return err
		}
		if p.bol != line {
			if err := p.join(&outer, inner); err != nil {
				return err
			}
			inner, column = Props{}, -1
		}
		fresh := p.pos == p.first
		if fresh {
			empty, err := p.dedented(n, beside)
			if err != nil {
				return err
			}
			if empty {
				return p.nothing(at, outer)
			}
		}
		if column < 0 {
			column = p.pos - p.bol
			compact = fresh && column == p.lead || compact && p.bol == line && spaces(p.src[from:p.pos])
		}
		if c := p.at(p.pos); c != '&' && c != '!' {
			break
		}
		if err := p.property(&inner, false); err != nil {
			return err
		}
		at = p.pos
	}
	if p.end() {
		if err := p.join(&outer, inner); err != nil {
			return err
		}
		return p.nothing(at, outer)
	}
	return p.content(n, column, compact, outer, inner)
}

// dedented reports whether a line does not belong to a node whose parent is indented by n.
func (p *parser) dedented(n int, beside bool) (bool, error) {
	if p.stop() {
		return true, nil
	}
	if p.lead > n || beside && p.lead == n && p.dash() && p.pos-p.bol == p.lead {
		return false, nil
	}
	if p.pos-p.bol > p.lead {
		return false, p.badTab()
	}
	return true, nil
}

func (p *parser) badTab() error {
	return p.bad(p.bol+p.lead, "A line is indented by spaces, not by a tab.")
}

func spaces(b []byte) bool {
	for _, c := range b {
		if c != ' ' {
			return false
		}
	}
	return true
}

// dash reports whether the indicator of an element is here, and ask whether one of c is.
func (p *parser) dash() bool { return p.ask('-') }

func (p *parser) ask(c byte) bool { return p.at(p.pos) == c && blank(p.at(p.pos+1)) }

// nothing tells a node without content.
func (p *parser) nothing(at int, own Props) error {
	return p.emit(&Event{Kind: Scalar, Span: Span{at, at}, Props: own})
}

// content tells the node that begins at a column of this line: it has properties on this
// line, and perhaps others on lines before.
func (p *parser) content(n, column int, compact bool, outer, inner Props) error {
	c := p.at(p.pos)
	indicator := (c == '-' || c == '?' || c == ':') && blank(p.at(p.pos+1))
	switch {
	case indicator && !compact:
		return p.bad(p.pos, "A %s begins on a line of its own, indented by spaces.", collectionOf(c))
	case indicator && c != ':' && !inner.None():
		return p.bad(p.pos, "Expected a line break between the properties of a %s and its first entry.", collectionOf(c))
	case indicator && c == '-':
		return p.sequence(column, outer)
	case indicator && inner.None():
		return p.mapping(column, outer, nil)
	case indicator:
		return p.mapping(column, outer, &Event{Kind: Scalar, Span: Span{p.pos, p.pos}, Props: inner})
	case (c == '[' || c == '{') && compact && p.keyAhead():
		return p.mapping(column, outer, &Event{Kind: SequenceStart, Props: inner})
	}
	key := inner
	if c == '*' && !inner.None() {
		return p.bad(p.pos, "An alias has no anchor or tag of its own.")
	}
	if c == '[' || c == '{' || c == '|' || c == '>' || c == '*' && !p.aliasKey() {
		if err := p.join(&outer, inner); err != nil {
			return err
		}
	}
	switch c {
	case '[', '{':
		if err := p.flow(n, outer); err != nil {
			return err
		}
		return p.lineDone()
	case '|', '>':
		return p.blockScalar(n, outer)
	}
	return p.leafOrMapping(n, column, compact, outer, key)
}

func collectionOf(c byte) string {
	if c == '-' {
		return "list"
	}
	return "mapping"
}

// misplaced is the fault of a mapping whose first key begins where none may.
func (p *parser) misplaced(key int) error {
	if tab := p.bol + p.lead; tab < key && p.src[tab] == '\t' && len(bytes.TrimLeft(p.src[tab:key], " \t")) == 0 {
		return p.badTab()
	}
	return p.bad(p.pos, "A mapping cannot begin here; a text with a colon and a space is written in quotes.")
}

// leafOrMapping tells a scalar or alias, or the mapping whose first key it is.
func (p *parser) leafOrMapping(n, column int, compact bool, outer, inner Props) error {
	e, err := p.leaf(n, false)
	if err != nil {
		return err
	}
	if p.colon() {
		if !compact {
			return p.misplaced(e.Start)
		}
		if err := p.oneLine(&e); err != nil {
			return err
		}
		e.Props = inner
		return p.mapping(column, outer, &e)
	}
	if err := p.join(&outer, inner); err != nil {
		return err
	}
	if e.Kind == Alias && !outer.None() {
		return p.bad(e.Start, "An alias has no anchor or tag of its own.")
	}
	e.Props = outer
	if err := p.emit(&e); err != nil {
		return err
	}
	return p.lineDone()
}

// aliasKey reports whether the alias here is a key.
func (p *parser) aliasKey() bool {
	i := p.pos
	for !blank(p.at(i)) && !flowIndicator(p.at(i)) {
		i++
	}
	for Space(p.at(i)) {
		i++
	}
	return p.at(i) == ':'
}

// oneLine refuses a key that needs its ?; the colon behind it is here.
func (p *parser) oneLine(e *Event) error {
	if e.Multi {
		return p.bad(p.pos, "A key stands on one line; a longer one is marked with ? before it.")
	}
	if e.End-e.Start > maxKey && utf8.RuneCount(p.src[e.Start:e.End]) > maxKey {
		return p.bad(p.pos, "A key has no more than %d characters; a longer one is marked with ? before it.", maxKey)
	}
	return nil
}

// colon goes over spaces, and reports whether the colon behind a key is next.
func (p *parser) colon() bool {
	i := p.pos
	for Space(p.at(i)) {
		i++
	}
	if p.at(i) != ':' || !blank(p.at(i+1)) {
		return false
	}
	p.pos = i
	return true
}

// lineDone refuses more on the line of a node that has ended.
func (p *parser) lineDone() error {
	if err := p.gap(); err != nil {
		return err
	}
	if p.end() || p.pos == p.first {
		return nil
	}
	switch {
	case p.ask(':'):
		return p.bad(p.pos, "A mapping cannot begin here.")
	case p.at(p.pos) == '#':
		return p.bad(p.pos, "Expected a space before a comment.")
	default:
		return p.bad(p.pos, "Expected the end of the line or a comment behind a value.")
	}
}

// sequence tells a block sequence whose dashes are at a column.
func (p *parser) sequence(column int, own Props) error {
	if err := p.emit(&Event{Kind: SequenceStart, Style: Block, Span: Span{p.pos, p.pos}, Props: own, Column: column}); err != nil {
		return err
	}
	for {
		p.indicator()
		if err := p.node(column, true, false); err != nil {
			return err
		}
		more, err := p.entry(column)
		if err != nil {
			return err
		}
		if !more || !p.dash() {
			return p.emit(&Event{Kind: SequenceEnd, Style: Block, Span: Span{p.pos, p.pos}})
		}
	}
}

// entry goes to what follows an entry of a collection at a column, and reports whether it
// is at that column too.
func (p *parser) entry(column int) (bool, error) {
	if err := p.lineDone(); err != nil {
		return false, err
	}
	switch {
	case p.stop() || p.lead < column && p.pos-p.bol == p.lead:
		return false, nil
	case p.pos-p.bol > p.lead:
		return false, p.badTab()
	case p.lead > column:
		return false, p.bad(p.pos, "This line is indented more than the entries before it, and less than what they hold.")
	}
	return true, nil
}

// mapping tells a block mapping whose keys are at a column. The first key, without its colon,
// may have been read: as a scalar or alias, or, as a seqStart, the properties of a flow collection.
func (p *parser) mapping(column int, own Props, key *Event) error {
	at := p.pos
	if key != nil && key.Kind != SequenceStart {
		at = key.First(key.Start)
	}
	if err := p.emit(&Event{Kind: MappingStart, Style: Block, Span: Span{at, at}, Props: own, Column: column}); err != nil {
		return err
	}
	for {
		explicit, valued, err := p.mappingKey(column, key)
		if err != nil {
			return err
		}
		if valued {
			p.indicator()
			err = p.node(column, explicit, true)
		} else {
			err = p.nothing(p.pos, Props{})
		}
		if err != nil {
			return err
		}
		more, err := p.entry(column)
		if err != nil {
			return err
		}
		if !more {
			return p.emit(&Event{Kind: MappingEnd, Style: Block, Span: Span{p.pos, p.pos}})
		}
		key = nil
	}
}

// mappingKey tells a key. It returns whether it was marked with ?, and whether the colon of its value is here.
func (p *parser) mappingKey(column int, read *Event) (explicit, valued bool, err error) {
	switch {
	case read != nil && read.Kind != SequenceStart:
		return false, true, p.emit(read)
	case read != nil:
		return false, true, p.flowKey(column, read.Props)
	case p.ask('?'):
		p.indicator()
		p.asked = true
		if err := p.node(column, true, true); err != nil {
			return true, false, err
		}
		more, err := p.entry(column)
		return true, more && p.ask(':'), err
	case p.ask(':'):
		return false, true, p.nothing(p.pos, Props{})
	case p.dash():
		return false, false, p.bad(p.pos, "Expected a key, but found an element of a list.")
	}
	return false, true, p.implicitKey(column)
}

// implicitKey tells a key that is not marked, up to its colon.
func (p *parser) implicitKey(column int) (err error) {
	var own Props
	for c := p.at(p.pos); c == '&' || c == '!'; c = p.at(p.pos) {
		if err := p.property(&own, false); err != nil {
			return err
		}
		for Space(p.at(p.pos)) {
			p.pos++
		}
	}
	if c := p.at(p.pos); c == '[' || c == '{' {
		return p.flowKey(column, own)
	}
	e := Event{Kind: Scalar, Span: Span{p.pos, p.pos}}
	if !p.ask(':') {
		if e, err = p.leaf(column, false); err != nil {
			return err
		}
	}
	if e.Kind == Alias && !own.None() {
		return p.bad(e.Start, "An alias has no anchor or tag of its own.")
	}
	e.Props = own
	if !p.colon() {
		at := p.pos
		if i := bytes.IndexAny(p.src[e.Start:e.End], "\r\n"); i >= 0 {
			at = e.Start + i
		}
		for Space(p.at(at)) {
			at++
		}
		return p.bad(at, "Expected a colon and a space behind the key.")
	}
	if err := p.oneLine(&e); err != nil {
		return err
	}
	return p.emit(&e)
}

// flowKey tells a key that is a flow collection.
func (p *parser) flowKey(n int, own Props) error {
	start, line := p.pos, p.bol
	if err := p.flow(n, own); err != nil {
		return err
	}
	if !p.colon() {
		return p.bad(p.pos, "Expected a colon and a space behind the key.")
	}
	return p.oneLine(&Event{Span: Span{start, p.pos}, Multi: p.bol != line})
}
