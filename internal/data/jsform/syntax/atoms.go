package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// atom reads a value without what can be behind it.
func (p *parser) atom(t *troubles, noIn, isNew bool) expr {
	e := p.simple(p.start(), len(p.all))
	switch p.Tok.Kind {
	case lexis.Name:
		return p.nameOrArrow(noIn)
	case lexis.ParenL:
		return p.parenthesis(t, noIn)
	case lexis.BracketL:
		p.take(lexis.Group)
		s := p.list(lexis.BracketR, true, true, t)
		e.shape, e.notAssign, e.notBind = array, s.notAssign, s.notBind
	case lexis.BraceL:
		p.object(&e, t)
	case lexis.KFunction:
		p.next()
		p.function(isExpression, false)
	case lexis.KClass:
		p.class(false)
	case lexis.KNew:
		p.new()
	case lexis.KSuper:
		p.super()
	case lexis.KImport:
		p.importValue(isNew)
	default:
		p.literal()
	}
	return e
}

// literal reads a value that has no names.
func (p *parser) literal() {
	switch k := p.Tok.Kind; {
	case (k == lexis.Slash || k == lexis.Assign) && p.Src[p.start()] == '/':
		p.Regexp()
		p.next()
	case k == lexis.Num, k == lexis.Str:
		p.checkOctal()
		p.next()
	case k == lexis.KThis, k == lexis.KNull, k == lexis.KTrue, k == lexis.KFalse:
		p.next()
	case k == lexis.Tmpl && p.Src[p.start()] == '`':
		p.templates(false)
	case k == lexis.Relational && p.text() == "<":
		p.Fail(p.start(), "Expected a value: JSX is not part of JavaScript.")
	default:
		p.unexpected("Expected a value")
	}
}

// checkOctal fails for numbers and strings that strict code has not.
func (p *parser) checkOctal() {
	if p.Octal >= 0 && p.strict {
		p.Fail(p.Octal, "Strict code has no octal numbers and escapes of the old kind.")
	}
}

// nameOrArrow reads a name, or the arrow function whose parameter it is, or async function.
func (p *parser) nameOrArrow(noIn bool) expr {
	start, first, names := p.start(), len(p.all), len(p.names)
	canBeArrow := p.arrowAt == start
	inForAwait := p.arrowInForAwait
	async := p.isWord("async")
	p.identifier()
	e := expr{shape: aName, start: start, first: first, names: names, notAssign: -1, notBind: -1}
	if async && p.Lines == 0 && p.is(lexis.KFunction) {
		p.names = p.names[:names]
		p.next()
		p.function(isExpression, true)
		return p.simple(start, first)
	}
	if !canBeArrow || p.Lines > 0 {
		return e
	}
	switch {
	case p.is(lexis.Arrow):
		p.take(lexis.Between)
		return p.arrow(e, names, summary{-1, -1, true}, false, noIn)
	case async && p.is(lexis.Name) && (!inForAwait || !p.isWord("of")):
		p.names = p.names[:names]
		at := p.start()
		p.identifier()
		if p.names[names].text == "await" {
			p.Fail(at, "Here await is no name.")
		}
		if p.Lines > 0 || !p.is(lexis.Arrow) {
			p.unexpected("Expected =>")
		}
		p.take(lexis.Between)
		return p.arrow(e, names, summary{-1, -1, true}, true, noIn)
	}
	return e
}

// identifier reads a name and adds it to those of the pattern.
func (p *parser) identifier() {
	if !p.is(lexis.Name) {
		if p.Tok.Kind.IsWord() {
			p.Fail(p.start(), "The word %s cannot be a name here.", p.text())
		}
		p.unexpected("Expected a name")
	}
	text, at := p.word(), p.start()
	p.checkName(text, at)
	if text == "await" && p.awaitNameAt < 0 {
		p.awaitNameAt = at
	}
	p.names = append(p.names, binding{text, at})
	p.next()
}

// parenthesis reads expressions in parentheses, or the parameters of an arrow function.
func (p *parser) parenthesis(t *troubles, noIn bool) expr {
	start, first, names := p.start(), len(p.all), len(p.names)
	canBeArrow := p.arrowAt == start
	yieldAt, awaitAt := p.yieldAt, p.awaitAt
	p.yieldAt, p.awaitAt = -1, -1
	own := noTroubles()
	in := p.inParentheses(own)
	if canBeArrow && p.Lines == 0 && p.is(lexis.Arrow) {
		p.checkPattern(own, true)
		p.checkParameters(false)
		p.yieldAt, p.awaitAt = yieldAt, awaitAt
		p.take(lexis.Between)
		return p.arrow(expr{start: start, first: first}, names, in.all, false, noIn)
	}
	switch {
	case in.count == 0:
		p.unexpected("Expected => behind ()")
	case in.lastComma:
		p.Fail(int(p.last().Start), "Expected a value.")
	case in.restAt >= 0:
		p.Fail(in.restAt, "Expected a value: ... can be only in parameters, calls, arrays and objects.")
	}
	p.checkValue(own)
	p.yieldAt, p.awaitAt = firstOf(yieldAt, p.yieldAt), firstOf(awaitAt, p.awaitAt)
	e := in.only
	if in.count > 1 {
		p.names = p.names[:names]
		e = p.simple(start, first)
	}
	e.start, e.first, e.paren = start, first, in.count == 1
	if t != nil {
		if t.parenAssign < 0 && !e.isTarget() {
			t.parenAssign = start
		}
		if t.parenDeclare < 0 {
			t.parenDeclare = start
		}
	}
	return e
}

