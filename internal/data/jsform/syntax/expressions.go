package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// A shape is what an expression can be beside a value.
type shape uint8

const (
	value    shape = iota
	aName          // a name
	member         // a.b or a[b]
	array          // [a, b]
	record         // {a, b}
	assigned       // a = b
	arrowFunction
	chain // a?.b
	hidden
)

// An expr is what was read: whether it can be a pattern, and which names that has.
type expr struct {
	shape shape
	paren bool // it is in parentheses
	start int
	first int // index of its first token
	names int // index of its first name

	notAssign, notBind int  // where it has what no pattern has, that is given values or declared; -1: nowhere
	private            bool // a member #x
}

func (e *expr) isTarget() bool { return e.shape == aName || e.shape == member }

// troubles are where a text has what is right in a pattern only, or in a value only; -1: nowhere.
type troubles struct {
	shorthand    int // {a = 1}: no value
	doubleProto  int // {__proto__: a, __proto__: b}: no value
	afterRest    int // [...a, b]: no pattern
	parenAssign  int // [(a, b)] and the like: no pattern that is given values
	parenDeclare int // [(a)]: no pattern that is declared
}

func noTroubles() *troubles { return &troubles{-1, -1, -1, -1, -1} }

// inValue reports whether there is what no value has.
func (t *troubles) inValue() bool { return t != nil && (t.shorthand >= 0 || t.doubleProto >= 0) }

func (p *parser) checkValue(t *troubles) {
	switch {
	case t == nil:
	case t.shorthand >= 0:
		p.Fail(t.shorthand, "A default with = can be in a pattern only: expected :.")
	case t.doubleProto >= 0:
		p.Fail(t.doubleProto, "The member __proto__ is there already.")
	}
}

func (p *parser) checkPattern(t *troubles, declares bool) {
	if t == nil {
		return
	}
	if t.afterRest >= 0 {
		p.Fail(t.afterRest, "No comma can be behind the rest of a pattern.")
	}
	at := t.parenAssign
	if declares {
		at = t.parenDeclare
	}
	if at >= 0 {
		p.Fail(at, "Parentheses cannot be here in a pattern.")
	}
}

// simple is an expression that is a value and nothing else.
func (p *parser) simple(start, first int) expr {
	return expr{start: start, first: first, names: len(p.names), notAssign: start, notBind: start}
}

// expression reads expressions with commas between them.
func (p *parser) expression(noIn bool, t *troubles) expr {
	start, first := p.start(), len(p.all)
	e := p.assignment(noIn, t)
	if !p.is(lexis.Comma) {
		return e
	}
	for p.eat(lexis.Comma, lexis.Plain) {
		p.assignment(noIn, t)
	}
	p.names = p.names[:e.names]
	return p.simple(start, first)
}

// assignment reads an expression without commas.
func (p *parser) assignment(noIn bool, t *troubles) expr {
	p.deeper()
	defer p.shallower()
	if p.isWord("yield") && p.inGenerator() {
		return p.yield(noIn)
	}
	own := t == nil
	old := troubles{-1, -1, -1, -1, -1}
	if own {
		t = noTroubles()
	} else {
		old = *t
		t.parenAssign, t.afterRest, t.doubleProto = -1, -1, -1
	}
	if p.is(lexis.ParenL) || p.is(lexis.Name) {
		p.arrowAt = p.start()
	}
	left := p.conditional(noIn, t)
	if p.Tok.Kind.IsAssign() {
		left = p.assign(left, noIn, own, t)
	} else if own {
		p.checkValue(t)
	}
	if old.parenAssign >= 0 {
		t.parenAssign = old.parenAssign
	}
	if old.afterRest >= 0 {
		t.afterRest = old.afterRest
	}
	if old.doubleProto >= 0 {
		t.doubleProto = old.doubleProto
	}
	return left
}

