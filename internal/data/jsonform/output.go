package jsonform

import (
	"fmt"
	"io"
	"slices"
)

const (
	fullBytes  = 64 << 10 // written at once
	slackBytes = 1 << 10  // more than is put into an output between two looks at its room, texts aside
	nearSpaces = 16       // of an indentation that is put without a loop
)

// An output is what is to be written, and the layout: where line breaks and spaces go.
type output struct {
	out  []byte // as long as it may become
	full int    // from when on out has no room for all of an input that was read
	w    io.Writer
	kept bool // out is not written but grows

	lines  bool // each element and member is on a line of its own, a space behind colons
	indent int  // spaces per level
	margin int  // spaces behind a line break, at the level that is open; -1 if there are no lines
	colons int  // bytes of a colon, and of the space behind it
}

// newOutput returns an output on lines, or a compact one.
func newOutput(w io.Writer, lines bool, indent int) output {
	o := output{w: w, lines: lines, margin: -1, colons: 1}
	if lines {
		o.indent, o.margin, o.colons = indent, 0, 2
	}
	o.grow(fullBytes + inputBytes + slackBytes)
	return o
}

func (s *output) grow(size int) {
	s.out = slices.Grow(s.out, size-len(s.out))[:size]
	s.full = size - inputBytes - slackBytes
}

// room makes room in out, which has been filled to o, and returns from where on.
func (s *output) room(o int) (int, error) {
	switch {
	case o <= s.full:
		return o, nil
	case s.kept:
		s.grow(2 * len(s.out))
		return o, nil
	default:
		return 0, s.write(s.out[:o])
	}
}

func (s *output) write(b []byte) error {
	n, err := s.w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// colon puts a colon at o.
func (s *output) colon(o int) int {
	s.out[o], s.out[o+1] = ':', ' '
	return o + s.colons
}

// line begins a line at o, if there are lines.
func (s *output) line(o int) (int, error) {
	if s.margin > nearSpaces {
		return s.farLine(o)
	}
	s.out[o] = '\n'
	store(s.out, o+1, ones*' ')
	store(s.out, o+9, ones*' ')
	return o + 1 + s.margin, nil
}

func (s *output) farLine(o int) (_ int, err error) {
	if o, err = s.room(o); err != nil {
		return o, err
	}
	s.out[o] = '\n'
	o++
	for n := s.margin; n > 0; n -= nearSpaces {
		store(s.out, o, ones*' ')
		store(s.out, o+8, ones*' ')
		o += min(n, nearSpaces)
		if o > s.full {
			if o, err = s.room(o); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

// open puts an opening bracket at o.
func (s *output) open(bracket byte, o int) int {
	s.out[o] = bracket
	s.margin += s.indent
	return o + 1
}

// close puts a closing bracket at o, on a line of its own unless it is empty what it closes.
func (s *output) close(bracket byte, o int, empty bool) (_ int, err error) {
	if s.margin -= s.indent; !empty {
		if o, err = s.line(o); err != nil {
			return o, err
		}
	}
	s.out[o] = bracket
	return o + 1, nil
}