// parenthesized is what is in parentheses.
type parenthesized struct {
	all       summary
	only      expr // the last one
	count     int
	restAt    int // where ... is; -1: nowhere
	lastComma bool
}

// inParentheses reads what is in parentheses, and them.
func (p *parser) inParentheses(t *troubles) parenthesized {
	in := parenthesized{all: summary{-1, -1, true}, restAt: -1}
	p.take(lexis.Group)
	for !p.is(lexis.ParenR) {
		if in.count > 0 {
			if p.separate(lexis.ParenR); p.is(lexis.ParenR) {
				in.lastComma = true
				break
			}
		}
		in.count++
		if p.is(lexis.Ellipsis) {
			in.restAt = p.start()
			p.take(lexis.Before)
			p.bindingAtom()
			in.all.onlyNames = false
			if p.is(lexis.Comma) {
				p.Fail(p.start(), "No comma can be behind the rest of parameters.")
			}
			break
		}
		in.only = p.assignment(false, t)
		in.all.add(&in.only)
	}
	p.expect(lexis.ParenR, lexis.Shut)
	return in
}

// super reads super and checks that what is behind it may be there.
func (p *parser) super() {
	flags := p.thisScope().flags
	at := p.start()
	p.next()
	switch {
	case p.is(lexis.ParenL) && flags&scopeDirectSuper == 0:
		p.Fail(at, "Only the constructor of a class that extends another can call super.")
	case p.is(lexis.ParenL), (p.is(lexis.Dot) || p.is(lexis.BracketL)) && flags&scopeSuper != 0:
	case p.is(lexis.Dot), p.is(lexis.BracketL):
		p.Fail(at, "Only methods and fields have super.")
	default:
		p.unexpected("Expected (, . or [ behind super")
	}
}

// new reads new.target, and new with what it makes.
func (p *parser) new() {
	p.next()
	if p.is(lexis.Dot) {
		p.take(lexis.Tight)
		if !p.isWord("target") {
			p.unexpected("Expected target")
		}
		if !p.hasNewTarget() {
			p.Fail(int(p.all[len(p.all)-2].Start), "Only functions and classes have new.target.")
		}
		p.next()
		return
	}
	p.deeper()
	defer p.shallower()
	names := len(p.names)
	if p.is(lexis.KImport) {
		if at, _ := p.ahead(); p.ByteAt(at) == '(' {
			p.unexpected("Expected what new can make, which import() is not")
		}
	}
	if p.is(lexis.KSuper) {
		if at, _ := p.ahead(); p.ByteAt(at) == '(' {
			p.Fail(at, "Expected . or [ behind super.")
		}
	}
	p.arrowAt = -1
	e := p.atom(nil, false, true)
	if e.shape == arrowFunction && !e.paren {
		p.Fail(e.start, "An arrow function cannot be made by new.")
	}
	p.behind(e, false, true)
	if p.is(lexis.ParenL) {
		p.take(lexis.Tight)
		p.list(lexis.ParenR, true, false, nil)
	}
	p.names = p.names[:names]
}

// importValue reads import(…) and import.meta.
func (p *parser) importValue(isNew bool) {
	at := p.start()
	if p.Escaped {
		p.Fail(at, "The word import has no escapes here.")
	}
	p.next()
	if p.eat(lexis.Dot, lexis.Tight) {
		switch {
		case !p.isWord("meta"):
			p.unexpected("Expected meta")
		case !p.Goal.Module:
			p.Fail(at, "Only modules have import.meta.")
		}
		p.next()
		return
	}
	if !p.is(lexis.ParenL) || isNew {
		p.unexpected("Expected ( or .meta behind import")
	}
	p.take(lexis.Tight)
	if p.is(lexis.ParenR) {
		p.unexpected("Expected what is to be imported")
	}
	names := len(p.names)
	p.assignment(false, nil)
	if p.eat(lexis.Comma, lexis.Plain) && !p.is(lexis.ParenR) {
		p.assignment(false, nil)
		p.eat(lexis.Comma, lexis.Plain)
	}
	p.expect(lexis.ParenR, lexis.Shut)
	p.names = p.names[:names]
}