// assign reads what is behind the left side of an assignment.
func (p *parser) assign(left expr, noIn, own bool, t *troubles) expr {
	isPlain := p.is(lexis.Eq)
	if isPlain {
		p.toTarget(&left, t)
	}
	if !own {
		t.parenAssign, t.afterRest, t.doubleProto = -1, -1, -1
	}
	if t.shorthand >= left.start {
		t.shorthand = -1
	}
	if !isPlain && !left.isTarget() {
		p.Fail(left.start, "This cannot be given a value.")
	}
	for _, b := range p.names[left.names:] {
		p.bindable(b)
	}
	p.take(lexis.Between)
	kept := len(p.names)
	p.assignment(noIn, nil)
	p.names = p.names[:kept]
	e := expr{shape: assigned, start: left.start, first: left.first, names: left.names, notAssign: -1, notBind: left.notBind}
	if !isPlain {
		e.shape, e.notAssign, e.notBind = value, left.start, left.start
	}
	return e
}

// toTarget fails where an expression cannot be the left side of =.
func (p *parser) toTarget(e *expr, t *troubles) {
	switch {
	case (e.shape == array || e.shape == record) && !e.paren:
		p.checkPattern(t, false)
		if e.notAssign >= 0 {
			p.Fail(e.notAssign, "This cannot be given a value.")
		}
	case e.isTarget():
		p.checkAwaitName(e)
	default:
		p.Fail(e.start, "This cannot be given a value.")
	}
	p.checkPattern(t, false)
}

// checkAwaitName fails where await is a name in async code.
func (p *parser) checkAwaitName(e *expr) {
	for _, b := range p.names[e.names:] {
		if b.text == "await" && p.inAsync() {
			p.Fail(b.at, "Here await is no name.")
		}
	}
}

// conditional reads a ? b : c.
func (p *parser) conditional(noIn bool, t *troubles) expr {
	start, first := p.start(), len(p.all)
	e := p.operation(noIn, t)
	if t.inValue() || !p.is(lexis.Question) {
		return e
	}
	p.take(lexis.Between)
	p.assignment(false, nil)
	p.expect(lexis.Colon, lexis.Between)
	p.assignment(noIn, nil)
	p.names = p.names[:e.names]
	return p.simple(start, first)
}

// operation reads operands and the operators between them. How they bind decides only which
// must not meet: the tokens stay as they are.
func (p *parser) operation(noIn bool, t *troubles) expr {
	start, first := p.start(), len(p.all)
	e := p.unary(t, false, false, noIn)
	if t.inValue() || e.shape == arrowFunction && !e.paren {
		return e
	}
	if e.shape == hidden && !p.is(lexis.KIn) {
		p.unexpected("Expected in behind a private name")
	}
	if p.isOperator(noIn) {
		p.operands(noIn, 0, &mixed{})
		p.names = p.names[:e.names]
		return p.simple(start, first)
	}
	return e
}

func (p *parser) isOperator(noIn bool) bool {
	return lexis.Binary[p.Tok.Kind] > 0 && (!noIn || p.Tok.Kind != lexis.KIn)
}

// mixed are the operators among some that exclude each other.
type mixed struct{ coalesces, logical bool }

// operands reads operators that bind more strongly than least, and their right operands. All of
// one level are read in a loop; that of a stronger one is read within.
func (p *parser) operands(noIn bool, least uint8, m *mixed) {
	for p.isOperator(noIn) && lexis.Binary[p.Tok.Kind] > least {
		level, k, at := lexis.Binary[p.Tok.Kind], p.Tok.Kind, p.start()
		switch k {
		case lexis.Coalesce:
			m.coalesces = true
		case lexis.LogicalOr, lexis.LogicalAnd:
			m.logical = true
		default:
		}
		if m.coalesces && m.logical {
			p.Fail(at, "Parentheses must say which of ?? and && or || comes first.")
		}
		p.take(lexis.Between)
		e := p.unary(nil, false, false, noIn)
		if e.shape == hidden && (!p.is(lexis.KIn) || level >= lexis.Binary[lexis.KIn]) {
			p.Fail(e.start, "A private name can be only before in.")
		}
		p.names = p.names[:e.names]
		if p.isOperator(noIn) && lexis.Binary[p.Tok.Kind] > level {
			p.operands(noIn, level, m)
		}
	}
}

