package syntax

import (
	"strings"

	"claimcheck/internal/data/jsform/lexis"
)

// importOrExport reads what modules say to each other.
func (p *parser) importOrExport(where place) {
	if p.is(lexis.KImport) {
		if at, _ := p.ahead(); p.ByteAt(at) == '(' || p.ByteAt(at) == '.' {
			p.expression(false, nil)
			p.terminate()
			return
		}
	}
	if where != topLevel || !p.Goal.Module {
		p.Fail(p.start(), "Only modules have import and export, and only outside of all else.")
	}
	if p.is(lexis.KImport) {
		p.imports()
	} else {
		p.export()
	}
}

func (p *parser) imports() {
	p.next()
	if p.is(lexis.Str) {
		p.from()
		return
	}
	names := len(p.names)
	if p.is(lexis.Name) {
		p.imported()
		if !p.eat(lexis.Comma, lexis.Plain) {
			p.finishImport(names)
			return
		}
	}
	switch {
	case p.is(lexis.Star):
		p.take(lexis.Between)
		if !p.eatWord("as") {
			p.unexpected("Expected as")
		}
		p.imported()
	case p.is(lexis.BraceL):
		p.importList()
	default:
		p.unexpected("Expected what is imported")
	}
	p.finishImport(names)
}

// imported reads the name that what is imported gets.
func (p *parser) imported() {
	names := len(p.names)
	p.identifier()
	p.bind(names, bindLexical, false)
}

func (p *parser) importList() {
	p.take(lexis.Object)
	for first := true; !p.is(lexis.BraceR); first = false {
		if !first {
			if p.separate(lexis.BraceR); p.is(lexis.BraceR) {
				break
			}
		}
		isStr := p.is(lexis.Str)
		text, at := p.moduleName()
		switch {
		case p.eatWord("as"):
			p.imported()
		case isStr:
			p.unexpected("Expected as")
		default:
			p.checkName(text, at)
			p.names = append(p.names, binding{text, at})
			p.bind(len(p.names)-1, bindLexical, false)
		}
	}
	p.take(lexis.ShutObject)
}

func (p *parser) finishImport(names int) {
	p.names = p.names[:names]
	if !p.eatWord("from") {
		p.unexpected("Expected from")
	}
	if !p.is(lexis.Str) {
		p.unexpected("Expected the name of the module, a string")
	}
	p.from()
}

// from reads the name of a module, and what is said of how it is read.
func (p *parser) from() {
	p.next()
	if p.is(lexis.KWith) {
		p.attributes()
	}
	p.terminate()
}

func (p *parser) attributes() {
	p.next()
	p.expect(lexis.BraceL, lexis.Object)
	seen := map[string]bool{}
	for first := true; !p.is(lexis.BraceR); first = false {
		if !first {
			if p.separate(lexis.BraceR); p.is(lexis.BraceR) {
				break
			}
		}
		text, at := "", p.start()
		switch {
		case p.is(lexis.Str):
			text = p.text()[1 : len(p.text())-1]
		case p.Tok.Kind.IsWord():
			text = p.word()
		default:
			p.unexpected("Expected the name of an attribute")
		}
		if seen[text] {
			p.Fail(at, "The attribute %s is there already.", text)
		}
		seen[text] = true
		p.next()
		p.expect(lexis.Colon, lexis.Label)
		p.expect(lexis.Str, lexis.Plain)
	}
	p.take(lexis.ShutObject)
}

// moduleName reads a name by which modules know something: a word, or a string.
func (p *parser) moduleName() (text string, at int) {
	at = p.start()
	switch {
	case p.is(lexis.Str):
		text = p.text()[1 : len(p.text())-1]
		if loneSurrogate(text) {
			p.Fail(at, "A name of a module is well-formed Unicode.")
		}
	case p.Tok.Kind.IsWord():
		text = p.word()
	default:
		p.unexpected("Expected a name")
	}
	p.next()
	return text, at
}

