package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// condition reads the parentheses of if, while, with and switch.
func (p *parser) condition() {
	p.expect(lexis.ParenL, lexis.Control)
	p.expression(false, nil)
	p.expect(lexis.ParenR, lexis.Shut)
}

// loopBody reads what a loop repeats.
func (p *parser) loopBody() {
	labels := p.labels
	p.labels = append(p.labels, jumpLabel{loop: true, at: -1})
	p.bodyOf(inLoop)
	p.labels = labels
}

func (p *parser) doWhile() {
	at := len(p.all)
	p.next()
	p.loopBody()
	if p.last().Role == lexis.ShutBlock {
		p.Tok.Marks |= lexis.Joins
	} else {
		p.Tok.Marks |= lexis.Begins
	}
	p.Tok.Mate = uint32(at) + 1 //nolint:gosec // an input is shorter than 4 GiB
	p.expect(lexis.KWhile, lexis.Plain)
	p.condition()
	if p.is(lexis.Semi) {
		p.Tok.Marks |= lexis.Ends
		p.next()
	} else {
		p.Tok.Marks |= lexis.Inserted
	}
}

// forLoop reads the four kinds of for.
func (p *parser) forLoop() {
	p.next()
	labels := p.labels
	p.labels = append(p.labels, jumpLabel{loop: true, at: -1})
	awaits := false
	if p.isWord("await") {
		if !p.canAwait() {
			p.unexpected("Expected (")
		}
		if p.awaitAt < 0 {
			p.awaitAt = p.start()
		}
		p.next()
		awaits = true
	}
	p.enter(0)
	p.expect(lexis.ParenL, lexis.Control)
	switch {
	case p.is(lexis.Semi):
		if awaits {
			p.unexpected("Expected what for await goes over")
		}
		p.forParts()
	case p.is(lexis.KVar), p.is(lexis.KConst), p.isWord("let") && p.isLet(inBlock):
		p.forDeclaration(awaits)
	case p.isUsing(true):
		p.forUsing(awaits)
	default:
		p.forExpression(awaits)
	}
	p.labels = append(labels, jumpLabel{loop: true, at: -1}) //nolint:gocritic // the loop's own
	p.bodyOf(inLoop)
	p.leave()
	p.labels = labels
}

// forParts reads a for with semicolons, from the first of them.
func (p *parser) forParts() {
	for range 2 {
		p.Tok.Marks |= lexis.Heading
		p.expect(lexis.Semi, lexis.Plain)
		if !p.is(lexis.Semi) && !p.is(lexis.ParenR) {
			p.expression(false, nil)
		}
	}
	p.expect(lexis.ParenR, lexis.Shut)
}

// forDeclaration reads a for whose head declares.
func (p *parser) forDeclaration(awaits bool) {
	at := p.start()
	isVar, isConst := p.is(lexis.KVar), p.is(lexis.KConst)
	how := bindLexical
	if isVar {
		how = bindVar
	}
	p.next()
	p.caughtAt = -1
	count, hasValue, isPattern := p.declarations(how, isConst, true)
	p.forOver(at, awaits, count == 1 && (!hasValue || isVar && !awaits && p.is(lexis.KIn) && !p.strict && !isPattern))
}

// forOver reads what is behind the first part of a head; canGo says that it may be what takes
// the values.
func (p *parser) forOver(at int, awaits, canGo bool) {
	switch of := p.isWord("of"); {
	case (of || p.is(lexis.KIn)) && canGo:
		if of && p.caughtAt >= at {
			p.Fail(p.caughtAt, "The name of a catch clause cannot be declared by for of.")
		}
		if awaits && !of {
			p.unexpected("Expected of")
		}
		p.next()
		if of {
			p.assignment(false, nil)
		} else {
			p.expression(false, nil)
		}
		p.expect(lexis.ParenR, lexis.Shut)
	case awaits:
		p.unexpected("Expected of")
	default:
		p.forParts()
	}
}

// forExpression reads a for whose head begins with an expression.
func (p *parser) forExpression(awaits bool) {
	at, first := p.start(), len(p.all)
	startsLet, startsAsync := p.isWord("let"), p.isWord("async")
	t := noTroubles()
	p.arrowInForAwait = awaits
	var e expr
	if awaits {
		p.arrowAt = at
		if !p.is(lexis.ParenL) && !p.is(lexis.Name) {
			p.arrowAt = -1
		}
		e = p.subscripts(t, true)
	} else {
		e = p.expression(true, t)
	}
	p.arrowInForAwait = false
	if p.isWord("of") || p.is(lexis.KIn) {
		of := p.isWord("of")
		switch {
		case of && startsAsync && !awaits && len(p.all) == first+1:
			p.Fail(at, "The name async cannot take the values of for of.")
		case of && startsLet:
			p.Fail(at, "The name let cannot begin for of.")
		}
		p.caughtAt = -1
		p.toTarget(&e, t)
		for _, b := range p.names[e.names:] {
			p.bindable(b)
		}
		p.forOver(at, awaits, true)
		return
	}
	p.checkValue(t)
	p.forOver(at, awaits, false)
}

// isUsing reports whether using, or await using, declares.
func (p *parser) isUsing(inFor bool) bool {
	at, newLine := p.ahead()
	switch {
	case newLine || p.Escaped:
		return false
	case p.isWord("await") && p.canAwait() && p.wordAhead(at) == "using":
		at, lines := p.Gap(at+len("using"), false)
		return lines == 0 && p.nameAhead(at) && (!inFor || p.wordAhead(at) != "of") && p.wordAhead(at) != "in" && p.wordAhead(at) != "instanceof"
	case p.isWord("using"):
		word := p.wordAhead(at)
		if !p.nameAhead(at) || word == "in" || word == "instanceof" {
			return false
		}
		if inFor && word == "of" { // for (using of of x), for (using of = x;;)
			next, _ := p.Gap(at+len(word), false)
			c := p.ByteAt(next)
			return c == '=' && p.ByteAt(next+1) != '=' && p.ByteAt(next+1) != '>' || c == ';' || c == ':'
		}
		return true
	default:
		return false
	}
}

// using reads using and await using, which declare what is disposed of.
func (p *parser) using(where place) {
	p.lexical(where)
	if p.scope().flags&scopeTop != 0 && !p.Goal.Module {
		p.Fail(p.start(), "Only modules, functions and blocks can declare by using.")
	}
	p.usingWords()
	p.usingNames(false)
	p.terminate()
}

func (p *parser) usingWords() {
	if p.isWord("await") {
		if p.awaitAt < 0 {
			p.awaitAt = p.start()
		}
		p.next()
	}
	p.next()
}

func (p *parser) usingNames(inFor bool) (count int, hasValue bool) {
	if p.is(lexis.BracketL) || p.is(lexis.BraceL) {
		p.unexpected("Expected a name")
	}
	for {
		names := len(p.names)
		p.identifier()
		p.bindKept(names, bindLexical)
		count++
		switch {
		case p.is(lexis.Eq):
			hasValue = true
			p.take(lexis.Between)
			p.assignment(inFor, nil)
			p.names = p.names[:names]
		case !inFor || !p.isWord("of") && !p.is(lexis.KIn):
			p.unexpected("Expected = and the value")
		}
		if !p.eat(lexis.Comma, lexis.Plain) {
			return count, hasValue
		}
	}
}

func (p *parser) forUsing(awaits bool) {
	at := p.start()
	p.usingWords()
	p.caughtAt = -1
	count, hasValue := p.usingNames(true)
	if p.is(lexis.KIn) {
		p.unexpected("Expected of")
	}
	p.forOver(at, awaits, count == 1 && !hasValue)
}
