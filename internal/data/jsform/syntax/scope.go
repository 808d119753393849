package syntax

import (
	"slices"

	"claimcheck/internal/data/jsform/lexis"
)

// A scope is where names are declared.
type scope struct {
	flags    scopeFlags
	declared map[string]binder
	caught   string // the name of a catch clause that var may declare again
}

type scopeFlags uint16

const (
	scopeTop scopeFlags = 1 << iota
	scopeFunction
	scopeAsync
	scopeGenerator
	scopeArrow
	scopeCatch // its only name is that of a catch clause
	scopeSuper
	scopeDirectSuper
	scopeStatic // a static block of a class
	scopeField  // what a field of a class begins with

	scopeVar = scopeTop | scopeFunction | scopeStatic
)

// A binder is how a name is declared.
type binder uint8

const (
	bindNone    binder = 0
	bindVar     binder = 1
	bindLexical binder = 2
	bindFunc    binder = 4
	bindCatch   binder = 8 // lexical, and var may repeat it
	bindOutside binder = 16
)

func (p *parser) enter(flags scopeFlags) { p.scopes = append(p.scopes, scope{flags: flags}) }

func (p *parser) leave() { p.scopes = p.scopes[:len(p.scopes)-1] }

func (p *parser) scope() *scope { return &p.scopes[len(p.scopes)-1] }

// varScope is the scope that var declares in, or the code of a field.
func (p *parser) varScope() *scope {
	for i := len(p.scopes) - 1; ; i-- {
		if p.scopes[i].flags&(scopeVar|scopeField) != 0 {
			return &p.scopes[i]
		}
	}
}

// thisScope is the scope that this belongs to.
func (p *parser) thisScope() *scope {
	for i := len(p.scopes) - 1; ; i-- {
		if f := p.scopes[i].flags; f&(scopeVar|scopeField) != 0 && f&scopeArrow == 0 {
			return &p.scopes[i]
		}
	}
}

func (p *parser) inFunction() bool  { return p.varScope().flags&scopeFunction != 0 }
func (p *parser) inGenerator() bool { return p.varScope().flags&scopeGenerator != 0 }
func (p *parser) inAsync() bool     { return p.varScope().flags&scopeAsync != 0 }
func (p *parser) inStatic() bool    { return p.varScope().flags&scopeStatic != 0 }

// canAwait reports whether await is an operator here.
func (p *parser) canAwait() bool {
	for _, s := range slices.Backward(p.scopes) {
		switch f := s.flags; {
		case f&(scopeStatic|scopeField) != 0:
			return false
		case f&scopeFunction != 0:
			return f&scopeAsync != 0
		}
	}
	return p.Goal.Module
}

// hasNewTarget reports whether new.target has a meaning here.
func (p *parser) hasNewTarget() bool {
	for _, s := range slices.Backward(p.scopes) {
		if f := s.flags; f&(scopeStatic|scopeField) != 0 || f&scopeFunction != 0 && f&scopeArrow == 0 {
			return true
		}
	}
	return p.Common
}

// functionsAreVars reports whether functions of a scope may be declared twice.
func (p *parser) functionsAreVars(s *scope) bool {
	return s.flags&(scopeFunction|scopeStatic) != 0 || !p.Goal.Module && s.flags&scopeTop != 0
}

// declare adds a name, which must not be there in another way.
func (p *parser) declare(text string, how binder, at int) {
	again := false
	s := p.scope()
	switch how {
	case bindLexical:
		again = s.declared[text] != 0
		s.add(text, bindLexical)
	case bindCatch:
		s.caught = text
		s.add(text, bindLexical)
	case bindFunc:
		if p.functionsAreVars(s) {
			again = s.declared[text]&bindLexical != 0
		} else {
			again = s.declared[text]&(bindLexical|bindVar) != 0 || s.declared[text] != 0 && p.strict
		}
		s.add(text, bindFunc)
	default:
		again = p.declareVar(text, at)
	}
	if again {
		p.Fail(at, "The name %s is declared already.", text)
	}
	if len(p.missing) > 0 && p.scopes[0].declared[text] != 0 {
		delete(p.missing, text)
	}
}

// maxMarked is how many names of var all blocks can have, which bounds the memory that they take.
const maxMarked = 4_000_000

// caught reports whether a name is that of a catch clause around, within the function.
func (p *parser) caught(text string) bool {
	for _, s := range slices.Backward(p.scopes) {
		if s.flags&scopeCatch != 0 && s.caught == text {
			return true
		}
		if s.flags&scopeVar != 0 {
			break
		}
	}
	return false
}

// declareVar declares a var in all scopes up to that of its function.
func (p *parser) declareVar(text string, at int) (again bool) {
	for i := len(p.scopes) - 1; i >= 0; i-- {
		s := &p.scopes[i]
		had := s.declared[text]
		if had == bindVar {
			return false // the scopes around have it too
		}
		if p.marked++; p.marked > maxMarked {
			p.Fail(at, "Names of var in blocks may be %d, each block around them counted, and these are more.", maxMarked)
		}
		repeatsCatch := s.flags&scopeCatch != 0 && s.caught == text
		if had&bindLexical != 0 && !repeatsCatch || had&bindFunc != 0 && !p.functionsAreVars(s) {
			return true
		}
		s.add(text, bindVar)
		if s.flags&scopeVar != 0 {
			break
		}
	}
	return false
}

func (s *scope) add(text string, how binder) {
	if s.declared == nil {
		s.declared = map[string]binder{}
	}
	s.declared[text] |= how
}

// reserved are the names that no code may have.
var reserved = map[string]bool{"enum": true}

// reservedStrict are those that strict code may not have.
var reservedStrict = map[string]bool{
	"implements": true, "interface": true, "let": true, "package": true, "private": true, "protected": true, "public": true, "static": true, "yield": true,
}

// checkName fails for a name that is not one here.
func (p *parser) checkName(text string, at int) {
	switch {
	case text == "yield" && p.inGenerator():
		p.Fail(at, "In a generator yield is no name.")
	case text == "await" && (p.inAsync() || p.Goal.Module || p.inStatic()):
		p.Fail(at, "Here await is no name.")
	case text == "arguments" && (p.thisScope().flags&scopeVar == 0 || p.thisScope().flags&scopeStatic != 0):
		p.Fail(at, "Here arguments has no meaning.")
	case lexis.Keywords[text] != lexis.EOF, reserved[text], p.strict && reservedStrict[text]:
		p.Fail(at, "The word %s cannot be a name here.", text)
	}
	if text == "await" && len(p.scopes) > 0 && !p.inFunction() {
		p.usesAwait = true
	}
}

// bindable fails for a name that strict code cannot give a value.
func (p *parser) bindable(b binding) {
	if p.strict && (b.text == "eval" || b.text == "arguments") {
		p.Fail(b.at, "Strict code cannot give %s a value.", b.text)
	}
}

// bind declares the names from index from on; no name may be twice in them where unique.
func (p *parser) bind(from int, how binder, unique bool) {
	list := p.names[from:]
	var seen map[string]bool
	if unique && len(list) > 1 {
		seen = make(map[string]bool, len(list))
	}
	for _, b := range list {
		p.bindable(b)
		if how == bindLexical && b.text == "let" {
			p.Fail(b.at, "The name let cannot be declared by let or const.")
		}
		if seen != nil {
			if seen[b.text] {
				p.Fail(b.at, "The name %s is declared already.", b.text)
			}
			seen[b.text] = true
		}
		if how != bindNone && how != bindOutside {
			p.declare(b.text, how, b.at)
		}
	}
	p.names = p.names[:from]
}
