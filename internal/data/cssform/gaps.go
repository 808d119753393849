package cssform

import (
	"bytes"
	"strings"
)

// A bracket is what tokens are in.
type bracket uint8

const (
	outside bracket = iota
	paren           // a function too
	nth             // of :nth-child() and the like: + is part of a number there
	square
	brace
)

// A gap is what is between two tokens.
type gap uint8

const (
	none  gap = iota
	blank     // one space
	line      // a line break and the indentation of what goes on
	list      // a line break between selectors
)

// neighbors are two tokens of a statement, and where they are.
type neighbors struct {
	src        []byte
	form       form
	in         []bracket
	prev, this token
	space      bool // there was white space between them
	lineBreak  bool // with a line break
	feature    int8 // 1: prev is a name behind a parenthesis; 2: it is the colon behind one
}

func (n *neighbors) top() bracket {
	if len(n.in) == 0 {
		return outside
	}
	return n.in[len(n.in)-1]
}

func (n *neighbors) is(t token, chars string) bool {
	return t.kind == delim && strings.IndexByte(chars, n.src[t.start]) >= 0
}

// combinator reports whether a token stands between two selectors.
func (n *neighbors) combinator(t token) bool {
	return n.form == selector && n.is(t, ">+~") && n.top() != square && n.top() != nth
}

// tight reports whether white space between the tokens means nothing.
func (n *neighbors) tight() bool {
	prev, this := n.prev, n.this
	if prev.kind == comment || this.kind == comment {
		return false
	}
	switch {
	case prev.kind == function || prev.kind == openBracket || this.kind == closeBracket:
		return n.top() != brace && (prev.kind != openBracket || n.src[prev.start] != '{') && (this.kind != closeBracket || n.src[this.start] != '}')
	case prev.kind == comma || this.kind == comma:
		return n.top() != brace
	case n.combinator(prev) || n.combinator(this):
		return true
	case n.form == selector && n.top() == square:
		return n.is(this, "=~|^$*") || n.is(prev, "=")
	case n.form == declaration:
		return n.is(this, "!") || n.is(prev, "!")
	case n.form == atRule:
		return n.feature == 1 && this.kind == colon || n.feature == 2
	}
	return false
}

// A spacer decides what is between two tokens.
type spacer func(n *neighbors) gap

// compact is the least that there can be.
func compact(n *neighbors) gap {
	if !n.space || n.tight() || n.form == declaration && (n.is(n.prev, "/*") || n.is(n.this, "/*")) {
		return none
	}
	return blank
}

// roomy is what people like to read.
func roomy(n *neighbors) gap {
	switch {
	case n.this.kind == comma && n.tight():
		return none
	case n.prev.kind == comma && n.top() != brace:
		switch {
		case n.form == selector && n.top() == outside:
			return list
		case n.form == declaration && n.lineBreak:
			return line
		case n.this.kind == closeBracket:
			return none
		}
		return blank
	case n.combinator(n.this) || n.combinator(n.prev):
		if n.space || n.combinator(n.this) != n.combinator(n.prev) && n.prev.kind != comment && n.this.kind != comment && !n.opens(n.prev) && n.this.kind != closeBracket {
			return blankUnless(n.opens(n.prev) || n.this.kind == closeBracket)
		}
		return none
	case n.form == declaration && n.is(n.this, "!"):
		return blank
	case n.form == atRule && n.feature == 2:
		return blankUnless(n.this.kind == closeBracket)
	case !n.space || n.tight():
		return none
	case n.form == declaration && n.lineBreak:
		return line
	}
	return blank
}

func (n *neighbors) opens(t token) bool { return t.kind == function || t.kind == openBracket }

func blankUnless(no bool) gap {
	if no {
		return none
	}
	return blank
}

// A writing writes tokens with gaps between them.
type writing struct {
	output

	src      []byte
	space    spacer
	comments func(text []byte) bool // whether one stays
	number   func(text []byte) []byte
	gap      func(g gap)
	in       []bracket
	any      bool // a statement was written
}

