package jsform

import (
	"strings"

	"claimcheck/internal/data"

	"claimcheck/internal/data/jsform/lexis"
)

// A form is a program that is laid out.
type form struct {
	program
	tab int

	wide   []uint32 // how wide the tokens before one are, on one line
	broken []uint32 // how many of them begin a line that stays one
	stiff  []uint32 // how many of them begin a line whatever the text had

	out       []byte
	lineStart int // in out
	level     int // of the line
	statement int // level of the statement
	frames    []frame
	list      []comment
}

// A frame is a bracket that is open.
type frame struct {
	mate      int
	outer     int  // level of the line on which it opens
	inner     int  // of what is in it
	statement int  // of the statement around it
	block     bool // it has statements, members of a class or cases
	each      bool // each of its elements has a line
}

const (
	maxWidth  = 100 // of a line whose objects, arrays, arguments and parameters stay on it
	maxIndent = 200 // where the lines of deep levels begin
)

// Layout lays out a program, tab spaces for each level. Failures: Invalid INVALID_JAVASCRIPT
// with line and column, TooLarge FILE_TOO_LARGE beyond MaxOutputBytes.
func Layout(src string, tab int) (string, error) {
	p, err := read(src)
	if err != nil {
		return "", err
	}
	made := p.layout(tab)
	if len(made) > MaxOutputBytes {
		return "", data.TooLarge("Laid out this would be more than the %d bytes that are written.", MaxOutputBytes)
	}
	return p.checked(made), nil
}

// layout is the program, laid out.
func (p *program) layout(tab int) string {
	f := &form{program: *p, tab: tab, out: make([]byte, 0, len(p.Src)+len(p.Src)/2)}
	f.measure()
	f.frames = append(f.frames, frame{mate: -1, block: true})
	for i := 0; i < len(f.all) && len(f.out) <= MaxOutputBytes; i++ {
		i = f.put(i)
	}
	return strings.TrimRight(string(f.out), "\n")
}

// measure finds out how wide things are, and what cannot be on one line.
func (f *form) measure() {
	n := len(f.all)
	f.wide, f.broken, f.stiff = make([]uint32, n+1), make([]uint32, n+1), make([]uint32, n+1)
	for i := range f.all {
		t := &f.all[i]
		width, broken, stiff := t.End-t.Start, uint32(0), uint32(0)
		if i > 0 && f.spaced(i) {
			width++
		}
		if t.Lines > 0 && !f.rejoined(i) {
			broken = 1
		}
		if t.Marks&lexis.Begins != 0 {
			stiff = 1
		}
		f.wide[i+1], f.broken[i+1], f.stiff[i+1] = f.wide[i]+width, f.broken[i]+broken, f.stiff[i]+stiff
	}
}

// rejoined reports whether a token goes to the line before, although the text has it on one
// of its own: a brace behind ) and else behind }, without a comment between.
func (f *form) rejoined(i int) bool {
	t := &f.all[i]
	switch {
	case i == 0 || strings.ContainsAny(f.Src[f.all[i-1].End:t.Start], "/<-"):
		return false
	case t.Marks&lexis.Joins != 0, t.Role == lexis.Block && t.Marks&lexis.Begins == 0:
		return true
	default:
		return t.Role == lexis.ShutBlock && f.all[i-1].Role == lexis.Block || t.Kind == lexis.Semi && t.Marks&lexis.Begins == 0 || t.Kind == lexis.Comma
	}
}

// put lays out token i with the comments before it; it returns the last token that it wrote.
func (f *form) put(i int) int {
	t := &f.all[i]
	var lines int
	f.list, lines = f.comments(i, f.list[:0])
	top := &f.frames[len(f.frames)-1]
	closes := top.mate == i
	level := f.levelOf(i, top, closes)
	first := len(f.list) == 0
	for n, c := range f.list {
		f.comment(i, n, c, level, top, closes)
	}
	f.breakBefore(i, lines, level, top, closes, first)
	if t.Kind == lexis.EOF {
		return i
	}
	last := i
	if t.Kind == lexis.Tmpl {
		last = int(t.Mate)
	}
	if closes {
		f.statement = top.statement
		f.frames = f.frames[:len(f.frames)-1]
	}
	if (t.Kind == lexis.KIf || t.Kind == lexis.KDo) && t.Marks&lexis.Begins == 0 {
		t.Mate = uint32(f.statement) //nolint:gosec // a small number
	} else if t.Kind == lexis.KIf || t.Kind == lexis.KDo {
		t.Mate = uint32(f.level) //nolint:gosec // a small number
	}
	text := f.Src[t.Start:f.all[last].End]
	f.out = append(f.out, text...)
	if n := strings.LastIndexByte(text, '\n'); n >= 0 {
		f.lineStart = len(f.out) - len(text) + n + 1
	}
	if t.Kind == lexis.BraceL || isOpen(t) {
		f.open(i)
	}
	return last
}

// open begins the frame of a bracket.
func (f *form) open(i int) {
	t := &f.all[i]
	fr := frame{mate: int(t.Mate), outer: f.level, inner: f.level + 1, statement: f.statement, block: t.Role == lexis.Block}
	if fr.block && f.all[i+1].Marks&lexis.CaseMark != 0 {
		fr.inner++
	}
	fr.each = f.expands(i)
	f.frames = append(f.frames, fr)
}

// expands reports whether the elements of a bracket get lines of their own: the text has them
// on one, which is too wide, or they have functions in them.
func (f *form) expands(i int) bool {
	t := &f.all[i]
	m := int(t.Mate)
	switch {
	case m == i+1 || f.broken[m+1] > f.broken[i+1] || t.Role == lexis.Block:
		return false
	case t.Role == lexis.Control && f.isHead(i), t.Role == lexis.Group && t.Kind == lexis.ParenL && f.all[m+1].Kind != lexis.Arrow, t.Role == lexis.Tight && t.Kind == lexis.BracketL:
		return false
	case f.stiff[m] > f.stiff[i+1]:
		return t.Kind != lexis.ParenL && (t.Marks&lexis.Wide != 0 || f.hasComma(i))
	default:
		return len(f.out)-f.lineStart+int(f.wide[m+1]-f.wide[i+1]) > maxWidth
	}
}

// isHead reports whether a parenthesis belongs to if, for, while, switch, with or catch.
func (f *form) isHead(i int) bool {
	switch f.all[i-1].Kind {
	case lexis.KIf, lexis.KFor, lexis.KWhile, lexis.KSwitch, lexis.KWith, lexis.KCatch:
		return true
	default:
		return f.all[i-1].Kind == lexis.Name // for await
	}
}

// hasComma reports whether there are two elements in a bracket.
func (f *form) hasComma(i int) bool {
	for n := i + 1; n < int(f.all[i].Mate); n++ {
		switch t := &f.all[n]; {
		case t.Kind == lexis.Comma:
			return true
		case int(t.Mate) > n && (t.Kind == lexis.BraceL || isOpen(t) || t.Kind == lexis.Tmpl):
			n = int(t.Mate)
		}
	}
	return false
}
