package syntax

import (
	"slices"
	"strings"
	"unicode/utf8"

	"claimcheck/internal/data/jsform/lexis"
)

// MaxDepth is how deep expressions and statements may be in each other.
const MaxDepth = 2000

// A Goal is what a text is read as.
type Goal struct {
	Module bool
	Common bool // a module of CommonJS: return may be outside of functions
}

// A parser judges a text and says of each token what it does.
type parser struct {
	lexis.Lexer
	Goal

	all    []lexis.Token
	opens  []uint32 // indices of brackets that are open
	depth  int
	strict bool

	scopes []scope
	names  []binding // names that the pattern has which is being read
	labels []jumpLabel

	yieldAt, awaitAt, awaitNameAt int // where these are in parameters; -1: nowhere
	arrowAt                       int // where an arrow function may begin
	arrowInForAwait               bool
	usesAwait                     bool // as a name, outside of functions
	marked                        int  // names of var that scopes have
	caughtAt                      int  // the last var with the name of a catch clause

	classes   []classNames
	exports   map[string]bool
	exporting bool           // what is declared next
	missing   map[string]int // names that are exported, and not declared yet
}

// A binding is a name in a pattern.
type binding struct {
	text string
	at   int
}

// Parse reads a whole text; all is its tokens, the last one eof.
func Parse(src string, g Goal) (all []lexis.Token, usesAwait bool, err error) {
	p := &parser{Lexer: lexis.Lexer{Src: src, Module: g.Module, Octal: -1, Bad: -1, Fresh: true}, Goal: g, all: make([]lexis.Token, 0, len(src)/5+8)}
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(lexis.Stop)
			if !ok {
				panic(r)
			}
			err = s.Err
		}
	}()
	p.yieldAt, p.awaitAt, p.awaitNameAt, p.arrowAt = -1, -1, -1, -1
	p.strict = g.Module
	p.exports, p.missing = map[string]bool{}, map[string]int{}
	if strings.HasPrefix(src, "#!") {
		p.At = p.LineEnd(0)
	}
	p.program()
	return p.all, p.usesAwait, nil
}

func (p *parser) program() {
	p.enter(scopeTop)
	if !p.strict {
		p.strict = p.strictDirective(p.At)
	}
	p.Scan()
	for p.Tok.Kind != lexis.EOF {
		p.statement(topLevel)
	}
	p.firstMissing()
	p.put()
}

// firstMissing fails where a name is exported that is not declared.
func (p *parser) firstMissing() {
	first, what := -1, ""
	for text, at := range p.missing {
		if first < 0 || at < first {
			first, what = at, text
		}
	}
	if first >= 0 {
		p.Fail(first, "The name %s is exported and not declared.", what)
	}
}

// kind of the next token.
func (p *parser) is(k lexis.Kind) bool { return p.Tok.Kind == k }

// put adds the token that is next.
func (p *parser) put() { p.all = append(p.all, p.Tok) }

// last is the token that was consumed last.
func (p *parser) last() *lexis.Token { return &p.all[len(p.all)-1] }

// lastEnd is where it ends.
func (p *parser) lastEnd() int {
	if len(p.all) == 0 {
		return 0
	}
	return int(p.last().End)
}

func (p *parser) start() int { return int(p.Tok.Start) }

// next consumes a token.
func (p *parser) next() { p.take(lexis.Plain) }

// take consumes a token that has a role.
func (p *parser) take(r lexis.Role) {
	p.Tok.Role = r
	p.put()
	switch p.Tok.Kind {
	case lexis.BraceL, lexis.ParenL, lexis.BracketL:
		p.opens = append(p.opens, uint32(len(p.all)-1)) //nolint:gosec // an input is shorter than 4 GiB
	case lexis.BraceR, lexis.ParenR, lexis.BracketR:
		if n := len(p.opens) - 1; n >= 0 {
			p.all[p.opens[n]].Mate = uint32(len(p.all) - 1) //nolint:gosec // an input is shorter than 4 GiB
			p.opens = p.opens[:n]
		}
	default:
	}
	p.Scan()
}

// eat consumes a token if it is of a kind.
func (p *parser) eat(k lexis.Kind, r lexis.Role) bool {
	if p.Tok.Kind != k {
		return false
	}
	p.take(r)
	return true
}

// expect consumes a token of a kind, or fails.
func (p *parser) expect(k lexis.Kind, r lexis.Role) {
	if !p.eat(k, r) {
		p.unexpected("Expected %s", texts[k])
	}
}

// separate consumes the comma between two of a list, which ends with a bracket.
func (p *parser) separate(end lexis.Kind) {
	if !p.eat(lexis.Comma, lexis.Plain) {
		p.unexpected("Expected a comma or %s", texts[end])
	}
}

