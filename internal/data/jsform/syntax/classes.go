package syntax

import (
	"claimcheck/internal/data/jsform/lexis"
)

// classNames are the private names of a class.
type classNames struct {
	declared map[string]privateKind
	used     map[string]int // where they were used before they were declared
}

type privateKind uint8

const (
	privateField privateKind = iota
	privateGet
	privateSet
	privateStaticGet
	privateStaticSet
	privateBoth
)

// usePrivate reads a private name, which a class around must have.
func (p *parser) usePrivate() {
	if len(p.classes) == 0 {
		p.Fail(p.start(), "The private name %s is not declared.", p.text())
	}
	c := &p.classes[len(p.classes)-1]
	c.use(p.word(), p.start())
	p.next()
}

// use notes where a private name is used that is not declared yet.
func (c *classNames) use(text string, at int) {
	if _, ok := c.declared[text]; ok {
		return
	}
	if was, ok := c.used[text]; !ok || at < was {
		c.used[text] = at
	}
}

// declarePrivate adds a private name; a getter and a setter may share one.
func (p *parser) declarePrivate(k propertyKey, m method, static bool) {
	c := &p.classes[len(p.classes)-1]
	how := privateField
	switch {
	case m.get && static:
		how = privateStaticGet
	case m.set && static:
		how = privateStaticSet
	case m.get:
		how = privateGet
	case m.set:
		how = privateSet
	}
	had, ok := c.declared[k.text]
	switch pair := [2]privateKind{had, how}; {
	case !ok:
		c.declared[k.text] = how
	case pair == [2]privateKind{privateGet, privateSet}, pair == [2]privateKind{privateSet, privateGet},
		pair == [2]privateKind{privateStaticGet, privateStaticSet}, pair == [2]privateKind{privateStaticSet, privateStaticGet}:
		c.declared[k.text] = privateBoth
	default:
		p.Fail(k.at, "The private name #%s is declared already.", k.text)
	}
}

// leaveClass hands names that are not declared to the class around.
func (p *parser) leaveClass() {
	n := len(p.classes) - 1
	c := p.classes[n]
	p.classes = p.classes[:n]
	first, what := -1, ""
	for text, at := range c.used {
		if _, ok := c.declared[text]; ok {
			continue
		}
		switch {
		case n > 0:
			p.classes[n-1].use(text, at)
		case first < 0 || at < first:
			first, what = at, text
		}
	}
	if first >= 0 {
		p.Fail(first, "The private name #%s is not declared.", what)
	}
}

// class reads a class; a declaration has a name unless it is exported as the default.
func (p *parser) class(declares bool, nameless ...bool) {
	strict := p.strict
	p.strict = true
	p.next()
	names := len(p.names)
	switch {
	case p.is(lexis.Name):
		p.identifier()
		b := p.names[names]
		p.names = p.names[:names]
		p.bindable(b)
		if declares {
			p.declare(b.text, bindLexical, b.at)
		}
	case declares && len(nameless) == 0:
		p.unexpected("Expected the name of the class")
	}
	extends := p.is(lexis.KExtends)
	if extends {
		p.next()
		p.arrowAt = -1
		e := p.subscripts(nil, false)
		if e.shape == arrowFunction && !e.paren {
			p.Fail(e.start, "Expected a class, which an arrow function is not.")
		}
		p.names = p.names[:names]
	}
	p.classes = append(p.classes, classNames{map[string]privateKind{}, map[string]int{}})
	p.deeper()
	p.expect(lexis.BraceL, lexis.Block)
	constructor := false
	for !p.is(lexis.BraceR) {
		if p.is(lexis.EOF) {
			p.unexpected("Expected }")
		}
		if p.is(lexis.Semi) {
			p.Tok.Marks |= lexis.Begins
			p.next()
			continue
		}
		p.Tok.Marks |= lexis.Begins
		p.classMember(extends, &constructor)
	}
	p.shallower()
	p.leaveClass()
	p.strict = strict
	p.take(lexis.ShutBlock)
}

// classMember reads a method, a field or a static block.
func (p *parser) classMember(extends bool, constructor *bool) {
	var m method
	static := false
	var key propertyKey
	has := false // the key
	// a word is the key itself unless another one follows it
	word := func(text string) bool {
		if has || !p.isWord(text) {
			return false
		}
		key = p.propertyName(true)
		has = true
		return true
	}
	if word("static") {
		if p.is(lexis.BraceL) {
			p.staticBlock()
			return
		}
		if p.startsKey() || p.is(lexis.Star) {
			static, has = true, false
		}
	}
	if word("async") && (p.startsKey() || p.is(lexis.Star)) && p.Lines == 0 {
		m.async, has = true, false
	}
	if !has && p.is(lexis.Star) {
		p.take(lexis.StarMember)
		m.generator = true
	}
	if !has && !m.async && !m.generator {
		if get := p.isWord("get"); get || p.isWord("set") {
			if word(p.text()); p.startsKey() {
				m.get, m.set, has = get, !get, false
			}
		}
	}
	if !has {
		key = p.propertyName(true)
	}
	if p.is(lexis.ParenL) || m != (method{}) {
		p.classMethod(key, m, static, extends, constructor)
		return
	}
	p.field(key, static)
}

// startsKey reports whether the name of a member is next.
func (p *parser) startsKey() bool {
	return p.Tok.Kind.IsWord() || p.is(lexis.Private) || p.is(lexis.Num) || p.is(lexis.Str) || p.is(lexis.BracketL)
}

func (p *parser) classMethod(key propertyKey, m method, static, extends bool, constructor *bool) {
	super := scopeSuper
	switch isConstructor := !key.computed && !key.private && key.text == "constructor" && !static; {
	case isConstructor && m != (method{}):
		p.Fail(key.at, "A constructor is no getter, setter, generator or async.")
	case isConstructor && *constructor:
		p.Fail(key.at, "There is a constructor already.")
	case isConstructor:
		*constructor = true
		if extends {
			super |= scopeDirectSuper
		}
	case static && !key.computed && !key.private && key.text == "prototype":
		p.Fail(key.at, "A static member cannot be named prototype.")
	case key.private:
		p.declarePrivate(key, m, static)
	}
	p.method(m, super)
}

// field reads what a field begins with.
func (p *parser) field(key propertyKey, static bool) {
	switch {
	case !key.computed && !key.private && key.text == "constructor", static && !key.computed && !key.private && key.text == "prototype":
		p.Fail(key.at, "A field cannot be named %s.", key.text)
	case key.private:
		p.declarePrivate(key, method{}, static)
	}
	if p.is(lexis.Eq) {
		p.enter(scopeField | scopeSuper)
		c := p.begin()
		p.take(lexis.Between)
		names := len(p.names)
		p.assignment(false, nil)
		p.names = p.names[:names]
		p.end(c)
		p.leave()
	}
	p.terminate()
}

// staticBlock reads static { … }.
func (p *parser) staticBlock() {
	c := p.begin()
	p.enter(scopeStatic | scopeSuper)
	p.block()
	p.leave()
	p.end(c)
}
