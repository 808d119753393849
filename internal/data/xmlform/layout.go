package xmlform

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"

	"claimcheck/internal/data"
)

// How much a layout holds, and writes at once.
const (
	maxHeld    = 8 << 20 // bytes, and gapBytes for each gap
	maxBlank   = 1 << 20 // bytes of white space that may be nothing but layout
	gapBytes   = 24
	writeBytes = 64 << 10
)

// A layout writes a document anew, on lines or without any breaks. It changes white space
// only between the children of elements that have no text, and in none that is in one with text. Whether
// an element has text is known at its end; so what it has is held till then. When that is too
// much the element is taken for one without text, and is refused if one comes after all.
type layout struct {
	out    io.Writer
	limit  int  // how much is held: maxHeld
	lines  bool // each node is on a line of its own
	indent int  // spaces for each level

	raw    []byte // what is held, as it was told
	base   int    // how much came before raw
	gaps   []gap  // between nodes in raw, in their order
	gone   int    // how many gaps came before gaps
	late   []late // what is to be put into raw
	blank  int    // where white space begins that ends raw, and may be in a gap; -1: none
	open   []opened
	mixed  int // how many are open up to the outermost that has text; 0: none has
	sure   int // how many of the outermost were taken for elements without text
	next   int // how much is held when it is looked at anew
	ready  []byte
	holds  bool // start tags are held, for late attributes
	spaces []byte
}

// A gap is where white space between two nodes is laid out anew. Its place counts from the
// beginning of the document.
type gap struct {
	at    int
	drop  int // bytes of white space that was there
	level int // of the node that follows; -1: no line begins
}

// late is text that belongs to an earlier place.
type late struct {
	at   int
	text []byte
}

// An opened element is one whose end was not told yet. The first is the document.
type opened struct {
	gaps  int  // that were there before its content
	at    int  // where its content begins
	keep  bool // its white space is text
	child bool // it has a child that is no text
}

func newLayout(out io.Writer, lines bool, indent int) *layout {
	return &layout{
		out: out, limit: maxHeld, lines: lines, indent: indent, blank: -1, sure: 1, next: writeBytes,
		open: []opened{{}}, spaces: bytes.Repeat([]byte(" "), 512),
	}
}

// end is the place behind all that was told.
func (l *layout) end() int { return l.base + len(l.raw) }

func (l *layout) write(b []byte) { l.raw = append(l.raw, b...) }

// node begins a tag, a comment or the like, which write is told next.
func (l *layout) node() {
	level := len(l.open) - 1
	top := &l.open[level]
	if level == 0 && !top.child {
		level = -1 // no line begins before the first
	}
	l.gap(top, level)
	top.child = true
}

// gap lays out what is between the last node and the next.
func (l *layout) gap(in *opened, level int) {
	if l.mixed == 0 && !in.keep {
		at := l.end()
		if l.blank >= 0 {
			at = l.blank
		}
		l.gaps = append(l.gaps, gap{at, l.end() - at, level})
	}
	l.blank = -1
}

// enter opens the element whose start tag was written. The white space of one that keeps it
// is text.
func (l *layout) enter(keep bool) {
	l.open = append(l.open, opened{gaps: l.gone + len(l.gaps), at: l.end(), keep: keep})
}

// leave closes an element; write is told its end tag next.
func (l *layout) leave() {
	n := len(l.open) - 1
	if top := &l.open[n]; top.child {
		l.gap(top, n-1)
	}
	l.blank = -1
	l.open = l.open[:n]
	l.sure = min(l.sure, n)
	if l.mixed > n {
		l.mixed = 0
	}
}

// text writes text, or white space that may be there for the layout alone.
func (l *layout) text(piece []byte, blank bool) error {
	n := len(l.open)
	top := &l.open[n-1]
	switch {
	case n == 1: // white space outside the root element
		return nil
	case l.mixed > 0 || blank && top.keep:
	case blank && n <= l.sure && top.child:
		return nil
	case blank && (l.blank < 0 || l.end()-l.blank < maxBlank):
		if l.blank < 0 {
			l.blank = l.end()
		}
	default:
		if n <= l.sure && top.child {
			return data.TooLarge("An element has text behind more than about %d bytes without any: whether it is laid out cannot be known so late.", l.limit)
		}
		l.gaps = l.gaps[:max(top.gaps-l.gone, 0)]
		l.mixed = n
		l.blank = -1
	}
	l.write(piece)
	return nil
}

