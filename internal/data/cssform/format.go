package cssform

import (
	"bufio"
	"bytes"
	"io"

	"claimcheck/internal/data"
)

// Format writes a style sheet with a line for each selector, declaration and comment, and
// blocks indented by o.TabSpace. Comments stay where they are, and one empty line where
// there was one. The fault INVALID_CSS has the position of what is not closed.
func Format(in io.Reader, out io.Writer, o *data.Options) error {
	f := &formatter{width: o.TabSpace}
	err := parse(in, func(src []byte) printer {
		f.writing = writing{
			output: output{out: bufio.NewWriter(out)}, src: src, space: roomy, gap: f.between,
			comments: func([]byte) bool { return true }, number: func(text []byte) []byte { return text },
		}
		return f
	})
	if err != nil {
		return err
	}
	return written(f.out.Flush())
}

type formatter struct {
	writing

	width int
	depth int
	after after
	empty bool // there was an empty line
}

// after is what was written before.
type after uint8

const (
	nothingYet after = iota
	afterOpen
	afterClose
	afterStatement
)

func (f *formatter) between(g gap) {
	switch g {
	case blank:
		f.put(oneSpace)
	case line:
		f.newline(f.depth + 1)
	case list:
		f.newline(f.depth)
	default:
	}
}

func (f *formatter) newline(depth int) {
	f.put(oneLine)
	for n := depth * f.width; n > 0; n -= len(spaces) {
		f.put(spaces[:min(n, len(spaces))])
	}
}

var spaces = bytes.Repeat([]byte{' '}, 64)

// begin begins the line of a statement or comment.
func (f *formatter) begin() {
	if f.after != nothingYet {
		if f.after == afterClose || f.after == afterStatement && f.empty {
			f.put(oneLine)
		}
		f.newline(f.depth)
	}
	f.empty = false
}

func (f *formatter) gap() { f.empty = true }

func (f *formatter) comment(text []byte, sameLine bool) {
	if sameLine && f.after != nothingYet {
		f.put(oneSpace)
		f.put(text)
		if f.after == afterOpen {
			f.after = afterStatement
		}
		return
	}
	f.begin()
	f.put(text)
	f.after = afterStatement
}

func (f *formatter) open(s *statement) {
	f.begin()
	if f.tokens(s.form, s.tokens); len(s.tokens) > 0 {
		f.put(oneSpace)
	}
	f.put(anOpening)
	f.depth++
	f.after = afterOpen
}

func (f *formatter) close() {
	f.depth--
	if f.after != afterOpen {
		f.newline(f.depth)
	}
	f.put(aClosing)
	f.after, f.empty = afterClose, false
}

func (f *formatter) statement(s *statement) {
	f.begin()
	f.after = afterStatement
	switch s.form {
	case mark:
		f.tokens(s.form, s.tokens)
		return
	case declaration, custom:
		f.tokens(atRule, s.tokens[:s.colon])
		f.put(aColon)
		if value := s.raw(f.src); value == nil {
			f.put(oneSpace)
			f.tokens(declaration, s.tokens[s.colon+1:])
		} else if value[0] != ' ' {
			f.put(oneSpace)
			f.put(value)
		} else {
			f.put(value)
		}
	default:
		f.tokens(s.form, s.tokens)
	}
	f.put(aSemicolon)
}
