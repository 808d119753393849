package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// ifElse reads an if, and all that is behind its elses.
func (p *parser) ifElse() {
	for {
		at := len(p.all)
		p.next()
		p.condition()
		p.ifBody()
		if !p.is(lexis.KElse) {
			return
		}
		p.Tok.Mate = uint32(at) + 1 //nolint:gosec // an input is shorter than 4 GiB
		if p.last().Role == lexis.ShutBlock {
			p.Tok.Marks |= lexis.Joins
		} else {
			p.Tok.Marks |= lexis.Begins
		}
		p.next()
		if !p.is(lexis.KIf) {
			p.ifBody()
			return
		}
	}
}

// ifBody reads what an if does. A function there is in a scope of its own.
func (p *parser) ifBody() {
	if p.is(lexis.KFunction) {
		p.enter(0)
		p.bodyOf(inIf)
		p.leave()
		return
	}
	p.bodyOf(inIf)
}

func (p *parser) throws() {
	p.next()
	if p.Lines > 0 {
		p.Fail(p.lastEnd(), "Expected what is thrown on the line of throw.")
	}
	p.expression(false, nil)
	p.terminate()
}

func (p *parser) with() {
	if p.strict {
		p.Fail(p.start(), "Strict code has no with.")
	}
	p.next()
	p.condition()
	p.bodyOf(inLoop)
}

func (p *parser) returns() {
	if !p.inFunction() && !p.Common {
		p.Fail(p.start(), "Only functions have return.")
	}
	if p.varScope().flags&(scopeStatic|scopeField) != 0 {
		p.Fail(p.start(), "Only functions have return.")
	}
	p.next()
	if !p.is(lexis.Semi) && !p.canEnd() {
		p.expression(false, nil)
	}
	p.terminate()
}

// jump reads break and continue.
func (p *parser) jump(isBreak bool) {
	at := p.start()
	p.next()
	text := ""
	if p.is(lexis.Name) && p.Lines == 0 {
		text = p.word()
		at = p.start()
		names := len(p.names)
		p.identifier()
		p.names = p.names[:names]
	}
	p.terminate()
	for _, l := range p.labels {
		if text == "" && l.text == "" && (isBreak || l.loop) || text != "" && l.text == text && (isBreak || l.loop) {
			return
		}
	}
	switch {
	case text != "":
		p.Fail(at, "There is no statement around that is named %s, or it is no loop.", text)
	case isBreak:
		p.Fail(at, "Only loops and switch have break.")
	default:
		p.Fail(at, "Only loops have continue.")
	}
}

// labeled reads the statement behind a label.
func (p *parser) labeled(text string, at int, where place) {
	for _, l := range p.labels {
		if l.text == text {
			p.Fail(at, "The label %s is around already.", text)
		}
	}
	p.take(lexis.Label)
	labels := p.labels
	for i := len(labels) - 1; i >= 0 && labels[i].text != "" && labels[i].at == at; i-- {
		labels[i].at = p.start() // labels before this one name the same statement
	}
	isLoop := p.is(lexis.KDo) || p.is(lexis.KFor) || p.is(lexis.KWhile)
	if isLoop {
		for i := len(labels) - 1; i >= 0 && labels[i].text != "" && labels[i].at == p.start(); i-- {
			labels[i].loop = true
		}
	}
	p.labels = append(labels, jumpLabel{text, isLoop, p.start()})
	inner := inLabel
	if where == inLoop || where == inIf {
		inner = inLoop
		p.Tok.Marks |= lexis.Body
	}
	if inner == inLoop && p.is(lexis.KFunction) {
		p.Fail(p.start(), "A function must be in braces here.")
	}
	p.statement(inner)
	p.labels = labels
}

func (p *parser) switches() {
	p.next()
	p.condition()
	p.expect(lexis.BraceL, lexis.Block)
	p.enter(0)
	labels := p.labels
	p.labels = append(p.labels, jumpLabel{at: -1})
	hasDefault, inCase := false, false
	for !p.is(lexis.BraceR) {
		switch {
		case p.is(lexis.KCase), p.is(lexis.KDefault):
			p.Tok.Marks |= lexis.Begins | lexis.CaseMark
			isDefault := p.is(lexis.KDefault)
			if isDefault && hasDefault {
				p.Fail(p.start(), "There is a default already.")
			}
			p.next()
			if hasDefault = hasDefault || isDefault; !isDefault {
				p.expression(false, nil)
			}
			p.expect(lexis.Colon, lexis.Label)
			inCase = true
		case !inCase:
			p.unexpected("Expected case, default or }")
		default:
			p.caseStatement()
		}
	}
	p.labels = labels
	p.leave()
	p.take(lexis.ShutBlock)
}

// caseStatement reads a statement of a case; braces are on the line of the case.
func (p *parser) caseStatement() {
	first := len(p.all)
	braces := p.is(lexis.BraceL) && p.last().Role == lexis.Label
	p.statement(inBlock)
	if braces {
		p.all[first].Marks &^= lexis.Begins
	}
}

func (p *parser) try() {
	p.next()
	p.scopedBlock()
	catches := p.is(lexis.KCatch)
	if catches {
		p.Tok.Marks |= lexis.Joins
		p.next()
		if p.is(lexis.ParenL) {
			p.catchName()
		} else {
			p.enter(0)
		}
		p.block()
		p.leave()
	}
	if p.is(lexis.KFinally) {
		p.Tok.Marks |= lexis.Joins
		p.next()
		p.scopedBlock()
	} else if !catches {
		p.unexpected("Expected catch or finally")
	}
}

// catchName reads what a catch clause declares, and enters its scope.
func (p *parser) catchName() {
	p.take(lexis.Control)
	names := len(p.names)
	if p.is(lexis.Name) {
		p.enter(scopeCatch)
		p.identifier()
		p.bind(names, bindCatch, false)
	} else {
		p.enter(0)
		p.bindingAtom()
		p.bind(names, bindLexical, true)
	}
	p.expect(lexis.ParenR, lexis.Shut)
}
