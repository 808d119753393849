package yamlparse

// leaf reads the alias or the scalar here, which is no block scalar and has no properties.
func (p *parser) leaf(n int, inFlow bool) (Event, error) {
	e := Event{Kind: Scalar, Span: Span{p.pos, p.pos}}
	line := p.bol
	var err error
	switch c := p.at(p.pos); c {
	case '"':
		e.Style = DoubleQuoted
		err = p.doubleQuoted(n)
	case '\'':
		e.Style = SingleQuoted
		err = p.singleQuoted(n)
	case '*':
		e.Kind = Alias
		p.pos++
		if err = p.name("alias"); err == nil && !p.anchors[string(p.src[e.Start+1:p.pos])] {
			err = p.bad(e.Start, "There is no anchor of this name before this alias.")
		}
	default:
		if err = p.mayBegin(c, inFlow); err == nil {
			e.End, err = p.plain(n, inFlow)
			e.Multi = p.bol != line
			return e, err
		}
	}
	e.End = p.pos
	e.Multi = p.bol != line
	return e, err
}

// mayBegin refuses the characters with which no plain scalar begins.
func (p *parser) mayBegin(c byte, inFlow bool) error {
	switch c {
	case '-', '?', ':':
		next := p.at(p.pos + 1)
		if blank(next) || inFlow && flowIndicator(next) {
			return p.bad(p.pos, "Expected a value, but found the indicator %c; a text that begins with it is written in quotes.", c)
		}
	case ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '%', '@', '`':
		return p.bad(p.pos, "A text that begins with %c is written in quotes.", c)
	}
	return nil
}

// plain goes over a plain scalar. It returns its end; the position stays at it.
func (p *parser) plain(n int, inFlow bool) (int, error) {
	end, bol, lead := p.pos, p.bol, p.lead
	for {
		more, last, err := p.plainLine(inFlow)
		if err != nil {
			return 0, err
		}
		if last >= 0 {
			end, bol, lead = last, p.bol, p.lead
		}
		if last < 0 || !more || !p.continues(n) {
			p.pos, p.bol, p.lead = end, bol, lead
			return end, nil
		}
	}
}

// plainLine goes over what a line has of a plain scalar. It returns whether the line ended with it,
// and where the last character is that is no space; -1 if there is none.
func (p *parser) plainLine(inFlow bool) (more bool, end int, err error) {
	end = -1
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		switch {
		case plainSafe[c]:
			p.pos++
			end = p.pos
			continue
		case c == ' ' || c == '\t':
			p.pos++
			continue
		case c == '\n' || c == '\r':
			return true, end, nil
		case c == ':':
			if next := p.at(p.pos + 1); blank(next) || inFlow && flowIndicator(next) {
				return false, end, nil
			}
		case c == '#':
			if Space(p.src[p.pos-1]) || p.pos == p.bol {
				return false, end, nil
			}
		case flowIndicator(c):
			if inFlow {
				return false, end, nil
			}
		default: // beyond ASCII
			if LineBreakAt(p.src, p.pos) > 0 {
				return false, end, p.badBreak()
			}
		}
		p.pos++
		end = p.pos
	}
	return true, end, nil
}

// plainSafe are the characters that are part of a plain scalar wherever they stand in it.
var plainSafe = func() (safe [256]bool) {
	for c := '!'; c < 0x7F; c++ {
		safe[c] = c != ':' && c != '#' && !flowIndicator(byte(c))
	}
	return safe
}()

// continues goes to the next line that is not empty, and reports whether a plain scalar may
// go on there whose parent is indented by n.
func (p *parser) continues(n int) bool {
	for {
		if p.end() {
			return false
		}
		p.line(lineAfter(p.src, p.pos))
		for Space(p.at(p.pos)) {
			p.pos++
		}
		if !LineEnd(p.at(p.pos)) {
			break
		}
	}
	return p.lead > n && p.at(p.pos) != '#' && !p.marker('-') && !p.marker('.')
}

