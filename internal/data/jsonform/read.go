package jsonform

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"claimcheck/internal/data"
)

// Read tells a sink the one JSON value of in. Numbers are told as they are written. What is
// refused, and how, is as [Format] does it.
func Read(in io.Reader, _ *data.Options, to data.Sink) error {
	s := scanner{input: newInput(in), output: newOutput(nil, false, 0), to: to}
	s.kept = true
	return s.run()
}

// tell tells the sink of the token in out[from:o], and returns where the next begins.
func (s *scanner) tell(kind data.Kind, from, o int) (int, error) {
	t := data.Token{Kind: kind}
	switch kind {
	case data.Name, data.String:
		t.Text = s.out[from+1 : o-1]
		if s.escaped {
			t.Text = unescaped(t.Text)
			s.escaped = false
		}
	case data.Number, data.Bool:
		t.Text = s.out[from:o]
	default: // without a text
	}
	return 0, s.to.Put(t)
}

// unescaped puts the characters of a valid string where its escapes are: they are never longer.
func unescaped(text []byte) []byte {
	n := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c != '\\' {
			text[n] = c
			i, n = i+1, n+1
			continue
		}
		if c = text[i+1]; c != 'u' {
			text[n] = shortEscapes[c]
			i, n = i+2, n+1
			continue
		}
		r := hexUnit(text[i:])
		if i += 6; utf16.IsSurrogate(r) {
			r = utf16.DecodeRune(r, hexUnit(text[i:]))
			i += 6
		}
		n = len(utf8.AppendRune(text[:n], r))
	}
	return text[:n]
}
