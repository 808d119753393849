package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// bindingElement reads what is declared: a name or pattern, perhaps with a default. It reports
// whether it is a name and nothing more.
func (p *parser) bindingElement() (onlyName bool) {
	onlyName = p.bindingAtom()
	if p.is(lexis.Eq) {
		p.take(lexis.Between)
		kept := len(p.names)
		p.assignment(false, nil)
		p.names = p.names[:kept]
		return false
	}
	return onlyName
}

// bindingAtom reads a name or pattern, whose names are added to those of the parser.
func (p *parser) bindingAtom() (isName bool) {
	switch {
	case p.is(lexis.BracketL):
		p.deeper()
		p.bindingArray()
		p.shallower()
	case p.is(lexis.BraceL):
		p.deeper()
		p.bindingObject()
		p.shallower()
	default:
		p.identifier()
		return true
	}
	return false
}

func (p *parser) bindingArray() {
	p.take(lexis.Group)
	for first := true; !p.is(lexis.BracketR); first = false {
		if !first {
			if p.separate(lexis.BracketR); p.is(lexis.BracketR) {
				break
			}
		}
		switch {
		case p.is(lexis.Comma):
		case p.is(lexis.Ellipsis):
			p.take(lexis.Before)
			p.bindingAtom()
			if !p.is(lexis.BracketR) {
				p.unexpected("Expected ] behind the rest of a pattern")
			}
		default:
			p.bindingElement()
		}
	}
	p.take(lexis.Shut)
}

func (p *parser) bindingObject() {
	p.take(lexis.Object)
	for first := true; !p.is(lexis.BraceR); first = false {
		if !first {
			if p.separate(lexis.BraceR); p.is(lexis.BraceR) {
				break
			}
		}
		if p.is(lexis.Ellipsis) {
			p.take(lexis.Before)
			p.identifier()
			if !p.is(lexis.BraceR) {
				p.unexpected("Expected } behind the rest of a pattern")
			}
			break
		}
		key := p.propertyName(false)
		switch {
		case p.is(lexis.Colon):
			p.take(lexis.Label)
			p.bindingElement()
		case key.isName:
			p.checkName(key.text, key.at)
			if key.text == "await" && p.awaitNameAt < 0 {
				p.awaitNameAt = key.at
			}
			p.names = append(p.names, binding{key.text, key.at})
			if p.is(lexis.Eq) {
				p.take(lexis.Between)
				kept := len(p.names)
				p.assignment(false, nil)
				p.names = p.names[:kept]
			}
		default:
			p.unexpected("Expected :")
		}
	}
	p.take(lexis.ShutObject)
}
