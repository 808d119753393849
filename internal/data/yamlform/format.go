package yamlform

import (
	"bytes"
	"io"
	"sort"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
	"claimcheck/internal/data/yamlparse"
)

// Format lays the YAML of in out anew: a level is o.TabSpace wide, or as little as YAML
// allows where that is 0. All but spaces and empty lines stays as it is written, as
// docs/CONVERSIONS.md says. Errors: INVALID_YAML, INVALID_ENCODING, and those of in and out.
func Format(in io.Reader, out io.Writer, o *data.Options) error {
	return layOut(in, out, o, yamlparse.Parse)
}

// Validate is Format for a document that can be loaded: it refuses equal keys in a mapping and tags that do not fit too.
func Validate(in io.Reader, out io.Writer, o *data.Options) error {
	return layOut(in, out, o, check)
}

type parsing func(src []byte, to func(e *yamlparse.Event) error, comment func(yamlparse.Span) error) error

func layOut(in io.Reader, out io.Writer, o *data.Options, by parsing) error {
	src, err := text.All(in, yamlparse.Format)
	if err != nil {
		return err
	}
	l := &layout{src: src, step: o.TabSpace, lineOut: lineOut{out: out}}
	if err := by(src, l.event, l.comment); err != nil {
		return err
	}
	l.comments(len(src), 0)
	return l.end()
}

// A layout lays out events.
type layout struct {
	lineOut

	src    []byte
	step   int
	last   int              // where what was written last ends in the source
	notes  []yamlparse.Span // comments that are not written yet
	frames []placed
	closed []placed // block collections that ended since something was written
}

// A placed collection has its entries at a column.
type placed struct {
	kind     yamlparse.Kind
	style    yamlparse.Style
	column   int  // of its entries, as they are written
	source   int  // and as they are in the source, if it is a block collection
	entries  int  // keys and values, or elements, that have begun
	explicit bool // the last key has its ?
	bare     bool // a colon cannot stand behind the last key without a space
}

// maxComments may follow each other.
const maxComments = 1_000_000

func (l *layout) comment(s yamlparse.Span) error {
	if len(l.notes) == maxComments {
		return data.TooLarge("The YAML document has more than %d comments that follow each other.", maxComments)
	}
	l.notes = append(l.notes, s)
	return nil
}

// comments writes the comments that begin before an offset, those with lines of
// their own at the column where their neighbours are.
func (l *layout) comments(before, column int) {
	n := 0
	for _, c := range l.notes {
		if c.Start >= before {
			break
		}
		n++
		if between := l.src[l.last:c.Start]; l.begun && !l.full && !breakIn(between) {
			if l.space = false; !l.fresh {
				l.indent(max(len(between)-len(bytes.TrimRight(between, " \t")), 1))
			}
			l.put(column)
		} else {
			l.line(c.Start, l.commentColumn(c.Start, column))
			l.put(column)
		}
		l.buf = append(l.buf, l.src[c.Start:c.End]...)
		l.full, l.last = true, c.End
	}
	if n > 0 {
		l.notes = l.notes[:copy(l.notes, l.notes[n:])]
	}
}

// commentColumn is the column of the innermost block whose entries were not right of the comment.
func (l *layout) commentColumn(at, column int) int {
	if n := len(l.frames); n > 0 && l.frames[n-1].style != yamlparse.Block {
		return column
	}
	source := at - (bytes.LastIndexAny(l.src[:at], "\n\r") + 1)
	// The frames are from left to right, and those that are closed from right to left.
	open := sort.Search(len(l.frames), func(i int) bool { return l.frames[i].source > source }) - 1
	best, found := -1, 0
	if open >= 0 {
		best, found = l.frames[open].source, l.frames[open].column
	}
	if open == len(l.frames)-1 && open >= 0 && l.frames[open].style == yamlparse.Block && source > best {
		found = max(found, column) // before what the last indicator is for
	}
	closed := sort.Search(len(l.closed), func(i int) bool { return l.closed[i].source <= source })
	if closed < len(l.closed) && l.closed[closed].source > best {
		found = l.closed[closed].column
	}
	return found
}

