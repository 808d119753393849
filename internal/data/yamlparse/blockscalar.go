package yamlparse

// blockScalar tells the block scalar here, whose parent is indented by n.
func (p *parser) blockScalar(n int, own Props) error {
	e := Event{Kind: Scalar, Style: Literal, Span: Span{p.pos, p.pos}, Props: own, Multi: true, Indent: -1}
	if p.at(p.pos) == '>' {
		e.Style = Folded
	}
	p.pos++
	for {
		c := p.at(p.pos)
		switch {
		case (c == '-' || c == '+') && e.Chomp == 0:
			e.Chomp = c
		case c >= '1' && c <= '9' && e.Indent < 0:
			e.Indent = max(n, 0) + int(c-'0')
		default:
			e.End = p.pos
			if err := p.header(); err != nil {
				return err
			}
			if err := p.blockLines(n, &e); err != nil {
				return err
			}
			return p.emit(&e)
		}
		p.pos++
	}
}

// header goes over the rest of the line of a block scalar's indicator.
func (p *parser) header() error {
	start := p.pos
	for Space(p.at(p.pos)) {
		p.pos++
	}
	if p.at(p.pos) == '#' && p.pos > start {
		if err := p.remark(); err != nil {
			return err
		}
	}
	if !LineEnd(p.at(p.pos)) {
		return p.bad(p.pos, "Expected a line break, or - + and a digit from 1 to 9, behind the indicator of a block text.")
	}
	return nil
}

// blockLines goes over the lines of a block scalar to the line behind them.
func (p *parser) blockLines(n int, e *Event) error {
	widest := 0 // spaces of the empty lines before the first that is not
	widestAt := 0
	e.Body = Span{p.pos, p.pos}
	if p.end() {
		return nil
	}
	p.line(lineAfter(p.src, p.pos))
	e.Body = Span{p.bol, p.bol}
	for p.bol < len(p.src) {
		empty := LineEnd(p.at(p.pos)) && (e.Indent < 0 || p.lead <= e.Indent)
		if !empty && (p.lead <= n || p.lead < e.Indent || p.marker('-') || p.marker('.')) {
			if e.Indent < 0 && p.at(p.pos) == '\t' {
				return p.badTab()
			}
			break
		}
		switch {
		case empty && e.Indent < 0 && p.lead > widest:
			widest, widestAt = p.lead, p.pos
		case !empty && e.Indent < 0:
			e.Indent = p.lead
			if widest > p.lead {
				return p.bad(widestAt, "An empty line before a block text has no more spaces than its first line.")
			}
		}
		if err := p.bodyLine(); err != nil {
			return err
		}
		if e.Body.End = p.pos; p.end() {
			break
		}
		p.line(lineAfter(p.src, p.pos))
		e.Body.End = p.bol
	}
	if e.Indent < 0 {
		e.Indent = max(n, 0) + max(widest, 1)
	}
	p.first = -1 // what follows begins its line
	return nil
}

// bodyLine goes over a line of a block scalar.
func (p *parser) bodyLine() error {
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		if c == '\n' || c == '\r' {
			return nil
		}
		if c >= 0x80 && LineBreakAt(p.src, p.pos) > 0 {
			return p.badBreak()
		}
		p.pos++
	}
	return nil
}