// tokens writes those of a statement, without white space at their ends.
func (w *writing) tokens(f form, tokens []token) {
	if w.begun(tokens) {
		return
	}
	w.in = w.in[:0]
	n := neighbors{src: w.src, form: f, prev: token{kind: end}}
	dropped := false
	for _, t := range tokens {
		if t.kind == space {
			n.space = true
			n.lineBreak = n.lineBreak || bytes.ContainsAny(w.src[t.start:t.end], "\n\r\f")
			continue
		}
		if t.kind == comment && !w.comments(w.src[t.start:t.end]) {
			dropped = true
			continue
		}
		closes := t.kind == closeBracket && len(w.in) > 0
		n.this, n.in = t, w.in
		if n.prev.kind != end {
			w.between(&n, dropped)
		}
		if closes {
			w.in = w.in[:len(w.in)-1]
		}
		w.one(f, t)
		n.feature = feature(&n)
		if t.kind == function || t.kind == openBracket {
			w.in = append(w.in, w.bracket(t))
		}
		n.prev, n.space, n.lineBreak, dropped = t, false, false, false
	}
}

// begun writes the statement that a sheet begins with if it declares an encoding: that is UTF-8
// now. One that was not at the beginning does not get there.
func (w *writing) begun(tokens []token) (done bool) {
	first := !w.any
	w.any = true
	if !first || len(tokens) == 0 || !bytes.HasPrefix(w.src[tokens[0].start:], []byte(charsetBegins)) {
		return false
	}
	name := charset(w.src)
	switch {
	case tokens[0].start > 0 || name == "":
		w.put(oneLine)
		return false
	case strings.EqualFold(name, "utf-8"):
		return false
	}
	w.put([]byte(charsetBegins + `utf-8"`))
	return true
}

// between writes what is between two tokens. They are never written so that they are read as others.
func (w *writing) between(n *neighbors, dropped bool) {
	g := w.space(n)
	if g == none && (n.space || dropped) && joins(w.src, n.prev, n.this) {
		if n.space {
			g = blank
		} else {
			w.put(nothingBetween)
		}
	}
	w.gap(g)
}

func (w *writing) one(f form, t token) {
	b := w.src[t.start:t.end]
	if f == declaration && (t.kind == number || t.kind == percentage || t.kind == dimension) {
		b = w.number(b)
	}
	ended := false
	if t.kind == ident || t.kind == hash || t.kind == dimension || t.kind == atKeyword {
		b, ended = escapeAtEnd(b)
	}
	w.put(b)
	w.escaped = ended
}

// escapeAtEnd reports whether a name ends in an escape of digits, and returns it without
// the white space that ends one.
func escapeAtEnd(name []byte) ([]byte, bool) {
	if bytes.IndexByte(name, '\\') < 0 {
		return name, false
	}
	kept := bytes.TrimSuffix(name, []byte("\n"))
	if kept = bytes.TrimSuffix(kept, []byte("\r")); len(kept) == len(name) && class[name[len(name)-1]]&isSpace != 0 {
		kept = name[:len(name)-1]
	}
	n := len(kept)
	for n > 0 && len(kept)-n < 6 && hex(kept[n-1]) {
		n--
	}
	slashes := 0
	for m := n; m > 0 && kept[m-1] == '\\'; m-- {
		slashes++
	}
	if n == len(kept) || slashes%2 == 0 {
		return name, false
	}
	return kept, true
}

// feature tells where in (name: value) the token just written is.
func feature(n *neighbors) int8 {
	switch {
	case n.this.kind == ident && n.prev.kind == openBracket && n.src[n.prev.start] == '(':
		return 1
	case n.this.kind == colon && n.feature == 1:
		return 2
	}
	return 0
}

// bracket tells what a token opens.
func (w *writing) bracket(t token) bracket {
	b := w.src[t.start:t.end]
	switch {
	case len(b) > 4 && bytes.EqualFold(b[:4], []byte("nth-")):
		return nth
	case b[len(b)-1] == '[':
		return square
	case b[len(b)-1] == '{':
		return brace
	}
	return paren
}

// joins reports whether two tokens without anything between them would be read as others:
// the table of CSS Syntax 3, 9, and a little more.
func joins(src []byte, a, b token) bool {
	first := src[b.start]
	wordy := b.kind == ident || b.kind == function || b.kind == url || b.kind == number || b.kind == percentage || b.kind == dimension || b.kind == cdc || b.kind == delim && first == '-'
	switch a.kind {
	case ident:
		return wordy || b.kind == openBracket && first == '('
	case atKeyword, hash, dimension:
		return wordy
	case number:
		return wordy || b.kind == delim && first == '%'
	case delim:
		switch src[a.start] {
		case '#', '-', '@':
			return wordy
		case '.', '+':
			return b.kind == number || b.kind == percentage || b.kind == dimension
		case '/':
			return b.kind == delim && first == '*'
		case '<':
			return true
		}
	default:
	}
	return false
}
