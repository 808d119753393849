package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// object reads an object, or what may be the pattern of one.
func (p *parser) object(e *expr, t *troubles) {
	e.shape, e.notAssign, e.notBind = record, -1, -1
	open := len(p.all)
	p.take(lexis.Object)
	proto := false
	for first := true; !p.is(lexis.BraceR); first = false {
		if !first {
			if p.separate(lexis.BraceR); p.is(lexis.BraceR) {
				break
			}
		}
		s := summary{e.notAssign, e.notBind, true}
		value := p.property(t, &proto, open)
		s.add(&value)
		e.notAssign, e.notBind = s.notAssign, s.notBind
	}
	p.take(lexis.ShutObject)
}

// property reads a member of an object.
func (p *parser) property(t *troubles, proto *bool, open int) expr {
	start, first := p.start(), len(p.all)
	if p.is(lexis.Ellipsis) {
		return p.restOfObject(t)
	}
	key, m := p.memberKey()
	switch {
	case m != (method{}) || p.is(lexis.ParenL):
		p.method(m, scopeSuper)
		p.all[open].Marks |= lexis.Wide
		return p.simple(start, first)
	case p.is(lexis.Colon):
		p.take(lexis.Label)
		if key.text == "__proto__" && !key.computed {
			if *proto && t != nil && t.doubleProto < 0 {
				t.doubleProto = start
			} else if *proto && t == nil {
				p.Fail(start, "The member __proto__ is there already.")
			}
			*proto = true
		}
		return p.assignment(false, t)
	case key.isName:
		return p.shorthand(key, t)
	default:
		p.unexpected("Expected :")
		return expr{}
	}
}

// restOfObject reads ...a among members.
func (p *parser) restOfObject(t *troubles) expr {
	start := p.start()
	e := p.spread(t)
	if e.shape == array || e.shape == record { // the rest of an object is a name or a member
		e.notAssign, e.notBind = start, start
	}
	if t != nil && p.is(lexis.Comma) && t.afterRest < 0 {
		t.afterRest = p.start()
	}
	return e
}

// memberKey reads the name of a member and what is before it.
func (p *parser) memberKey() (key propertyKey, m method) {
	if p.is(lexis.Star) {
		p.take(lexis.StarMember)
		m.generator = true
	}
	text := ""
	if !m.generator && p.is(lexis.Name) && !p.Escaped {
		text = p.text()
	}
	key = p.propertyName(false)
	if !p.prefixes(text) {
		return key, m
	}
	switch {
	case text == "async" && p.Lines == 0:
		m.async = true
		if p.is(lexis.Star) {
			p.take(lexis.StarMember)
			m.generator = true
		}
	case text == "get", text == "set":
		m.get, m.set = text == "get", text == "set"
	default:
		p.unexpected("Expected : or a comma")
	}
	return p.propertyName(false), m
}

// prefixes reports whether a word that was read belongs to the name that is next: get x, async x.
func (p *parser) prefixes(text string) bool {
	if text != "get" && text != "set" && text != "async" {
		return false
	}
	switch p.Tok.Kind {
	case lexis.Private, lexis.Str, lexis.Num, lexis.BracketL:
		return true
	case lexis.Star:
		return text == "async"
	default:
		return p.Tok.Kind.IsWord()
	}
}

// shorthand is the member {a}, or {a = 1} of a pattern.
func (p *parser) shorthand(key propertyKey, t *troubles) expr {
	p.checkName(key.text, key.at)
	if key.text == "await" && p.awaitNameAt < 0 {
		p.awaitNameAt = key.at
	}
	e := expr{shape: aName, start: key.at, first: len(p.all) - 1, names: len(p.names), notAssign: -1, notBind: -1}
	p.names = append(p.names, binding{key.text, key.at})
	if !p.is(lexis.Eq) {
		return e
	}
	if t == nil {
		p.unexpected("Expected a comma or }")
	}
	if t.shorthand < 0 {
		t.shorthand = p.start()
	}
	p.bindable(binding{"", key.at})
	p.take(lexis.Between)
	kept := len(p.names)
	p.assignment(false, nil)
	p.names = p.names[:kept]
	e.shape = assigned
	return e
}

// A propertyKey is the name of a member.
type propertyKey struct {
	text     string
	at       int
	isName   bool // no string, number or expression
	computed bool
	private  bool
}

// propertyName reads the name of a member.
func (p *parser) propertyName(inClass bool) propertyKey {
	k := propertyKey{at: p.start()}
	switch {
	case p.is(lexis.BracketL):
		k.computed = true
		names := len(p.names)
		p.take(lexis.Group)
		p.assignment(false, nil)
		p.expect(lexis.BracketR, lexis.Shut)
		p.names = p.names[:names]
	case p.is(lexis.Num), p.is(lexis.Str):
		p.checkOctal()
		if p.is(lexis.Str) {
			k.text = p.text()[1 : len(p.text())-1]
		}
		p.next()
	case p.is(lexis.Private) && inClass:
		k.private = true
		if k.text = p.word(); k.text == "constructor" {
			p.Fail(k.at, "A private member cannot be named constructor.")
		}
		p.next()
	case p.Tok.Kind.IsWord():
		k.text, k.isName = p.word(), true
		if p.is(lexis.Name) || p.Tok.Kind > lexis.FirstKeyword {
			p.next()
		}
	default:
		p.unexpected("Expected the name of a member")
	}
	return k
}
