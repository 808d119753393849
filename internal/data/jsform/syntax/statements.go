package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// A place is where a statement is.
type place uint8

const (
	inBlock  place = iota
	topLevel       // import and export can be there
	inIf           // the body of an if: a function may be there in sloppy code
	inLabel        // behind a label: the same
	inLoop         // the body of a loop, which no declaration is
)

// A jumpLabel is where break and continue lead to.
type jumpLabel struct {
	text string // empty for a loop or switch by itself
	loop bool
	at   int // of the statement that it names
}

// block reads statements in braces.
func (p *parser) block() {
	p.expect(lexis.BraceL, lexis.Block)
	for !p.is(lexis.BraceR) {
		if p.is(lexis.EOF) {
			p.unexpected("Expected }")
		}
		p.statement(inBlock)
	}
	p.take(lexis.ShutBlock)
}

// scopedBlock reads a block that is a scope.
func (p *parser) scopedBlock() {
	p.enter(0)
	p.block()
	p.leave()
}

// bodyOf reads the statement of an if, a loop or a label.
func (p *parser) bodyOf(where place) {
	if !p.is(lexis.BraceL) && where != inLabel {
		p.Tok.Marks |= lexis.Body
	}
	p.statement(where)
}

// statement reads a statement.
func (p *parser) statement(where place) {
	p.deeper()
	defer p.shallower()
	if where == inBlock || where == topLevel {
		p.Tok.Marks |= lexis.Begins
	}
	names := len(p.names)
	p.statementOf(where)
	p.names = p.names[:names]
}

// lexical fails where a declaration cannot be.
func (p *parser) lexical(where place) {
	if where != inBlock && where != topLevel {
		p.Fail(p.start(), "A declaration must be in braces here.")
	}
}

func (p *parser) statementOf(where place) {
	switch p.Tok.Kind {
	case lexis.KFor:
		p.forLoop()
	case lexis.KDo:
		p.doWhile()
	case lexis.KWhile:
		p.next()
		p.condition()
		p.loopBody()
	case lexis.KIf:
		p.ifElse()
	case lexis.KSwitch:
		p.switches()
	case lexis.KTry:
		p.try()
	case lexis.KWith:
		p.with()
	case lexis.BraceL:
		p.scopedBlock()
	case lexis.KFunction:
		p.functionStatement(where, false)
	case lexis.KClass:
		p.lexical(where)
		p.class(true)
	case lexis.KConst, lexis.KVar:
		p.declaration(where)
	case lexis.KImport, lexis.KExport:
		p.importOrExport(where)
	default:
		p.plainStatement(where)
	}
}

// plainStatement reads a statement that has no other in it.
func (p *parser) plainStatement(where place) {
	switch p.Tok.Kind {
	case lexis.Semi:
		p.next()
	case lexis.KReturn:
		p.returns()
	case lexis.KThrow:
		p.throws()
	case lexis.KBreak, lexis.KContinue:
		p.jump(p.is(lexis.KBreak))
	case lexis.KDebugger:
		p.next()
		p.terminate()
	default:
		p.wordStatement(where)
	}
}

// declaration reads var, let or const.
func (p *parser) declaration(where place) {
	if !p.is(lexis.KVar) {
		p.lexical(where)
	}
	how := bindLexical
	if p.is(lexis.KVar) {
		how = bindVar
	}
	isConst := p.is(lexis.KConst)
	p.next()
	p.declarations(how, isConst, false)
	p.terminate()
}

// declarations reads what is declared; in the head of a for it may have no value.
func (p *parser) declarations(how binder, isConst, inFor bool) (count int, hasValue, isPattern bool) {
	exports := p.exporting
	p.exporting = false
	for {
		names := len(p.names)
		isName := p.bindingAtom()
		if inFor && how == bindVar {
			for _, b := range p.names[names:] {
				if p.caught(b.text) {
					p.caughtAt = b.at
				}
			}
		}
		if exports {
			for _, b := range p.names[names:] {
				p.exported(b.text, b.at)
			}
		}
		switch {
		case p.is(lexis.Eq):
			hasValue = true
			p.bindKept(names, how)
			p.take(lexis.Between)
			p.assignment(inFor, nil)
		case inFor && (p.is(lexis.KIn) || p.isWord("of")):
			p.bindKept(names, how)
		case isConst:
			p.unexpected("Expected = and the value of the constant")
		case !isName:
			p.unexpected("Expected = and the value of the pattern")
		default:
			p.bindKept(names, how)
		}
		p.names = p.names[:names]
		count++
		isPattern = isPattern || !isName
		if !p.eat(lexis.Comma, lexis.Plain) {
			return count, hasValue, isPattern
		}
	}
}

// bindKept declares names in the order of the text, so that the first fault is the one that
// is told.
func (p *parser) bindKept(names int, how binder) {
	p.bind(names, how, how == bindLexical)
}

// functionStatement reads a function that is declared.
func (p *parser) functionStatement(where place, async bool) {
	k := isStatement
	switch {
	case where == inBlock || where == topLevel:
	case async, p.strict, where == inLoop:
		p.Fail(p.start(), "A function must be in braces here.")
	case where == inIf:
		k = isHanging
	}
	if where == inLabel {
		if at, _ := p.ahead(); p.ByteAt(at) == '*' {
			p.Fail(at, "A generator must be in braces here.")
		}
	}
	if async {
		p.next()
	}
	p.next()
	p.function(k, async)
}

// wordStatement reads what begins with a word that has a meaning here, a label, or an expression.
func (p *parser) wordStatement(where place) {
	switch {
	case p.isWord("let") && p.isLet(where):
		p.declaration(where)
		return
	case p.isWord("async") && p.isAsyncFunction():
		p.functionStatement(where, true)
		return
	case p.isUsing(false):
		p.using(where)
		return
	}
	text := ""
	if p.is(lexis.Name) {
		text = p.word()
	}
	if e := p.expression(false, nil); e.shape == aName && !e.paren && p.is(lexis.Colon) {
		p.labeled(text, e.start, where)
		return
	}
	p.terminate()
}

// isLet reports whether the name let declares.
func (p *parser) isLet(where place) bool {
	at, _ := p.ahead()
	c := p.ByteAt(at)
	switch {
	case c == '[' || c == '\\':
		return true
	case where != inBlock && where != topLevel:
		return false
	case c == '{':
		return true
	case p.nameAhead(at):
		word := p.wordAhead(at)
		return word != "in" && word != "instanceof" || p.ByteAt(at+len(word)) == '\\'
	default:
		return false
	}
}

// isAsyncFunction reports whether async is before function on its line.
func (p *parser) isAsyncFunction() bool {
	at, newLine := p.ahead()
	return !newLine && p.wordAhead(at) == "function" && p.ByteAt(at+len("function")) != '\\'
}
