package yamlparse

import "unicode/utf8"

// keyAhead reports whether the flow collection here is a key: whether it ends on this line,
// and a colon follows it. It looks no further than a key may be long.
func (p *parser) keyAhead() bool {
	depth, quote := 0, byte(0)
	for i := p.pos; i < p.pos+4*maxKey+2; i++ {
		c := p.at(i)
		switch {
		case LineEnd(c):
			return false
		case quote == '"' && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && p.begins(i):
			quote = c
		case c == '#' && Space(p.src[i-1]):
			return false
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				for i++; Space(p.at(i)); i++ {
				}
				return p.at(i) == ':' && blank(p.at(i+1))
			}
		}
	}
	return false
}

// begins reports whether a node may begin at i in a flow collection.
func (p *parser) begins(i int) bool {
	switch c := p.src[i-1]; c {
	case ' ', '\t', '[', '{', ',', ':':
		return true
	}
	return false
}

// flow tells the flow collection here, whose lines are indented by more than n.
func (p *parser) flow(n int, own Props) error {
	if p.depth++; p.depth > maxNodes {
		return p.bad(p.pos, "Lists and mappings nest deeper than %d levels.", MaxDepth)
	}
	defer func() { p.depth-- }()
	begin := Event{Kind: SequenceStart, Style: Flow, Span: Span{p.pos, p.pos + 1}, Props: own}
	last, entry, closing := SequenceEnd, p.flowElement, byte(']')
	if p.at(p.pos) == '{' {
		begin.Kind, last, entry, closing = MappingStart, MappingEnd, p.flowMember, '}'
	}
	if err := p.emit(&begin); err != nil {
		return err
	}
	p.pos++
	for {
		if err := p.flowGap(n); err != nil {
			return err
		}
		if err := p.flowEntry(n, closing, entry); err != nil {
			return err
		}
		switch c := p.at(p.pos); {
		case c == ',':
			p.pos++
		case c == closing:
			p.pos++
			if err := p.emit(&Event{Kind: last, Style: Flow, Span: Span{p.pos - 1, p.pos}}); err != nil {
				return err
			}
			return p.expire(false)
		case p.end():
			return p.bad(p.pos, "Expected a comma or %c, but the input ends.", closing)
		default:
			return p.bad(p.pos, "Expected a comma or %c.", closing)
		}
	}
}

// flowEntry tells an entry of a flow collection and goes behind it, unless the collection ends here.
func (p *parser) flowEntry(n int, closing byte, entry func(n int) error) error {
	switch c := p.at(p.pos); {
	case c == closing:
		return nil
	case p.end():
		return p.bad(p.pos, "Expected a value or %c, but the input ends.", closing)
	case c == ',' || c == ']' || c == '}':
		return p.bad(p.pos, "Expected a value or %c.", closing)
	}
	if err := entry(n); err != nil {
		return err
	}
	return p.flowGap(n)
}

// flowGap goes to the next token in a flow collection.
func (p *parser) flowGap(n int) error {
	line := p.bol
	if err := p.gap(); err != nil || p.bol == line {
		return err
	}
	if err := p.expire(true); err != nil {
		return err
	}
	if p.end() {
		return nil
	}
	if p.marker('-') || p.marker('.') {
		return p.bad(p.pos, "Expected the end of a flow collection before that of the document.")
	}
	if c := p.at(p.pos); p.lead > n || (c == ']' || c == '}') && p.lead == p.pos-p.bol {
		return nil
	}
	if p.pos-p.bol > p.lead {
		return p.badTab()
	}
	return p.bad(p.pos, "The flow collection is not closed, and this line is not indented more than the block around it.")
}

// flowElement tells an element of a flow sequence.
func (p *parser) flowElement(n int) error {
	if p.at(p.pos) == '?' && blank(p.at(p.pos+1)) {
		if err := p.emit(&Event{Kind: MappingStart, Style: Pair, Span: Span{p.pos, p.pos}}); err != nil {
			return err
		}
		if err := p.flowMember(n); err != nil {
			return err
		}
		return p.emit(&Event{Kind: MappingEnd, Style: Pair, Span: Span{p.pos, p.pos}})
	}
	start, line := p.pos, p.bol
	if c := p.at(p.pos); c != '[' && c != '{' && c != '&' && c != '!' {
		return p.flowLeaf(n)
	}
	p.hold()
	quoted, err := p.flowNode(n)
	if err != nil {
		return err
	}
	end := p.pos
	for Space(p.at(p.pos)) {
		p.pos++
	}
	if !p.flowColon(quoted) {
		p.pos = end
		_, err = p.release(false)
		return err
	}
	kept, err := p.release(true)
	if err != nil {
		return err
	}
	if !kept || p.bol != line || utf8.RuneCount(p.src[start:end]) > maxKey {
		return p.badPair()
	}
	p.indicator()
	if err := p.flowValue(n); err != nil {
		return err
	}
	return p.emit(&Event{Kind: MappingEnd, Style: Pair, Span: Span{p.pos, p.pos}})
}