// texts are how marks are named in sentences.
var texts = map[lexis.Kind]string{ //nolint:exhaustive // those that something can be expected to be
	lexis.BraceL: "{", lexis.BraceR: "}", lexis.ParenL: "(", lexis.ParenR: ")", lexis.BracketL: "[", lexis.BracketR: "]", lexis.Colon: ":", lexis.Arrow: "=>", lexis.Eq: "=", lexis.Semi: ";",
	lexis.KWhile: "while", lexis.KIn: "in", lexis.Name: "a name", lexis.KFunction: "function", lexis.Str: "a string", lexis.Star: "*",
}

// unexpected fails at the next token: what was expected is begun, and ended by what is there.
func (p *parser) unexpected(expected string, args ...any) {
	if p.is(lexis.EOF) {
		p.Fail(p.start(), expected+", but the input ends.", args...)
	}
	p.Fail(p.start(), expected+".", args...)
}

// deeper counts a level; what it returns is called at its end.
func (p *parser) deeper() {
	if p.depth++; p.depth > MaxDepth {
		p.Fail(p.start(), "Code may be %d levels deep, and this is deeper.", MaxDepth)
	}
}

func (p *parser) shallower() { p.depth-- }

// text is the next token's characters.
func (p *parser) text() string { return p.Src[p.Tok.Start:p.Tok.End] }

// word is the name that the next token is, without escapes.
func (p *parser) word() string {
	text := p.text()
	if p.Tok.Kind == lexis.Private {
		text = text[1:]
	}
	return cooked(text)
}

// cooked is a name without escapes.
func cooked(text string) string {
	if !strings.Contains(text, "\\") {
		return text
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		if text[at] != '\\' {
			r, size := utf8.DecodeRuneInString(text[at:])
			b.WriteRune(r)
			at += size
			continue
		}
		l := lexis.Lexer{Src: text, At: at}
		r, size := l.NameEscape()
		b.WriteRune(r)
		at += size
	}
	return b.String()
}

// isWord reports whether the next token is a name that has a meaning here, without escapes.
func (p *parser) isWord(word string) bool {
	return p.Tok.Kind == lexis.Name && !p.Escaped && p.text() == word
}

// eatWord consumes such a name.
func (p *parser) eatWord(word string) bool {
	if !p.isWord(word) {
		return false
	}
	p.next()
	return true
}

// canEnd reports whether a statement can end here although no semicolon does it.
func (p *parser) canEnd() bool { return p.is(lexis.EOF) || p.is(lexis.BraceR) || p.Lines > 0 }

// terminate consumes the semicolon that ends a statement, or notes that nobody wrote it.
func (p *parser) terminate() {
	switch {
	case p.is(lexis.Semi):
		p.Tok.Marks |= lexis.Ends
		p.next()
	case p.canEnd():
		p.Tok.Marks |= lexis.Inserted
	default:
		p.unexpected("Expected ; or a new line")
	}
}

// ahead is where the token behind the next one begins, and whether a line ends before it.
func (p *parser) ahead() (at int, newLine bool) {
	at, lines := p.Gap(p.At, false)
	return at, lines > 0
}

// wordAhead is the name that begins at a byte; it has no escapes.
func (p *parser) wordAhead(at int) string {
	end := at
	for end < len(p.Src) {
		r, size := p.Rune(end)
		if !lexis.IsNamePart(r) {
			break
		}
		end += size
	}
	return p.Src[at:end]
}

// nameAhead reports whether a name begins at a byte, escapes counted.
func (p *parser) nameAhead(at int) bool {
	r, _ := p.Rune(at)
	return r >= 0 && (lexis.IsNameStart(r) || r == '\\')
}

// strictDirective reports whether the directives that begin at a byte have "use strict".
func (p *parser) strictDirective(at int) bool {
	for {
		start, _ := p.Gap(at, at == 0)
		end := stringEnd(p.Src, start)
		if end < 0 {
			return false
		}
		next, lines := p.Gap(end, false)
		c := p.ByteAt(next)
		if text := p.Src[start+1 : end-1]; text == "use strict" {
			goesOn := strings.IndexByte("(`.[+-/*%<>=,?^&|", c) >= 0 && c != 0 || c == '!' && p.ByteAt(next+1) == '=' || slices.Contains([]string{"in", "instanceof"}, p.wordAhead(next))
			return c == 0 && next >= len(p.Src) || c == ';' || c == '}' || lines > 0 && !goesOn
		}
		if at = next; c == ';' {
			at++
		} else if lines == 0 {
			return false
		}
	}
}

// stringEnd is where the string ends that begins at a byte, or -1.
func stringEnd(src string, at int) int {
	if at >= len(src) || src[at] != '\'' && src[at] != '"' {
		return -1
	}
	quote := src[at]
	for at++; at < len(src); at++ {
		switch src[at] {
		case quote:
			return at + 1
		case '\\':
			at++
		case '\n', '\r':
			return -1
		}
	}
	return -1
}