// loneSurrogate reports whether escapes of a string make half a character.
func loneSurrogate(text string) bool {
	for at := strings.Index(text, `\u`); at >= 0 && at+6 <= len(text); {
		l := lexis.Lexer{Src: text}
		r, end := l.CodePoint(at + 2)
		switch {
		case end < 0:
			return false
		case r >= 0xD800 && r < 0xDC00:
			if !strings.HasPrefix(text[end:], `\u`) {
				return true
			}
			low, lowEnd := l.CodePoint(end + 2)
			if low < 0xDC00 || low > 0xDFFF {
				return true
			}
			end = lowEnd
		case r >= 0xDC00 && r <= 0xDFFF:
			return true
		}
		n := strings.Index(text[end:], `\u`)
		if n < 0 {
			return false
		}
		at = end + n
	}
	return false
}

func (p *parser) export() {
	p.next()
	switch {
	case p.is(lexis.Star):
		p.exportAll()
	case p.is(lexis.KDefault):
		p.exported("default", p.start())
		p.next()
		p.exportDefault()
	case p.is(lexis.BraceL):
		p.exportList()
	case p.is(lexis.KVar), p.is(lexis.KConst), p.is(lexis.KClass), p.is(lexis.KFunction), p.isWord("async") && p.isAsyncFunction(), p.isWord("let"):
		p.exportDeclaration()
	default:
		p.unexpected("Expected what is exported")
	}
}

// exported notes a name by which something is exported, once.
func (p *parser) exported(text string, at int) {
	if p.exports[text] {
		p.Fail(at, "The name %s is exported already.", text)
	}
	p.exports[text] = true
}

func (p *parser) exportAll() {
	p.take(lexis.Between)
	if p.eatWord("as") {
		text, at := p.moduleName()
		p.exported(text, at)
	}
	p.finishImport(len(p.names))
}

// exportDeclaration reads what is declared and exported at once.
func (p *parser) exportDeclaration() {
	first := len(p.all)
	if p.is(lexis.KVar) || p.is(lexis.KConst) || p.isWord("let") {
		p.exporting = true
		p.declaration(topLevel)
		return
	}
	p.statement(topLevel)
	p.all[first].Marks &^= lexis.Begins
	for i := first; ; i++ {
		if t := p.all[i]; t.Kind == lexis.Name && p.Src[t.Start:t.End] != "async" || t.Kind == lexis.Name && p.all[i+1].Kind != lexis.KFunction {
			p.exported(cooked(p.Src[t.Start:t.End]), int(t.Start))
			return
		}
	}
}

func (p *parser) exportDefault() {
	switch {
	case p.is(lexis.KFunction):
		p.next()
		p.function(isNameless, false)
	case p.isWord("async") && p.isAsyncFunction():
		p.next()
		p.next()
		p.function(isNameless, true)
	case p.is(lexis.KClass):
		p.class(true, true)
	default:
		names := len(p.names)
		p.assignment(false, nil)
		p.names = p.names[:names]
		p.terminate()
	}
}

func (p *parser) exportList() {
	p.take(lexis.Object)
	type local struct {
		text  string
		at    int
		isStr bool
	}
	var locals []local
	for first := true; !p.is(lexis.BraceR); first = false {
		if !first {
			if p.separate(lexis.BraceR); p.is(lexis.BraceR) {
				break
			}
		}
		l := local{isStr: p.is(lexis.Str)}
		l.text, l.at = p.moduleName()
		text, at := l.text, l.at
		if p.eatWord("as") {
			text, at = p.moduleName()
		}
		p.exported(text, at)
		locals = append(locals, l)
	}
	p.take(lexis.ShutObject)
	if p.isWord("from") {
		p.finishImport(len(p.names))
		return
	}
	for _, l := range locals {
		if l.isStr {
			p.Fail(l.at, "Expected the name of something that is declared here.")
		}
		p.checkName(l.text, l.at)
		if p.scopes[0].declared[l.text] == 0 {
			if _, ok := p.missing[l.text]; !ok {
				p.missing[l.text] = l.at
			}
		}
	}
	p.terminate()
}
