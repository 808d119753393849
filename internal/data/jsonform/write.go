package jsonform

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/data"
)

// A writer writes a value as JSON.
type writer struct {
	out  *output
	open []byte // brackets that are not closed yet, the outermost first
	n    int64  // names and values in the innermost of them
	more []int64
}

// NewWriter returns a writer of JSON, each element and member on a line of its own, without a
// final line break. A token that is no JSON, for instance a text that is not UTF-8, is an error.
func NewWriter(out io.Writer, o *data.Options) data.Writer {
	return &writer{out: newOutput(out, layout{lines: true, indent: o.TabSpace})}
}

// NewCompactWriter is as [NewWriter], without white space between tokens.
func NewCompactWriter(out io.Writer) data.Writer {
	return &writer{out: newOutput(out, compact)}
}

// Put writes a token.
func (w *writer) Put(t data.Token) error {
	depth := len(w.open)
	if t.Kind == data.EndArray || t.Kind == data.EndObject {
		w.end()
		return w.out.err
	}
	var parent byte
	if depth > 0 {
		parent = w.open[depth-1]
	}
	w.out.separate(kindOf(parent), w.n, depth)
	w.n++
	switch t.Kind {
	case data.BeginArray:
		w.begin('[')
	case data.BeginObject:
		w.begin('{')
	case data.Null:
		w.out.token([]byte("null"))
	case data.String, data.Name:
		return w.text(t.Text)
	default: // Bool and Number
		w.out.token(t.Text)
	}
	return w.out.err
}

func (w *writer) begin(bracket byte) {
	w.out.bracket(kindOf(bracket))
	w.open = append(w.open, bracket)
	w.more = append(w.more, w.n)
	w.n = 0
}

func (w *writer) end() {
	last := len(w.open) - 1
	if w.n > 0 {
		w.out.newline(last)
	}
	w.out.bracket(kindOf(w.open[last] + 2)) // ] is two behind [, and } behind {
	w.open, w.n, w.more = w.open[:last], w.more[last], w.more[:last]
}

// text writes a string with the escapes that it must have.
func (w *writer) text(s []byte) error {
	if !utf8.Valid(s) {
		return fmt.Errorf("write JSON: the text %.40q is not UTF-8", s)
	}
	w.out.token([]byte{'"'})
	for len(s) > 0 {
		i := bytes.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' })
		if i < 0 {
			i = len(s)
		}
		w.out.token(s[:i])
		if s = s[i:]; len(s) > 0 {
			w.out.token(escaped(s[0]))
			s = s[1:]
		}
	}
	w.out.token([]byte{'"'})
	return w.out.err
}

// escaped is the shortest escape of a character.
func escaped(c byte) []byte {
	const short = "\"\"\\\\\bb\ff\nn\rr\tt"
	for i := 0; i < len(short); i += 2 {
		if short[i] == c {
			return []byte{'\\', short[i+1]}
		}
	}
	return fmt.Appendf(nil, `\u%04x`, c)
}

// End writes what is left.
func (w *writer) End() error {
	w.out.flush()
	return w.out.err
}

func kindOf(bracket byte) jsontext.Kind { return jsontext.Kind(bracket) }
