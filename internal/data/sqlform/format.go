package sqlform

import (
	"bytes"

	"claimcheck/internal/data"
)

// A form is a text that is laid out.
type form struct {
	d   *dialect
	src []byte
	all []token
	tab int

	mate  []uint32 // of a parenthesis or CASE, the token that ends it; 0: none
	wide  []uint32 // how wide the tokens before one are, on one line
	stiff []uint32 // how many of them cannot be on a line with others

	out    []byte
	level  int // of the line
	breaks int // line breaks before the next token
	next   int // level of the line that they begin

	frames    []frame
	first     int // token of the statement
	flat      int // tokens before this one are on one line
	head      int // before this token a line breaks: the clause's own words end there
	headLevel int // of that line
}

// A frame is a query, a list in parentheses or a CASE that is broken into lines.
type frame struct {
	kind     frameKind
	mate     int // token that ends it
	outer    int // level of the line on which it begins
	level    int // of its clauses
	content  int // level of what belongs to them
	broken   bool
	between  int // how many BETWEEN wait for their AND
	brackets int // [ and { in each other
}

type frameKind uint8

const (
	query frameKind = iota
	list
	choice // CASE
)

// flatWidth is how many bytes a parenthesis or CASE has that stays on its line.
const flatWidth = 60

// maxIndent is where the lines of deep levels begin.
const maxIndent = 200

// Layout lays out SQL of a dialect of [Dialects], tab spaces for each level. Failures: Invalid
// INVALID_SQL with line and column, TooLarge FILE_TOO_LARGE beyond MaxOutputBytes.
func Layout(src []byte, dialectName string, tab int) ([]byte, error) {
	d := dialects[dialectName]
	all, err := lex(src, d)
	if err != nil {
		return nil, err
	}
	f := &form{d: d, src: src, all: all, tab: tab, out: make([]byte, 0, len(src)+len(src)/2)}
	f.prepare()
	f.measure()
	f.begin(0)
	f.breaks = 0
	for i := 0; i < len(f.all); i++ {
		if i = f.put(i); len(f.out) > MaxOutputBytes {
			return nil, data.TooLarge("Laid out this would be more than the %d bytes that are written.", MaxOutputBytes)
		}
	}
	return f.checked(bytes.TrimRight(f.out, "\n")), nil
}

// checked returns what was made of a text, if it has the tokens of the text. It has, but for
// lines that become those of clients (lines.go) in ways that nobody writes: then the text
// stays as it is.
func (f *form) checked(made []byte) []byte {
	again, err := lex(made, f.d)
	n := 0
	for _, t := range f.all {
		if t.comment() {
			continue
		}
		for n < len(again) && again[n].comment() {
			n++
		}
		if err != nil || n == len(again) || again[n].kind != t.kind || !bytes.Equal(made[again[n].start:again[n].end], f.src[t.start:t.end]) {
			return bytes.TrimSpace(f.src)
		}
		n++
	}
	return made
}

func (f *form) text(i int) []byte { return f.src[f.all[i].start:f.all[i].end] }

// measure finds the mates, and how wide things are.
func (f *form) measure() {
	n := len(f.all)
	f.mate, f.wide, f.stiff = make([]uint32, n), make([]uint32, n+1), make([]uint32, n+1)
	var stack []int
	for i, t := range f.all {
		space, stiff := uint32(0), uint32(0)
		if f.spaced(i) {
			space = 1
		}
		switch {
		case t.kind == open, t.class == caseWord && !f.isEndCase(i):
			stack = append(stack, i)
			if t.kind == open && f.opensQuery(i) {
				stiff = 1
			}
		case t.kind == shut:
			for len(stack) > 0 && f.all[stack[len(stack)-1]].kind != open {
				stack = stack[:len(stack)-1]
			}
			if len(stack) > 0 {
				f.mate[stack[len(stack)-1]] = uint32(i)
				stack = stack[:len(stack)-1]
			}
		case t.class == endWord && len(stack) > 0 && f.all[stack[len(stack)-1]].class == caseWord:
			f.mate[stack[len(stack)-1]] = uint32(i)
			stack = stack[:len(stack)-1]
		case t.wholeLine(), t.kind == semi, t.kind == block && t.lines > 0, f.joinedStrings(i):
			stiff = 1
		}
		f.wide[i+1] = f.wide[i] + space + t.end - t.start
		f.stiff[i+1] = f.stiff[i] + stiff
	}
}

// isEndCase reports whether a word CASE belongs to END CASE.
func (f *form) isEndCase(i int) bool { return i > 0 && f.all[i-1].class == endWord }

// joinedStrings reports whether a token is a string that continues the one of the line
// before, which it does only there.
func (f *form) joinedStrings(i int) bool {
	return i > 0 && f.all[i].kind == str && f.all[i-1].kind == str && f.all[i].lines > 0
}

// fits reports whether the tokens from i to its mate stay on one line.
func (f *form) fits(i int) bool {
	m := f.mate[i]
	return f.wide[m+1]-f.wide[i+1] <= flatWidth && f.stiff[m] == f.stiff[i+1] && (f.all[i].kind != open || !f.opensQuery(i))
}

// opensQuery reports whether a query is behind a parenthesis.
func (f *form) opensQuery(i int) bool {
	for i++; i < len(f.all) && (f.all[i].comment() || f.all[i].kind == hint); i++ {
	}
	return i < len(f.all) && f.all[i].kind == word && (f.word(i, "SELECT") || f.word(i, "WITH") && f.withQuery(i))
}

// withQuery reports whether WITH begins a query: a name and AS come next, or a list of columns.
func (f *form) withQuery(i int) bool {
	return i+2 < len(f.all) && (f.word(i+1, "RECURSIVE") || f.word(i+2, "AS") || f.all[i+2].kind == open)
}

// word reports whether token i is a word.
func (f *form) word(i int, upper string) bool {
	return i >= 0 && i < len(f.all) && f.all[i].kind == word && len(upper) == int(f.all[i].end-f.all[i].start) && bytes.EqualFold(f.text(i), []byte(upper))
}

// begin starts a statement at token i.
func (f *form) begin(i int) {
	f.frames = append(f.frames[:0], frame{mate: -1, content: 1})
	f.first, f.head, f.flat = i, 0, 0
	f.breaks, f.next = 2, 0
}

// line asks for a line break before the next token.
func (f *form) line(level int) {
	if f.breaks == 0 {
		f.breaks = 1
	}
	f.next = level
}

// write writes token i, whose place is decided.
func (f *form) write(i int) {
	t := f.all[i]
	switch {
	case f.breaks > 0 && len(f.out) > 0 && (!f.saysToClient(i) || f.all[i-1].wholeLine()):
		for ; f.breaks > 0; f.breaks-- {
			f.out = append(f.out, '\n')
		}
		f.level = f.next
		for range min(f.level*f.tab, maxIndent) {
			f.out = append(f.out, ' ')
		}
	case len(f.out) > 0 && f.spaced(i):
		f.out = append(f.out, ' ')
	}
	f.breaks = 0
	f.out = append(f.out, f.src[t.start:t.end]...)
}
