package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// A functionKind is where a function is.
type functionKind uint8

const (
	isExpression functionKind = iota
	isStatement               // a declaration
	isHanging                 // a declaration that is the body of an if: it is in a scope of its own
	isNameless                // a declaration that needs no name: export default
)

// A method is what is before the name of one.
type method struct{ async, generator, get, set bool }

// A context is what a function has of its own, and gives back at its end.
type context struct {
	yieldAt, awaitAt, awaitNameAt int
	labels                        []jumpLabel
	strict                        bool
}

func (p *parser) begin() context {
	c := context{p.yieldAt, p.awaitAt, p.awaitNameAt, p.labels, p.strict}
	p.yieldAt, p.awaitAt, p.awaitNameAt, p.labels = -1, -1, -1, nil
	return c
}

func (p *parser) end(c context) {
	p.yieldAt, p.awaitAt, p.awaitNameAt, p.labels, p.strict = c.yieldAt, c.awaitAt, c.awaitNameAt, c.labels, c.strict
}

func functionScope(async, generator bool) scopeFlags {
	flags := scopeFunction
	if async {
		flags |= scopeAsync
	}
	if generator {
		flags |= scopeGenerator
	}
	return flags
}

// function reads what is behind the word function.
func (p *parser) function(k functionKind, async bool) {
	generator := false
	if p.is(lexis.Star) {
		if k == isHanging {
			p.unexpected("Expected the name of a function that is no generator")
		}
		p.take(lexis.StarFunction)
		generator = true
	}
	names := len(p.names)
	outer := k == isStatement || k == isHanging || k == isNameless
	var id *binding
	if outer && (p.is(lexis.Name) || k != isNameless) {
		id = p.functionName(k, async, generator)
	}
	c := p.begin()
	p.enter(functionScope(async, generator))
	if !outer && p.is(lexis.Name) {
		p.identifier()
		id = &binding{p.names[names].text, p.names[names].at}
		p.names = p.names[:names]
	}
	p.awaitNameAt = -1
	r := lexis.Tight
	if id == nil {
		r = lexis.Control
	}
	onlyNames := p.parameters(r)
	p.functionBody(names, id, onlyNames, !c.strict, false)
	p.leave()
	p.end(c)
}

// functionName reads and declares the name of a function.
func (p *parser) functionName(k functionKind, async, generator bool) *binding {
	names := len(p.names)
	p.identifier()
	id := p.names[names]
	p.names = p.names[:names]
	p.bindable(id)
	switch {
	case k == isHanging:
	case p.strict || generator || async:
		how := bindLexical
		if p.functionsAreVars(p.scope()) {
			how = bindVar
		}
		p.declare(id.text, how, id.at)
	default:
		p.declare(id.text, bindFunc, id.at)
	}
	return &id
}

// parameters reads the parameters of a function, whose names stay; it reports whether they are
// names and nothing more.
func (p *parser) parameters(r lexis.Role) (onlyNames bool) {
	onlyNames = true
	p.expect(lexis.ParenL, r)
	for first := true; !p.is(lexis.ParenR); first = false {
		if !first {
			if p.separate(lexis.ParenR); p.is(lexis.ParenR) {
				break
			}
		}
		if p.is(lexis.Ellipsis) {
			onlyNames = false
			p.take(lexis.Before)
			p.bindingAtom()
			if !p.is(lexis.ParenR) {
				p.unexpected("Expected ) behind the rest of parameters")
			}
			break
		}
		onlyNames = p.bindingElement() && onlyNames
	}
	p.take(lexis.Shut)
	p.checkParameters(false)
	return onlyNames
}

// functionBody reads a body in braces. The names of the parameters are those from index names
// on; sloppy says that code around the function is not strict.
func (p *parser) functionBody(names int, id *binding, onlyNames, sloppy, unique bool) {
	if !p.is(lexis.BraceL) {
		p.unexpected("Expected {")
	}
	if p.strictDirective(p.At) {
		if !onlyNames {
			p.Fail(int(p.Tok.End), "A function with such parameters cannot say that it is strict.")
		}
		p.strict = true
	}
	p.bindParameters(names, unique || p.strict || !sloppy || !onlyNames)
	if id != nil {
		p.bindable(*id)
		if p.strict && reservedStrict[id.text] {
			p.Fail(id.at, "The word %s cannot be a name here.", id.text)
		}
	}
	depth := p.depth
	p.deeper()
	p.block()
	p.depth = depth
}

// bindParameters declares parameters.
func (p *parser) bindParameters(names int, unique bool) {
	for _, b := range p.names[names:] {
		if p.strict && reservedStrict[b.text] {
			p.Fail(b.at, "The word %s cannot be a name here.", b.text)
		}
	}
	p.bind(names, bindVar, unique)
}

// method reads parameters and body of a method.
func (p *parser) method(m method, super scopeFlags) {
	names := len(p.names)
	c := p.begin()
	p.enter(functionScope(m.async, m.generator) | super)
	at, open := p.start(), len(p.all)
	onlyNames := p.parameters(lexis.Tight)
	if count := p.count(open); m.get && count != 0 {
		p.Fail(at, "A getter has no parameters.")
	} else if m.set && (count != 1 || p.all[open+1].Kind == lexis.Ellipsis) {
		p.Fail(at, "A setter has one parameter.")
	}
	p.functionBody(names, nil, onlyNames, !c.strict, true)
	p.leave()
	p.end(c)
}

// count is how many parameters are in the parentheses at an index.
func (p *parser) count(open int) int {
	n := 0
	for i := open + 1; i < int(p.all[open].Mate); i++ {
		n = max(n, 1)
		switch t := p.all[i]; {
		case int(t.Mate) > i:
			i = int(t.Mate)
		case t.Kind == lexis.Comma && i+1 < int(p.all[open].Mate):
			n++
		}
	}
	return n
}

// arrow reads the body of an arrow function, whose parameters' names are those from index
// names on.
func (p *parser) arrow(of expr, names int, s summary, async, noIn bool) expr {
	if s.notBind >= 0 {
		p.Fail(s.notBind, "This cannot be a parameter.")
	}
	c := p.begin()
	p.enter(functionScope(async, false) | scopeArrow)
	if p.is(lexis.BraceL) {
		p.functionBody(names, nil, s.onlyNames, !c.strict, true)
	} else {
		p.bindParameters(names, true)
		p.assignment(noIn, nil)
	}
	p.leave()
	p.end(c)
	p.names = p.names[:min(names, len(p.names))]
	if of.shape == aName {
		p.names = p.names[:of.names]
	}
	e := p.simple(of.start, of.first)
	e.shape = arrowFunction
	return e
}
