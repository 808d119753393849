package jsform

import (
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsform/lexis"
	"claimcheck/internal/data/jsform/syntax"
	"claimcheck/internal/fault"
)

// A program is a text whose tokens are known.
type program struct {
	lexis.Lexer // of its goal, for its comments
	all         []lexis.Token
}

// read parses a text as what it can be: a script, or a module of CommonJS, else a module.
func read(src string) (*program, error) {
	all, usesAwait, err := syntax.Parse(src, syntax.Goal{Common: true})
	if err == nil && !usesAwait {
		return &program{lexis.Lexer{Src: src}, all}, nil
	}
	other, _, otherErr := syntax.Parse(src, syntax.Goal{Module: true})
	switch {
	case otherErr == nil:
		return &program{lexis.Lexer{Src: src, Module: true}, other}, nil
	case err == nil:
		return &program{lexis.Lexer{Src: src}, all}, nil
	case position(otherErr).Line > position(err).Line, position(otherErr).Line == position(err).Line && position(otherErr).Column > position(err).Column:
		return nil, otherErr
	default:
		return nil, err
	}
}

// position is where a fault is.
func position(err error) (p data.Position) {
	for _, d := range fault.Of(err).Details {
		n, _ := d.Value.(int) // 0 where it is none
		switch d.Name {
		case "line":
			p.Line = n
		case "column":
			p.Column = n
		}
	}
	return p
}

// text is what a token is.
func (p *program) text(i int) string { return p.Src[p.all[i].Start:p.all[i].End] }

// gapStart is where the gap before a token begins.
func (p *program) gapStart(i int) int {
	if i == 0 {
		return 0
	}
	return int(p.all[i-1].End)
}

// A comment is one that is between two tokens.
type comment struct {
	start, end int
	lines      int  // line breaks before it, at most 2
	toLineEnd  bool // what is behind it must be on another line
	lineStart  bool // it must be the first of its line
}

// comments returns those before token i, and how many line breaks are behind the last of them.
func (p *program) comments(i int, list []comment) (found []comment, lines int) {
	at, end := p.gapStart(i), int(p.all[i].Start)
	started := at == 0
	if i == 0 && strings.HasPrefix(p.Src, "#!") {
		end := p.LineEnd(0)
		list = append(list, comment{end: end, toLineEnd: true})
		at = end
	}
	for at < end {
		r, size := p.Rune(at)
		switch {
		case r == '\r' && p.ByteAt(at+1) == '\n':
		case lexis.IsBreak(r):
			lines++
		case !lexis.IsSpace(r):
			next, _ := p.Comment(at, started || lines > 0)
			c := comment{start: at, end: next, lines: min(lines, 2), toLineEnd: p.Src[at:at+2] != "/*", lineStart: r == '-'}
			list = append(list, c)
			lines, started = 0, started || !c.toLineEnd
			at = next
			continue
		}
		at += size
	}
	return list, min(lines, 2)
}

// checked returns what was made of a program, if it is the same program. It is; should it ever
// not be, the text stays as it was.
func (p *program) checked(made string) string {
	if p.same(made) {
		return made
	}
	return strings.TrimSpace(p.Src)
}

// same reports whether a text that was made of a program has its tokens, and its statements
// the same ends.
func (p *program) same(made string) bool {
	all, _, err := syntax.Parse(made, syntax.Goal{Common: !p.Module, Module: p.Module})
	if err != nil {
		return false
	}
	n := 0
	for i := range p.all {
		for n < len(all) && all[n].Kind == lexis.Semi && all[n].Marks&lexis.Ends != 0 {
			n++
		}
		t := &p.all[i]
		if t.Kind == lexis.Semi && t.Marks&lexis.Ends != 0 {
			continue
		}
		if n == len(all) || all[n].Kind != t.Kind || made[all[n].Start:all[n].End] != p.text(i) || ended(p.all, i) != ended(all, n) {
			return false
		}
		n++
	}
	return n == len(all)
}

// ended reports whether a statement ends before a token, where a semicolon says so or could.
func ended(all []lexis.Token, i int) bool {
	return all[i].Marks&lexis.Inserted != 0 || i > 0 && all[i-1].Kind == lexis.Semi && all[i-1].Marks&lexis.Ends != 0
}
