package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// subscripts reads a value and what is behind it: members, calls and templates.
func (p *parser) subscripts(t *troubles, noIn bool) expr {
	e := p.atom(t, noIn, false)
	if e.shape == arrowFunction && !e.paren {
		return e
	}
	e = p.behind(e, noIn, false)
	if t != nil && e.shape == member {
		if t.parenAssign >= e.start {
			t.parenAssign = -1
		}
		if t.parenDeclare >= e.start {
			t.parenDeclare = -1
		}
		if t.afterRest >= e.start {
			t.afterRest = -1
		}
	}
	return e
}

// behind reads members, calls and templates behind a value.
func (p *parser) behind(e expr, noIn, noCalls bool) expr {
	async := e.shape == aName && !e.paren && p.last().Kind == lexis.Name && p.Src[p.last().Start:p.last().End] == "async" && p.Lines == 0 && p.arrowAt == e.start && int(p.last().Start) == e.start
	chained := false
	for {
		optional := p.is(lexis.QuestionDot)
		switch {
		case optional && noCalls:
			p.unexpected("Expected ( without ?.")
		case optional:
			p.take(lexis.Tight)
			chained = true
			if !p.is(lexis.BracketL) && !p.is(lexis.ParenL) && !p.is(lexis.Tmpl) {
				p.memberName()
				e = p.asMember(e, chained, p.lastPrivate())
				continue
			}
		}
		switch {
		case p.is(lexis.BracketL):
			p.take(lexis.Tight)
			p.expression(false, nil)
			p.expect(lexis.BracketR, lexis.Shut)
			e = p.asMember(e, chained, false)
		case p.eat(lexis.Dot, lexis.Tight):
			p.memberName()
			e = p.asMember(e, chained, p.lastPrivate())
		case p.is(lexis.ParenL) && !noCalls:
			if called, isArrow := p.call(&e, async && !optional, noIn); isArrow {
				return called
			}
			p.names = p.names[:e.names]
			r := p.simple(e.start, e.first)
			if chained {
				r.shape = chain
			}
			e = r
		case p.is(lexis.Tmpl) && p.Src[p.Tok.Start] == '`':
			if chained {
				p.unexpected("A template cannot be behind ?.")
			}
			p.templates(true)
			p.names = p.names[:e.names]
			e = p.simple(e.start, e.first)
		default:
			return e
		}
		async = false
	}
}

// asMember is a member of what was read.
func (p *parser) asMember(of expr, chained, isPrivate bool) expr {
	p.names = p.names[:of.names]
	e := expr{shape: member, start: of.start, first: of.first, names: of.names, notAssign: -1, notBind: of.start, private: isPrivate}
	if chained {
		e.shape, e.notAssign = chain, of.start
	}
	return e
}

// memberName reads the name behind a dot.
func (p *parser) memberName() {
	switch {
	case p.is(lexis.Private):
		if s := p.last(); len(p.all) > 1 && s.Kind == lexis.Dot && p.all[len(p.all)-2].Kind == lexis.KSuper {
			p.unexpected("Expected a name that is not private behind super")
		}
		p.usePrivate()
	case p.Tok.Kind.IsWord():
		p.next()
	default:
		p.unexpected("Expected a name")
	}
}

func (p *parser) lastPrivate() bool { return p.last().Kind == lexis.Private }

// call reads the arguments of a call, or the parameters of async (…) =>.
func (p *parser) call(of *expr, perhapsAsync, noIn bool) (arrowExpr expr, isArrow bool) {
	paren := len(p.all)
	yieldAt, awaitAt, awaitNameAt := p.yieldAt, p.awaitAt, p.awaitNameAt
	p.yieldAt, p.awaitAt, p.awaitNameAt = -1, -1, -1
	t := noTroubles()
	from := len(p.names)
	p.take(lexis.Tight)
	list := p.list(lexis.ParenR, true, false, t)
	if perhapsAsync && p.Lines == 0 && p.is(lexis.Arrow) {
		p.checkPattern(t, true)
		p.checkParameters(true)
		p.yieldAt, p.awaitAt, p.awaitNameAt = yieldAt, awaitAt, awaitNameAt
		p.all[paren].Role = lexis.Control
		p.take(lexis.Between)
		return p.arrow(*of, from, list, true, noIn), true
	}
	p.checkValue(t)
	p.yieldAt, p.awaitAt, p.awaitNameAt = firstOf(yieldAt, p.yieldAt), firstOf(awaitAt, p.awaitAt), firstOf(awaitNameAt, p.awaitNameAt)
	p.names = p.names[:from]
	return expr{}, false
}

func firstOf(a, b int) int {
	if a >= 0 {
		return a
	}
	return b
}

// checkParameters fails for yield and await among parameters.
func (p *parser) checkParameters(async bool) {
	switch {
	case p.yieldAt >= 0 && (p.awaitAt < 0 || p.yieldAt < p.awaitAt):
		p.Fail(p.yieldAt, "Parameters cannot have yield.")
	case p.awaitAt >= 0:
		p.Fail(p.awaitAt, "Parameters cannot have await.")
	case async && p.awaitNameAt >= 0:
		p.Fail(p.awaitNameAt, "Here await is no name.")
	}
}

// A summary is what a list of expressions has in common.
type summary struct {
	notAssign, notBind int
	onlyNames          bool // parameters that strict directives allow
}

func (s *summary) add(e *expr) {
	if s.notAssign < 0 {
		s.notAssign = e.notAssign
	}
	if s.notBind < 0 {
		s.notBind = e.notBind
	}
	s.onlyNames = s.onlyNames && e.shape == aName
}

// list reads expressions to the bracket that ends them.
func (p *parser) list(end lexis.Kind, trailing, holes bool, t *troubles) summary {
	s := summary{-1, -1, true}
	for first := true; ; first = false {
		if !first {
			if p.is(end) {
				break
			}
			p.separate(end)
			if trailing && p.is(end) {
				break
			}
		} else if p.is(end) {
			break
		}
		switch {
		case holes && p.is(lexis.Comma):
			continue
		case p.is(lexis.Ellipsis):
			e := p.spread(t)
			s.add(&e)
			s.onlyNames = false
			if t != nil && p.is(lexis.Comma) && t.afterRest < 0 {
				t.afterRest = p.start()
			}
		default:
			e := p.assignment(false, t)
			s.add(&e)
		}
	}
	p.take(lexis.Shut)
	return s
}

// spread reads ...a.
func (p *parser) spread(t *troubles) expr {
	p.take(lexis.Before)
	e := p.assignment(false, t)
	if e.shape == assigned {
		e.notAssign, e.notBind = e.start, e.start
	}
	return e
}

// templates reads a template and the expressions in it.
func (p *parser) templates(tagged bool) {
	first := len(p.all)
	r := lexis.Plain
	if tagged {
		r = lexis.Tight
	}
	for {
		if p.Bad >= 0 && !tagged {
			p.Fail(p.Bad, "This is no escape: a digit is missing, or there are too many.")
		}
		last := p.Src[p.Tok.End-1] == '`' && (p.Tok.End-p.Tok.Start > 1)
		p.take(r)
		if last {
			break
		}
		p.deeper()
		p.expression(false, nil)
		p.shallower()
		if !p.is(lexis.BraceR) {
			p.unexpected("Expected }")
		}
		p.At = int(p.Tok.Start) + 1
		p.Tok.Kind = p.Template()
		p.Tok.End = uint32(p.At) //nolint:gosec // an input is shorter than 4 GiB
	}
	p.all[first].Mate = uint32(len(p.all) - 1) //nolint:gosec // an input is shorter than 4 GiB
}