// line begins a line at a column for what is at an offset.
func (l *layout) line(at, column int) {
	if l.last <= at && emptyLineIn(l.src[l.last:at]) {
		l.emptyLine()
	}
	l.newline(column)
}

// write writes something of the source as it is.
func (l *layout) write(s yamlparse.Span, column int) {
	l.comments(s.Start, column)
	l.put(column, l.src[s.Start:s.End]...)
	l.last = s.End
	l.closed = l.closed[:0]
}

// event takes an event.
func (l *layout) event(e *yamlparse.Event) error {
	switch e.Kind {
	case yamlparse.DocumentStart:
		l.document(e)
	case yamlparse.DocumentEnd:
		l.frames = l.frames[:0]
		if e.Explicit {
			l.comments(e.Start, 0)
			l.line(e.Start, 0)
			l.write(e.Span, 0)
		}
	case yamlparse.MappingEnd, yamlparse.SequenceEnd:
		l.leave(e)
	default:
		l.node(e)
	}
	return l.err
}

// document begins a document.
func (l *layout) document(e *yamlparse.Event) {
	for at := e.Body.Start; at < e.Body.End; {
		line, rest, _ := yamlparse.CutLine(l.src[at:e.Body.End])
		if directive := bytes.TrimLeft(line, " \t"); len(directive) > 0 && directive[0] == '%' {
			l.comments(at, 0)
			l.line(at, 0)
			if i := bytes.Index(directive, []byte(" #")); i >= 0 {
				directive = directive[:i]
			}
			l.put(0, []byte(strings.Join(strings.Fields(string(directive)), " "))...)
			l.last = at + len(directive)
		}
		at = e.Body.End - len(rest)
	}
	l.comments(e.Start, 0)
	if e.Explicit {
		l.comments(e.Start, 0)
		l.line(e.Start, 0)
		l.write(e.Span, 0)
		l.space = true
	}
	l.frames = append(l.frames[:0], placed{kind: yamlparse.DocumentStart})
}

// node writes what stands before a node, and the node, or the beginning of one.
func (l *layout) node(e *yamlparse.Event) {
	f := &l.frames[len(l.frames)-1]
	f.entries++
	at := e.First(e.Start)
	switch {
	case f.kind == yamlparse.DocumentStart:
		l.root(e, at)
	case f.style != yamlparse.Block:
		l.flowEntry(f, e, at)
	case f.kind == yamlparse.SequenceStart:
		l.indicator(e, '-', f)
		l.place(e, f.column+2, f.column, true)
	case f.entries%2 == 1:
		f.explicit = e.Explicit
		f.bare = e.Kind == yamlparse.Alias || e.Kind == yamlparse.Scalar && e.Empty() && !e.None()
		if e.Explicit {
			l.indicator(e, '?', f)
			l.place(e, f.column+2, f.column, true)
			return
		}
		l.comments(at, f.column)
		l.entryLine(f, at)
		l.place(e, f.column, f.column, false)
	default:
		l.value(f, e)
	}
}

// root writes the node of a document.
func (l *layout) root(e *yamlparse.Event, at int) {
	l.comments(at, 0)
	if nothing := e.Kind == yamlparse.Scalar && e.Empty() && e.None(); !nothing && !l.fresh && (l.full || !l.space || at > l.last && breakIn(l.src[l.last:at])) {
		l.line(at, 0)
	}
	l.place(e, max(l.step, 1), -1, false)
}

// value writes the value of a block mapping's member.
func (l *layout) value(f *placed, e *yamlparse.Event) {
	if f.explicit {
		if e.Intro < 0 { // there is none
			l.place(e, f.column+2, f.column, true)
			return
		}
		l.indicator(e, ':', f)
		l.place(e, f.column+2, f.column, true)
		return
	}
	l.colon(f, e)
	l.place(e, f.column+max(l.step, 1), f.column, false)
}

// colon writes the colon behind a key.
func (l *layout) colon(f *placed, e *yamlparse.Event) {
	l.space = l.space || f.bare
	l.put(f.column, ':')
	l.space = true
	l.last = e.Intro + 1
}

// indicator writes the indicator of an entry on its line.
func (l *layout) indicator(e *yamlparse.Event, c byte, f *placed) {
	l.comments(e.Intro, f.column)
	l.entryLine(f, e.Intro)
	l.put(f.column, c)
	l.space = true
	l.last = e.Intro + 1
	l.closed = l.closed[:0]
}

