package jsonform

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const outputBytes = 64 << 10 // written at once

// A layout is where line breaks and spaces go.
type layout struct {
	lines  bool // each element and member on its own line, a space after colons
	indent int  // spaces per level, for lines
}

var compact = layout{}

var spaces = strings.Repeat(" ", 256)

// An output is a buffered writer that keeps the first error and knows the layout. Nothing is written after an error.
type output struct {
	layout

	w   io.Writer
	buf []byte // less than outputBytes between calls
	err error
}

func newOutput(w io.Writer, l layout) *output {
	return &output{layout: l, w: w, buf: make([]byte, 0, 2*outputBytes)}
}

// separate writes what stands between the previous token and the next one,
// which is child n of an object (counting names and values) or of an array.
func (o *output) separate(parent jsontext.Kind, n int64, depth int) {
	switch {
	case depth == 0:
		return
	case parent == jsontext.KindBeginObject && n%2 == 1:
		o.buf = append(o.buf, ':')
		if o.lines {
			o.buf = append(o.buf, ' ')
		}
		return
	case n > 0:
		o.buf = append(o.buf, ',')
	}
	o.newline(depth)
}

// newline starts a line at a depth, if there are lines.
func (o *output) newline(depth int) {
	if !o.lines {
		return
	}
	o.buf = append(o.buf, '\n')
	for n := depth * o.indent; n > 0; n -= len(spaces) {
		o.buf = append(o.buf, spaces[:min(n, len(spaces))]...)
		o.flushFull()
	}
}

// token writes a token as it is.
func (o *output) token(b []byte) {
	if len(b) > outputBytes {
		o.flush()
		o.write(b)
		return
	}
	o.buf = append(o.buf, b...)
	o.flushFull()
}

// bracket writes a bracket or brace.
func (o *output) bracket(c jsontext.Kind) {
	o.buf = append(o.buf, byte(c))
	o.flushFull()
}

func (o *output) flushFull() {
	if len(o.buf) >= outputBytes {
		o.flush()
	}
}

func (o *output) flush() {
	o.write(o.buf)
	o.buf = o.buf[:0]
}

func (o *output) write(b []byte) {
	if o.err != nil {
		return
	}
	n, err := o.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.err = fmt.Errorf("write JSON: %w", err)
	}
}
