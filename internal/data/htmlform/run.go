package htmlform

import "bytes"

// flush writes the run. What follows it is next, which tells whether anything is written
// between the two.
func (l *layout) flush(next before) {
	if len(l.run) == 0 {
		return
	}
	switch {
	case l.shown():
		l.keep(len(l.run))
	case l.style.minify:
		l.shrink(l.still())
	default:
		l.lines(l.still(), next)
	}
	l.run, l.bytes, l.hanging = l.run[:0], l.bytes[:0], false
}

// end writes the last run.
func (l *layout) end() {
	if len(l.run) == 0 {
		return
	}
	if l.shown() && (l.prev == copied || l.boxed()) {
		l.keep(len(l.run))
		return
	}
	if l.shown() { // nothing is shown at the end
		l.item(item{kind: voidTag}, nil)
	}
	l.flush(beginning)
}

// boxed reports whether something is open in a line that is shown by itself.
func (l *layout) boxed() bool {
	for i := len(l.stack) - 1; i >= 0 && !l.stack[i].any(block); i-- {
		if l.stack[i].any(special) {
			return true
		}
	}
	return false
}

// shown reports whether white space of the run is shown: no block begins or ends in it.
func (l *layout) shown() bool {
	if l.prev == beginning {
		return false
	}
	for i := range l.run {
		if l.run[i].kind >= startTag {
			return false
		}
	}
	return true
}

// levels follows the blocks of an item.
func (l *layout) level(it *item) {
	l.closed(it.closes)
	if it.kind == startTag {
		l.levels = append(l.levels, false)
	}
}

// still writes the beginning of a run as it is, if text behind a tag in it may become text that
// stands right behind the text before it, and returns how much that is.
func (l *layout) still() (n int) {
	if l.prev != inline && l.prev != copied {
		return 0
	}
	for n < len(l.run) && l.run[n].kind < startTag {
		n++
	}
	if n == len(l.run) || !l.run[n].still {
		return 0
	}
	was := l.prev
	l.keep(n)
	l.prev = was
	return n
}

// keep writes the first n parts of a run, whose white space is shown.
func (l *layout) keep(n int) {
	gap := false
	for i := range l.run[:n] {
		it := &l.run[i]
		b := l.bytes[it.start:it.end]
		switch {
		case l.style.minify && it.kind == white:
			if !gap {
				l.put(oneSpace)
			}
			gap = true
			continue
		case l.style.minify && it.kind == comment && !needed(b) && (gap || !l.hanging):
			continue
		}
		l.put(b)
		l.level(it)
		gap = false
		l.prev = inline
	}
}

// shrink writes a run from a part on without white space and comments.
func (l *layout) shrink(from int) {
	spaced := l.prev != inline
	for i := range l.run[from:] {
		it := &l.run[from+i]
		b := l.bytes[it.start:it.end]
		if it.kind == white || it.kind == comment && !needed(b) && (spaced || !l.hanging) {
			spaced = true
			continue
		}
		spaced = true
		l.put(b)
		l.level(it)
		l.prev = after
	}
}

// needed reports whether a comment is more than a comment: a condition of old browsers, an
// order to a server, a licence, or none at all.
func needed(b []byte) bool {
	rest, found := bytes.CutPrefix(b, []byte("<!--"))
	if !found {
		return true
	}
	return bytes.HasPrefix(rest, []byte("[if")) || bytes.HasPrefix(rest, []byte("<![")) || bytes.HasPrefix(rest, []byte("#")) || bytes.HasPrefix(rest, []byte("!"))
}

// lines writes a run from a part on with a line for each block.
func (l *layout) lines(from int, next before) {
	empty := false // there was an empty line
	for i := range l.run[from:] {
		it := &l.run[from+i]
		if it.kind == white {
			empty = empty || newlines(l.bytes[it.start:it.end]) > 1
			continue
		}
		broken := len(l.levels) >= it.closes && it.closes > 0 && it.own && l.levels[len(l.levels)-it.closes]
		l.closed(it.closes)
		if l.breaks(it, broken) && (!it.still || l.prev != inline) {
			l.newline(empty && it.kind != endTag)
		}
		if it.end > it.start {
			l.put(l.bytes[it.start:it.end])
		}
		empty = false
		switch it.kind {
		case startTag:
			l.levels = append(l.levels, false)
			l.prev = opened
		default:
			l.prev = after
		}
		if it.end == it.start {
			l.prev = beginning // the end
		}
	}
	if next == inline && l.prev == after {
		l.newline(empty)
	}
}

// breaks reports whether an item begins a line.
func (l *layout) breaks(it *item, broken bool) bool {
	switch {
	case it.end == it.start || l.prev == beginning || l.prev == copied:
		return false
	case it.kind == endTag && (l.prev == opened || l.prev == inline):
		return broken
	}
	return true
}

var oneSpace, oneLine = []byte{' '}, []byte{'\n'}

func newlines(b []byte) int {
	if n := bytes.Count(b, []byte{'\n'}); n > 0 {
		return n
	}
	return bytes.Count(b, []byte{'\r'})
}

// Of what is written anew.
const (
	indent     = 2  // spaces for each block
	maxIndents = 64 // deeper blocks are not indented more
)

var indentation = bytes.Repeat([]byte{' '}, indent*maxIndents)

// newline begins a line in the innermost open block.
func (l *layout) newline(empty bool) {
	if empty && l.prev != opened {
		l.put(oneLine)
	}
	l.put(oneLine)
	n := len(l.levels)
	if n > 0 {
		l.levels[n-1] = true
	}
	l.put(indentation[:indent*min(n, maxIndents)])
}
