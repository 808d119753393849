package yamlparse

import (
	"strings"

	"claimcheck/internal/data"
)

// property goes over the anchor or tag here.
func (p *parser) property(own *Props, inFlow bool) error {
	start, tag := p.pos, p.at(p.pos) == '!'
	p.pos++
	var err error
	if tag {
		err = p.tag()
	} else {
		err = p.name("anchor")
	}
	if err != nil {
		return err
	}
	s := Span{start, p.pos}
	if c := p.at(p.pos); !blank(c) && (!inFlow || !flowIndicator(c)) {
		return p.bad(p.pos, "Expected a space behind an anchor or tag.")
	}
	if tag {
		if !own.Tag.Empty() {
			return p.bad(start, "A node has one tag.")
		}
		own.Tag = s
		own.Resolved, err = p.resolveTag(s)
		return err
	}
	if !own.Anchor.Empty() {
		return p.bad(start, "A node has one anchor.")
	}
	own.Anchor = s
	p.anchors[string(p.src[s.Start+1:s.End])] = true
	if len(p.anchors) > maxAnchors {
		return data.TooLarge("The YAML document has more than %d anchors.", maxAnchors)
	}
	return nil
}

// name goes over the name of an anchor or alias.
func (p *parser) name(of string) error {
	start := p.pos
	for c := p.at(p.pos); !blank(c) && !flowIndicator(c); c = p.at(p.pos) {
		if LineBreakAt(p.src, p.pos) > 0 {
			return p.badBreak()
		}
		p.pos++
	}
	if p.pos == start {
		return p.bad(p.pos, "Expected the name of an %s.", of)
	}
	return nil
}

// tag goes over a tag behind its first !.
func (p *parser) tag() error {
	start := p.pos
	verbatim := p.at(p.pos) == '<'
	if verbatim {
		p.pos++
	}
	for ; !blank(p.at(p.pos)); p.pos++ {
		c := p.at(p.pos)
		switch {
		case verbatim && c == '>':
			p.pos++
			if p.pos-start < 3 {
				return p.bad(start, "Expected a tag between < and >.")
			}
			return nil
		case !verbatim && flowIndicator(c):
			return p.whole(start)
		case c == '%' && (!hex(p.at(p.pos+1)) || !hex(p.at(p.pos+2))):
			return p.bad(p.pos, "Expected two hexadecimal digits behind %% in a tag.")
		case !tagCharacter(c):
			return p.bad(p.pos, "This character cannot stand in a tag; it is written as %% and two hexadecimal digits.")
		}
	}
	if verbatim {
		return p.bad(p.pos, "Expected > at the end of the tag.")
	}
	return p.whole(start)
}

// whole refuses a tag that is a handle and nothing behind it; only ! may stand alone.
func (p *parser) whole(start int) error {
	text := string(p.src[start:p.pos])
	if i := strings.IndexByte(text, '!'); i >= 0 {
		if i == len(text)-1 {
			return p.bad(p.pos, "Expected the name of a tag behind its handle.")
		}
		if j := strings.IndexByte(text[i+1:], '!'); j >= 0 {
			return p.bad(start+i+1+j, "A tag has one handle.")
		}
		if !wordChars(text[:i]) {
			return p.bad(start, "The handle of a tag has letters, digits and hyphens.")
		}
	}
	return nil
}

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// tagCharacter is ns-uri-char of YAML 1.2.
func tagCharacter(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-%#;/?:@&=+$,_.!~*'()[]", c) >= 0
}

// join makes properties on lines before and on a line the ones of one node.
func (p *parser) join(outer *Props, inner Props) error {
	if !inner.Anchor.Empty() {
		if !outer.Anchor.Empty() {
			return p.bad(inner.Anchor.Start, "A node has one anchor.")
		}
		outer.Anchor = inner.Anchor
	}
	if !inner.Tag.Empty() {
		if !outer.Tag.Empty() {
			return p.bad(inner.Tag.Start, "A node has one tag.")
		}
		outer.Tag, outer.Resolved = inner.Tag, inner.Resolved
	}
	return nil
}
