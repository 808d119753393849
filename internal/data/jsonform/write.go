package jsonform

import (
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"

	"claimcheck/internal/data"
)

// A writer writes a value as JSON.
type writer struct {
	output

	o      int   // until where the output is filled
	n      int   // names and values in the innermost array or object
	name   bool  // the last token was a name
	around []int // n of those around it
	header header
}

// NewWriter returns a writer of JSON, each element and member on a line of its own, without a
// final line break. A token that is no JSON, for instance a text that is not UTF-8, is an error.
func NewWriter(out io.Writer, o *data.Options) data.Writer {
	return &writer{output: newOutput(out, true, o.TabSpace)}
}

// NewCompactWriter is as [NewWriter], without white space between tokens.
func NewCompactWriter(out io.Writer) data.Writer {
	return &writer{output: newOutput(out, false, 0)}
}

// Put writes a token.
func (w *writer) Put(t data.Token) (err error) {
	if w.o, err = w.room(w.o); err != nil {
		return err
	}
	if t.Kind == data.EndArray || t.Kind == data.EndObject {
		return w.shut(t.Kind)
	}
	if err = w.separate(); err != nil {
		return err
	}
	w.n++
	switch t.Kind {
	case data.BeginArray:
		w.begin('[')
	case data.BeginObject:
		w.begin('{')
	case data.Null:
		w.o += copy(w.out[w.o:], "null")
	case data.String:
		return w.text(t.Text)
	case data.Name:
		w.name = true
		return w.text(t.Text)
	default: // Bool and Number
		return w.raw(t.Text)
	}
	return nil
}

// separate writes what is between the last token and the next one, which is not a bracket that closes.
func (w *writer) separate() (err error) {
	switch {
	case w.name:
		w.name = false
		w.o = w.colon(w.o)
		return nil
	case len(w.around) == 0:
		return nil
	case w.n > 0:
		w.out[w.o] = ','
		w.o++
	}
	w.o, err = w.line(w.o)
	return err
}

func (w *writer) begin(bracket byte) {
	w.o = w.open(bracket, w.o)
	w.around = append(w.around, w.n)
	w.n = 0
}

func (w *writer) shut(kind data.Kind) (err error) {
	bracket := byte(']')
	if kind == data.EndObject {
		bracket = '}'
	}
	w.o, err = w.close(bracket, w.o, w.n == 0)
	last := len(w.around) - 1
	w.n, w.around = w.around[last], w.around[:last]
	return err
}

// raw writes bytes as they are.
func (w *writer) raw(b []byte) (err error) {
	for {
		n := copy(w.out[w.o:w.o+inputBytes], b)
		w.o += n
		if b = b[n:]; len(b) == 0 {
			return nil
		}
		if w.o, err = w.room(w.o); err != nil {
			return err
		}
	}
}

// text writes a string with the escapes that it must have.
func (w *writer) text(s []byte) (err error) {
	if !utf8.Valid(s) {
		return fmt.Errorf("write JSON: the text %.40q is not UTF-8", s)
	}
	w.out[w.o] = '"'
	w.o++
	for {
		part := s[:min(len(s), inputBytes/longestEscape)]
		w.o = quoted(w.out, w.o, part)
		if s = s[len(part):]; len(s) == 0 {
			break
		}
		if w.o, err = w.room(w.o); err != nil {
			return err
		}
	}
	w.out[w.o] = '"'
	w.o++
	return nil
}

// End writes what is left.
func (w *writer) End() error { return w.write(w.out[:w.o]) }

const longestEscape = 6 // times what it stands for

// quoted puts text at o, as it stands within a string, and returns where out goes on. Out has room for
// the longest escape of each byte and eight bytes more.
func quoted(out []byte, o int, text []byte) int {
	for len(text) >= 8 {
		x := load(text, 0)
		store(out, o, x)
		m := mustEscape(x)
		if m == 0 {
			text, o = text[8:], o+8
			continue
		}
		n := bits.TrailingZeros64(m) / 8
		o = escape(out, o+n, text[n])
		text = text[n+1:]
	}
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			o = escape(out, o, c)
		} else {
			out[o] = c
			o++
		}
	}
	return o
}

// escape puts the shortest escape of a character at o.
func escape(out []byte, o int, c byte) int {
	const digits = "0123456789abcdef"
	out[o] = '\\'
	if letter := escapeLetters[c]; letter != 0 {
		out[o+1] = letter
		return o + 2
	}
	return o + 1 + copy(out[o+1:], []byte{'u', '0', '0', digits[c>>4], digits[c&0xF]})
}

// escapeLetters are the letters of the escapes of two characters, 0 for characters that have none.
var escapeLetters = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
