package jsonform

import (
	"io"
	"unicode/utf8"

	"claimcheck/internal/data"
)

const byteOrderMark = '\uFEFF'

// mistake is the fault for a text that cannot go on at i, where something else was expected. If
// the text was not read to there, it is the error for which that was so.
func (s *input) mistake(i int, want string) error {
	first := s.offset+int64(i) == 0
	i = s.ensure(i, utf8.UTFMax)
	text := s.in[i:s.end]
	if s.err != nil && s.err != io.EOF && !utf8.FullRune(text) { //nolint:errorlint // only the bare value is the end of the text
		return s.err
	}
	at := s.position(i)
	switch r, size := utf8.DecodeRune(text); {
	case size == 0:
		ends := "the input ends"
		if s.locate != nil {
			ends = "the text in quotes ends"
		}
		return data.Invalid(format, at, "Expected %s, but %s.", want, ends)
	case r == utf8.RuneError && size == 1:
		return data.BadEncoding(format, at, "Expected UTF-8, but this character is encoded otherwise.")
	case r == byteOrderMark && first && s.locate == nil:
		return data.Invalid(format, at, "Expected %s, but the input begins with a byte-order mark.", want)
	default:
		return data.Invalid(format, at, "Expected %s.", want)
	}
}

// position is where in[i] is in the text that a user has.
func (s *input) position(i int) data.Position {
	if s.locate != nil {
		return s.locate(s.offset + int64(i))
	}
	return s.at.After(s.in[:i])
}

const format = "JSON"

func tokenTooLarge() error {
	return data.TooLarge("One string, number or run of white space is larger than %d MiB.", maxTokenBytes>>20)
}
