package foreign

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Writer returns a writer that makes the text of many lines that is written to it
// harmless, but for its line breaks (\r\n becomes \n) and tabs, and hands it on to w. Characters may
// be split between two writes: what is left of one that is not complete at the end
// is written by Close, which does not close w. It is not safe for concurrent use.
func Writer(w io.Writer) io.WriteCloser { return &writer{to: w} }

type writer struct {
	to   io.Writer
	rest []byte // the beginning of a character
}

// Write hands on what is complete.
func (w *writer) Write(p []byte) (int, error) {
	text := append(w.rest, p...)
	end := complete(text)
	w.rest = append([]byte(nil), text[end:]...)
	if _, err := io.WriteString(w.to, lines(text[:end])); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close hands on the rest.
func (w *writer) Close() error {
	rest := w.rest
	w.rest = nil
	_, err := io.WriteString(w.to, lines(rest))
	return err
}

// complete is how many bytes do not belong to a character whose end is not there,
// nor are a CR behind which there may be a line feed.
func complete(text []byte) int {
	for n := 1; n <= utf8.UTFMax && n <= len(text); n++ {
		tail := text[len(text)-n:]
		switch {
		case n == 1 && tail[0] == '\r':
			return len(text) - 1
		case utf8.RuneStart(tail[0]):
			if !utf8.FullRune(tail) {
				return len(text) - n
			}
			return len(text)
		}
	}
	return len(text)
}

// lines makes text harmless that has several lines.
func lines(text []byte) string {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return harmless(string(text), func(to []byte, r rune, bad byte) []byte {
		if r == '\n' || r == '\t' {
			return append(to, byte(r))
		}
		return escape(to, r, bad)
	})
}
