package yamlform

import (
	"bytes"
	"io"

	"claimcheck/internal/data"
)

// maxImplicitKey is how long a key is written, in bytes, before it is marked with ?.
const maxImplicitKey = 1000

// NewWriter writes a value as a YAML document in block style: a level is o.TabSpace wide, or
// as little as YAML allows where that is 0. Errors: those of out.
func NewWriter(out io.Writer, o *data.Options) data.Writer {
	return &writer{lineOut: lineOut{out: out}, step: o.TabSpace}
}

// empties are the collections that end where they begin.
var empties = [...][]byte{data.EndArray: []byte("[]"), data.EndObject: []byte("{}")}

type writer struct {
	lineOut

	step   int
	frames []level
	opened data.Kind // a collection that has begun and may be empty; Null: none
}

// A level is a collection that is open.
type level struct {
	object  bool
	column  int
	entries int
	beside  bool // the first entry stands on the line where the collection began
	long    bool // the last key has its ?
}

// Put writes a token.
func (w *writer) Put(t data.Token) error {
	if w.opened != data.Null {
		if t.Kind == w.opened+1 { // its end
			w.put(0, empties[t.Kind]...)
			w.opened = data.Null
			return w.err
		}
		w.open()
	}
	switch t.Kind {
	case data.EndArray, data.EndObject:
		w.frames = w.frames[:len(w.frames)-1]
	case data.Name:
		w.name(t.Text)
	default:
		w.value(t)
	}
	return w.err
}

// End writes what is left.
func (w *writer) End() error { return w.end() }

// top is the collection that is open; nil at the root.
func (w *writer) top() *level {
	if len(w.frames) == 0 {
		return nil
	}
	return &w.frames[len(w.frames)-1]
}

// open opens the collection that has begun: it is not empty.
func (w *writer) open() {
	l := level{object: w.opened == data.BeginObject, beside: true}
	if up := w.top(); up != nil {
		l.column = up.column + 2
		if up.object && !up.long {
			l.beside = false
			l.column = up.column + w.step
			if l.object {
				l.column = up.column + max(w.step, 1)
			}
		}
	}
	w.opened = data.Null
	w.frames = append(w.frames, l)
}

// entry begins the line of an entry.
func (w *writer) entry(l *level) {
	if l.entries++; l.entries > 1 || !l.beside {
		w.newline(l.column)
	}
}

// name writes a key with its colon.
func (w *writer) name(text []byte) {
	l := w.top()
	w.entry(l)
	if l.long = len(text) > maxImplicitKey; l.long {
		w.put(0, '?')
		w.space = true
	}
	w.text(text)
	if l.long {
		w.newline(l.column)
	}
	w.put(0, ':')
	w.space = true
}

// value writes a scalar, or begins a collection.
func (w *writer) value(t data.Token) {
	up := w.top()
	column := max(w.step, 1)
	if up != nil {
		column = up.column + max(w.step, 1)
		if !up.object {
			w.entry(up)
			w.put(0, '-')
			w.space = true
		}
		if !up.object || up.long {
			column = up.column + 2
		}
	}
	switch t.Kind {
	case data.BeginArray, data.BeginObject:
		w.opened = t.Kind
	case data.Null:
		w.put(0, []byte("null")...)
	case data.String:
		if bytes.IndexByte(t.Text, '\n') >= 0 && literalText(t.Text) {
			w.literal(t.Text, column)
			return
		}
		w.text(t.Text)
	default:
		w.put(0, t.Text...)
	}
}

// text writes a text on this line.
func (w *writer) text(s []byte) {
	if plainText(s) {
		w.put(0, s...)
		return
	}
	w.put(0)
	w.buf = appendQuoted(w.buf, s)
}

// literal writes a text as lines at a column.
func (w *writer) literal(s []byte, column int) {
	w.put(0, '|')
	s, ended := bytes.CutSuffix(s, []byte{'\n'})
	if !ended {
		w.buf = append(w.buf, '-')
	}
	for more := true; more; {
		var line []byte
		line, s, more = bytes.Cut(s, []byte{'\n'})
		if len(line) == 0 {
			w.emptyLine()
			continue
		}
		w.newline(column)
		w.buf = append(w.buf, line...)
	}
	w.ends = ended
}