// singleQuoted goes over a scalar in single quotes.
func (p *parser) singleQuoted(n int) error {
	for p.pos++; ; p.pos++ {
		switch c := p.at(p.pos); {
		case c == '\'' && p.at(p.pos+1) == '\'':
			p.pos++
		case c == '\'':
			p.pos++
			return nil
		case LineEnd(c):
			if err := p.quotedLine(n, '\''); err != nil {
				return err
			}
		case c >= 0x80 && LineBreakAt(p.src, p.pos) > 0:
			return p.badBreak()
		}
	}
}

// doubleQuoted goes over a scalar in double quotes.
func (p *parser) doubleQuoted(n int) error {
	for p.pos++; ; p.pos++ {
		switch c := p.at(p.pos); {
		case c == '"':
			p.pos++
			return nil
		case LineEnd(c):
			if err := p.quotedLine(n, '"'); err != nil {
				return err
			}
		case c == '\\' && p.pos+1 < len(p.src):
			if err := p.escape(); err != nil {
				return err
			}
		}
	}
}

// quotedLine goes to the next line of a quoted scalar that is not empty: to the character
// before its first.
func (p *parser) quotedLine(n int, quote byte) error {
	for !p.end() {
		p.line(lineAfter(p.src, p.pos))
		if p.marker('-') || p.marker('.') {
			return p.bad(p.pos, "Expected the closing %c before the end of the document.", quote)
		}
		for Space(p.at(p.pos)) {
			p.pos++
		}
		if LineEnd(p.at(p.pos)) {
			continue
		}
		if p.lead <= n {
			if p.pos-p.bol > p.lead {
				return p.badTab()
			}
			return p.bad(p.pos, "The lines of a text in quotes are indented more than the block around it.")
		}
		p.pos--
		return nil
	}
	return p.bad(p.pos, "Expected the closing %c, but the input ends.", quote)
}

// escape goes over an escape in double quotes, to its last character.
func (p *parser) escape() error {
	start := p.pos
	p.pos++
	switch c := p.src[p.pos]; c {
	case '0', 'a', 'b', 't', '\t', 'n', 'v', 'f', 'r', 'e', ' ', '"', '/', '\\', 'N', '_', 'L', 'P':
	case '\n', '\r':
		p.pos-- // the line break is next
	case 'x', 'u', 'U':
		r, n, ok := CodePoint(p.src[start:])
		if !ok {
			for i := start + 2; i < start+n; i++ {
				if !hex(p.at(i)) {
					return p.bad(i, "Expected %d hexadecimal digits in an escape.", n-2)
				}
			}
			return p.bad(start, "The escape is no character: U+%04X.", r)
		}
		p.pos = start + n - 1
	default:
		return p.bad(p.pos, "There is no such escape; a backslash is written as two.")
	}
	return nil
}

// CodePoint reads an escape \x, \u or \U, and two \u that are one character in UTF-16.
// It returns the length that the escape has or should have.
func CodePoint(s []byte) (r rune, n int, ok bool) {
	n = 4
	switch s[1] {
	case 'u':
		n = 6
	case 'U':
		n = 10
	}
	if r, ok = hexDigits(s, 2, n); !ok {
		return 0, n, false
	}
	if r >= 0xD800 && r < 0xDC00 && n == 6 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low, ok := hexDigits(s, 8, 12); ok && low >= 0xDC00 && low < 0xE000 {
			return (r-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12, true
		}
	}
	return r, n, (r < 0xD800 || r > 0xDFFF) && r <= 0x10FFFF && r >= 0
}

func hexDigits(s []byte, from, to int) (r rune, ok bool) {
	if len(s) < to {
		return 0, false
	}
	for _, c := range s[from:to] {
		if !hex(c) {
			return 0, false
		}
		v := rune(c & 0x0F)
		if c > '9' {
			v += 9
		}
		r = r<<4 | v
	}
	return r, true
}