// put puts text into the start tag of the innermost element, or reports that it is too late.
func (l *layout) put(text []byte) bool {
	n := len(l.open)
	if n <= l.sure {
		return false
	}
	l.late = append(l.late, late{l.open[n-1].at, bytes.Clone(text)})
	return true
}

// settle writes what is sure, and makes sure of more where too much is held.
func (l *layout) settle() error {
	if len(l.raw) < l.next {
		return nil
	}
	sure := l.border()
	for l.end()-sure+l.after(sure)*gapBytes > l.limit && l.sure < len(l.open) {
		l.sure++
		sure = l.border()
	}
	if err := l.flush(sure); err != nil {
		return err
	}
	l.next = max(min(writeBytes, l.limit), 2*len(l.raw))
	return nil
}

// border is the place up to which the layout is sure.
func (l *layout) border() int {
	sure := l.end()
	if l.blank >= 0 {
		sure = l.blank
	}
	if l.sure < len(l.open) && (l.holds || l.mixed == 0 || l.mixed > l.sure+1) {
		sure = min(sure, l.open[l.sure].at)
	}
	return sure
}

// after counts the gaps from a place on.
func (l *layout) after(at int) int {
	i, _ := slices.BinarySearchFunc(l.gaps, at, func(g gap, at int) int { return cmp.Compare(g.at, at) })
	return len(l.gaps) - i
}

// flush writes what is held up to a place.
func (l *layout) flush(end int) error {
	from := l.base
	gaps := len(l.gaps) - l.after(end)
	if len(l.late) > 0 {
		slices.SortStableFunc(l.late, func(a, b late) int { return cmp.Compare(a.at, b.at) })
	}
	lates := 0
	for _, g := range l.gaps[:gaps] {
		for ; lates < len(l.late) && l.late[lates].at < g.at; lates++ {
			from = l.copyTo(from, l.late[lates].at)
			l.ready = append(l.ready, l.late[lates].text...)
		}
		from = l.copyTo(from, g.at) + g.drop
		l.breakLine(g.level)
		if err := l.full(); err != nil {
			return err
		}
	}
	for ; lates < len(l.late) && l.late[lates].at < end; lates++ {
		from = l.copyTo(from, l.late[lates].at)
		l.ready = append(l.ready, l.late[lates].text...)
	}
	l.copyTo(from, end)
	l.late = l.late[:copy(l.late, l.late[lates:])]
	l.gaps = l.gaps[:copy(l.gaps, l.gaps[gaps:])]
	l.gone += gaps
	l.raw = l.raw[:copy(l.raw, l.raw[end-l.base:])]
	l.base = end
	return l.full()
}

// copyTo makes what is between two places ready, and returns the second.
func (l *layout) copyTo(from, to int) int {
	l.ready = append(l.ready, l.raw[from-l.base:to-l.base]...)
	return to
}

// breakLine begins a line.
func (l *layout) breakLine(level int) {
	if !l.lines || level < 0 {
		return
	}
	l.ready = append(l.ready, '\n')
	n := level * l.indent
	for ; n > len(l.spaces); n -= len(l.spaces) {
		l.ready = append(l.ready, l.spaces...)
	}
	l.ready = append(l.ready, l.spaces[:n]...)
}

// full writes what is ready if that is much.
func (l *layout) full() error {
	if len(l.ready) < writeBytes {
		return nil
	}
	return l.empty()
}

func (l *layout) empty() error {
	_, err := l.out.Write(l.ready)
	l.ready = l.ready[:0]
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// finish writes all that is held.
func (l *layout) finish() error {
	if err := l.flush(l.end()); err != nil {
		return err
	}
	return l.empty()
}