// unary reads operators before an operand and behind it, and **.
func (p *parser) unary(t *troubles, sawUnary, isUpdate, noIn bool) expr {
	start, first := p.start(), len(p.all)
	var e expr
	switch {
	case p.isWord("await") && p.canAwait():
		e = p.await(noIn)
		sawUnary = true
	case p.Tok.Kind.IsPrefix():
		p.deeper()
		e, sawUnary = p.prefixed(t, sawUnary, noIn)
		p.shallower()
	case p.is(lexis.Private) && !sawUnary:
		if noIn || len(p.classes) == 0 {
			p.unexpected("Expected a value")
		}
		e = p.simple(start, first)
		e.shape = hidden
		p.usePrivate()
		return e
	default:
		e = p.subscripts(t, noIn)
		if t.inValue() {
			return e
		}
		if p.is(lexis.IncDec) && p.Lines == 0 {
			p.checkUpdate(&e)
			p.take(lexis.After)
			p.names = p.names[:e.names]
			e = p.simple(start, first)
		}
	}
	if !isUpdate && p.is(lexis.StarStar) {
		if sawUnary {
			p.unexpected("Parentheses must say what belongs to **")
		}
		p.take(lexis.Between)
		p.deeper()
		p.unary(nil, false, false, noIn)
		p.shallower()
		p.names = p.names[:e.names]
		e = p.simple(start, first)
	}
	return e
}

// prefixed reads an operator before its operand.
func (p *parser) prefixed(t *troubles, sawUnary, noIn bool) (expr, bool) {
	start, first, names := p.start(), len(p.all), len(p.names)
	k := p.Tok.Kind
	r := lexis.Before
	if k.IsWord() {
		r = lexis.Plain
	}
	p.take(r)
	arg := p.unary(nil, true, k == lexis.IncDec, noIn)
	p.checkValue(t)
	switch {
	case k == lexis.IncDec:
		p.checkUpdate(&arg)
	case k == lexis.KDelete && p.strict && arg.shape == aName:
		p.Fail(arg.start, "Strict code cannot delete a name.")
	case k == lexis.KDelete && arg.private:
		p.Fail(arg.start, "A private member cannot be deleted.")
	}
	p.names = p.names[:names]
	return p.simple(start, first), sawUnary || k != lexis.IncDec
}

// checkUpdate fails for what ++ and -- cannot change.
func (p *parser) checkUpdate(e *expr) {
	if !e.isTarget() {
		p.Fail(e.start, "This cannot be given a value.")
	}
	for _, b := range p.names[e.names:] {
		p.bindable(b)
	}
}

// yield reads yield in a generator.
func (p *parser) yield(noIn bool) expr {
	e := p.simple(p.start(), len(p.all))
	if p.yieldAt < 0 {
		p.yieldAt = p.start()
	}
	p.next()
	switch {
	case p.Lines > 0, p.is(lexis.Semi), p.is(lexis.EOF), p.is(lexis.BraceR), p.is(lexis.ParenR), p.is(lexis.BracketR), p.is(lexis.Colon), p.is(lexis.Comma), p.is(lexis.KIn), p.isTemplateEnd():
	default:
		p.eat(lexis.Star, lexis.StarFunction)
		p.assignment(noIn, nil)
		p.names = p.names[:e.names]
	}
	return e
}

// isTemplateEnd reports whether the next token is the } that ends an expression in a template.
func (p *parser) isTemplateEnd() bool { return p.is(lexis.BraceR) }

// await reads await in async code.
func (p *parser) await(noIn bool) expr {
	e := p.simple(p.start(), len(p.all))
	if p.awaitAt < 0 {
		p.awaitAt = p.start()
	}
	p.next()
	p.deeper()
	p.unary(nil, true, false, noIn)
	p.shallower()
	p.names = p.names[:e.names]
	return e
}
