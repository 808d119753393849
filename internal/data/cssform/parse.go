package cssform

import (
	"bytes"
	"io"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// Limits of a style sheet.
const (
	// MaxBytes of a style sheet, which is kept in memory.
	MaxBytes = 64 << 20
	// MaxDepth of blocks, parentheses and brackets in each other.
	MaxDepth = 1000
	// maxTokens of one selector, declaration or at-rule.
	maxTokens = 1 << 20
)

// A printer is told the statements of a style sheet in their order. The tokens are good
// until it returns.
type printer interface {
	// comment tells one between statements; sameLine: on the line where the
	// statement before it ends.
	comment(source []byte, sameLine bool)
	// statement tells one without a block. Its last token is what is before the semicolon.
	statement(s *statement)
	// open tells what is before a block, close that the block has ended.
	open(s *statement)
	close()
	// gap tells that there is an empty line between two statements.
	gap()
	failed() error
}

// A form is what a statement is.
type form uint8

const (
	selector    form = iota
	atRule           // and what is none of the others
	declaration      // name: value
	custom           // --name: value
	mark             // <!-- or -->
)

// A statement is a declaration, an at-rule, or what is before a block.
type statement struct {
	form   form
	tokens []token // white space and comments with them
	colon  int     // of a declaration: its index
}

// A parser finds the statements.
type parser struct {
	lexer

	to       printer
	blocks   int    // that are open
	brackets []byte // that are open in the statement: what closes them
	s        statement
}

const charsetBegins = `@charset "`

// charset finds the encoding that a style sheet declares (CSS Syntax 3, 3.2).
func charset(head []byte) string {
	name, ok := strings.CutPrefix(string(head[:min(len(head), 100)]), charsetBegins)
	if !ok {
		return ""
	}
	name, _, ok = strings.Cut(name, `";`)
	if !ok || strings.HasPrefix(strings.ToLower(name), "utf-16") {
		return ""
	}
	return name
}

// parse reads a style sheet whole, and tells its statements.
func parse(in io.Reader, to func(src []byte) printer) error {
	src, err := text.All(in, "CSS", text.Declared(charset))
	if err != nil {
		return err
	}
	if bytes.IndexByte(src, 0) >= 0 {
		src = bytes.ReplaceAll(src, []byte{0}, []byte("\uFFFD")) // CSS Syntax 3, 3.3
	}
	if len(src) > MaxBytes { // it was smaller in its own encoding
		return data.TooLarge("The style sheet is larger than %d bytes.", MaxBytes)
	}
	p := &parser{lexer: lexer{src: src}, to: to(src)}
	for {
		done, err := p.step()
		if err == nil {
			err = p.to.failed()
		}
		if done || err != nil {
			return err
		}
	}
}

// step tells what begins at the position, or notices the end.
func (p *parser) step() (done bool, err error) {
	lines := 0
	first := p.pos == 0
	for {
		t, err := p.next()
		if err != nil {
			return false, err
		}
		switch {
		case t.kind == space:
			lines += newlines(p.src[t.start:t.end])
			continue
		case t.kind == semicolon && p.blocks > 0:
			continue
		case t.kind == end:
			if p.blocks > 0 {
				return false, p.fail(p.pos, "Expected } to end the block, but the input ends.")
			}
			return true, nil
		case t.kind == closeBracket && p.src[t.start] == '}' && p.blocks > 0:
			p.blocks--
			p.to.close()
			return false, nil
		}
		if lines > 1 {
			p.to.gap()
		}
		if t.kind == comment {
			p.to.comment(p.src[t.start:t.end], lines == 0 && !first)
			return false, nil
		}
		return false, p.statement(t)
	}
}

// newlines counts line breaks.
func newlines(b []byte) int {
	n := bytes.Count(b, []byte{'\n'}) + bytes.Count(b, []byte{'\f'})
	return n + bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
}

// statement reads the rest of a statement, and tells it.
func (p *parser) statement(first token) error {
	p.s = statement{form: selector, tokens: p.s.tokens[:0]}
	p.brackets = p.brackets[:0]
	if first.kind == cdo || first.kind == cdc {
		p.s.form, p.s.tokens = mark, append(p.s.tokens, first)
		p.to.statement(&p.s)
		return nil
	}
	if first.kind == atKeyword {
		p.s.form = atRule
	}
	words := 0 // tokens that are neither white space nor comments
	for t := first; ; {
		ended, err := p.take(t)
		if ended || err != nil {
			if err == nil {
				err = p.tell(t)
			}
			return err
		}
		if t.kind > comment {
			words++
			if words == 2 && t.kind == colon && p.customName(first) {
				p.s.form, p.s.colon = custom, len(p.s.tokens)-1
			}
		}
		if t, err = p.next(); err != nil {
			return err
		}
	}
}

// customName reports whether a token is the name of a custom property.
func (p *parser) customName(t token) bool {
	return t.kind == ident && p.blocks > 0 && bytes.HasPrefix(p.src[t.start:t.end], []byte("--"))
}

// take adds a token to the statement, unless it is the one behind it.
func (p *parser) take(t token) (ended bool, err error) {
	deep := len(p.brackets) > 0
	c := byte(0)
	if t.end > t.start {
		c = p.src[t.end-1]
	}
	switch t.kind {
	case end:
		if deep {
			return false, p.fail(p.pos, "Expected %c, but the input ends.", p.brackets[len(p.brackets)-1])
		}
		return true, nil
	case semicolon:
		if !deep && (p.blocks > 0 || p.s.form != selector) {
			return true, nil
		}
	case function, openBracket:
		if c == '{' && !deep && p.s.form != custom {
			return true, nil
		}
		if len(p.brackets)+p.blocks >= MaxDepth {
			return false, p.fail(int(t.start), "Blocks and brackets are nested deeper than %d levels.", MaxDepth)
		}
		p.brackets = append(p.brackets, closing(c))
	case closeBracket:
		if !deep && c == '}' && p.blocks > 0 {
			return true, nil
		}
		if err := p.closes(t, c); err != nil {
			return false, err
		}
		p.brackets = p.brackets[:len(p.brackets)-1]
	default:
	}
	if len(p.s.tokens) >= maxTokens {
		return false, data.TooLarge("A selector or declaration has more than %d parts.", maxTokens)
	}
	p.s.tokens = append(p.s.tokens, t)
	return false, nil
}

// closes checks that a closing bracket is the one that is expected.
func (p *parser) closes(t token, c byte) error {
	switch n := len(p.brackets); {
	case n == 0:
		return p.fail(int(t.start), "Expected no %c: nothing is open that it closes.", c)
	case p.brackets[n-1] != c:
		return p.fail(int(t.start), "Expected %c before %c.", p.brackets[n-1], c)
	}
	return nil
}

func closing(c byte) byte {
	switch c {
	case '(':
		return ')'
	case '[':
		return ']'
	default:
		return '}'
	}
}

// tell tells the statement that a token ended.
func (p *parser) tell(by token) error {
	if by.kind == openBracket {
		if p.blocks >= MaxDepth {
			return p.fail(int(by.start), "Blocks and brackets are nested deeper than %d levels.", MaxDepth)
		}
		p.blocks++
		p.to.open(&p.s)
		return nil
	}
	if by.kind == closeBracket {
		p.pos = int(by.start) // the next step closes the block
	}
	switch {
	case p.s.form == selector && p.blocks == 0:
		return p.fail(p.pos, "Expected { after the selector, but the input ends.")
	case p.s.form == selector:
		p.s.form, p.s.colon = declared(p.src, p.s.tokens)
	}
	p.to.statement(&p.s)
	return nil
}

// declared finds the colon of a declaration: behind a name, before which old
// browsers took one character more.
func declared(src []byte, tokens []token) (form, int) {
	words := 0
	for i, t := range tokens {
		switch t.kind {
		case space, comment:
			continue
		case delim, ident:
			if words++; words > 2 || words == 2 && (t.kind == delim || src[tokens[0].start] == '-') {
				return atRule, 0
			}
		case colon:
			if words > 0 {
				return declaration, i
			}
			return atRule, 0
		default:
			return atRule, 0
		}
	}
	return atRule, 0
}