// flowLeaf tells an element that is a scalar or alias, or a pair whose key is one.
func (p *parser) flowLeaf(n int) (err error) {
	line := p.bol
	e := Event{Kind: Scalar, Span: Span{p.pos, p.pos}}
	if !p.flowColon(false) {
		if e, err = p.leaf(n, true); err != nil {
			return err
		}
	}
	if e.Multi {
		if err := p.expire(true); err != nil {
			return err
		}
	}
	end := p.pos
	for Space(p.at(p.pos)) {
		p.pos++
	}
	if !p.flowColon(e.Style == SingleQuoted || e.Style == DoubleQuoted) {
		p.pos = end
		return p.emit(&e)
	}
	if p.bol != line || utf8.RuneCount(p.src[e.Start:e.End]) > maxKey {
		return p.badPair()
	}
	if err := p.emit(&Event{Kind: MappingStart, Style: Pair, Span: Span{e.Start, e.Start}}); err != nil {
		return err
	}
	if err := p.emit(&e); err != nil {
		return err
	}
	p.indicator()
	if err := p.flowValue(n); err != nil {
		return err
	}
	return p.emit(&Event{Kind: MappingEnd, Style: Pair, Span: Span{p.pos, p.pos}})
}

func (p *parser) badPair() error {
	return p.bad(p.pos, "A key in a list stands on one line and has no more than %d characters.", maxKey)
}

// flowMember tells a member of a flow mapping.
func (p *parser) flowMember(n int) error {
	quoted := false
	asked := p.at(p.pos) == '?' && blank(p.at(p.pos+1))
	if asked {
		p.indicator()
		p.asked = true
		if err := p.flowGap(n); err != nil {
			return err
		}
	}
	var err error
	if quoted, err = p.flowNode(n); err != nil {
		return err
	}
	at := p.pos
	if err := p.flowGap(n); err != nil {
		return err
	}
	if !p.flowColon(quoted) {
		return p.nothing(at, Props{})
	}
	p.indicator()
	return p.flowValue(n)
}

// flowColon reports whether the colon behind a key is here.
func (p *parser) flowColon(quoted bool) bool {
	next := p.at(p.pos + 1)
	return p.at(p.pos) == ':' && (quoted || blank(next) || flowIndicator(next))
}

// flowValue tells the value behind a colon.
func (p *parser) flowValue(n int) error {
	at := p.pos
	if err := p.flowGap(n); err != nil {
		return err
	}
	if c := p.at(p.pos); c == ',' || c == ']' || c == '}' || p.end() {
		return p.nothing(at, Props{})
	}
	_, err := p.flowNode(n)
	return err
}

// flowNode tells a node of a flow collection; one without content stands before a colon or the
// end of an entry. It returns whether a colon behind it needs no space.
func (p *parser) flowNode(n int) (quoted bool, err error) {
	var own Props
	at := p.pos
	for c := p.at(p.pos); c == '&' || c == '!'; c = p.at(p.pos) {
		if err := p.property(&own, true); err != nil {
			return false, err
		}
		at = p.pos
		if err := p.flowGap(n); err != nil {
			return false, err
		}
	}
	switch c := p.at(p.pos); {
	case p.end(), c == ',', c == ']', c == '}', p.flowColon(false):
		return false, p.nothing(at, own)
	case c == '[' || c == '{':
		return true, p.flow(n, own)
	}
	e, err := p.leaf(n, true)
	if err != nil {
		return false, err
	}
	if e.Kind == Alias && !own.None() {
		return false, p.bad(e.Start, "An alias has no anchor or tag of its own.")
	}
	if e.Multi {
		if err := p.expire(true); err != nil {
			return false, err
		}
	}
	e.Props = own
	return e.Style == SingleQuoted || e.Style == DoubleQuoted, p.emit(&e)
}