// entryLine begins the line of an entry, unless the first entry may stand on the line where its collection began.
func (l *layout) entryLine(f *placed, at int) {
	if f.entries == 1 && !l.full && (l.fresh || l.space || !l.begun) {
		return
	}
	l.line(at, f.column)
}

// place writes a node. What stands on lines of its own goes to a column; the parent is at
// another, and allows a block collection on this line or not.
func (l *layout) place(e *yamlparse.Event, column, parent int, compact bool) {
	first, second := e.Anchor, e.Tag
	if first.Empty() || !second.Empty() && second.Start < first.Start {
		first, second = second, first
	}
	for _, s := range []yamlparse.Span{first, second} {
		if !s.Empty() {
			l.write(s, column)
			l.space = true
		}
	}
	switch {
	case e.Kind == yamlparse.Alias:
		l.write(e.Span, column)
	case e.Kind == yamlparse.Scalar:
		l.scalar(e, column, parent)
	case e.Style == yamlparse.Pair:
		f := l.frames[len(l.frames)-1]
		l.frames = append(l.frames, placed{kind: yamlparse.MappingStart, style: yamlparse.Pair, column: f.column})
	case e.Style == yamlparse.Flow:
		l.write(e.Span, column)
		base := column // the closing bracket's; some readers want it right of the block around it
		if l.frames[len(l.frames)-1].kind == yamlparse.DocumentStart {
			base = 0
		}
		l.frames = append(l.frames, placed{kind: e.Kind, style: yamlparse.Flow, column: base + max(l.step, 1)})
	default:
		l.enter(e, column, parent, compact && e.None())
	}
}

// enter begins a block collection.
func (l *layout) enter(e *yamlparse.Event, column, parent int, compact bool) {
	f := placed{kind: e.Kind, style: yamlparse.Block, column: column, source: e.Column}
	switch up := &l.frames[len(l.frames)-1]; {
	case up.kind == yamlparse.DocumentStart:
		f.column = 0
	case up.kind == yamlparse.MappingStart && !up.explicit && e.Kind == yamlparse.SequenceStart && l.step == 0:
		f.column = parent
	}
	l.frames = append(l.frames, f)
	l.comments(e.Start, f.column)
	if !compact && !l.fresh && l.begun {
		l.full = true
	}
}

// leave ends a collection.
func (l *layout) leave(e *yamlparse.Event) {
	n := len(l.frames) - 1
	f := l.frames[n]
	if f.style == yamlparse.Flow {
		l.comments(e.Start, f.column)
		column := f.column - max(l.step, 1)
		if f.entries > 0 && breakIn(l.src[l.last:e.Start]) {
			l.newline(column)
		}
		l.write(e.Span, column)
	}
	l.frames = l.frames[:n]
	if f.style == yamlparse.Block {
		l.closed = append(l.closed, f)
	}
}

// flowEntry writes an entry of a flow collection.
func (l *layout) flowEntry(f *placed, e *yamlparse.Event, at int) {
	key := f.kind == yamlparse.MappingStart && f.entries%2 == 1
	if f.kind == yamlparse.MappingStart && !key {
		if e.Intro >= 0 {
			l.comments(e.Intro, f.column)
			l.colon(f, e)
		} else if e.Empty() {
			return
		}
		l.place(e, f.column, f.column, false)
		return
	}
	if f.style == yamlparse.Flow && f.entries > 1 {
		l.put(f.column, ',')
		l.space = true
	}
	from := at
	if key && e.Explicit {
		from = e.Intro
	}
	l.comments(from, f.column)
	if f.style == yamlparse.Flow && from > l.last && breakIn(l.src[l.last:from]) {
		l.line(from, f.column)
	}
	if key {
		f.explicit = e.Explicit
		f.bare = e.Kind == yamlparse.Alias || e.Kind == yamlparse.Scalar && e.Empty() && !e.None()
		if e.Explicit {
			l.put(f.column, '?')
			l.space = true
			l.last = e.Intro + 1
		}
	}
	l.place(e, f.column, f.column, false)
}
