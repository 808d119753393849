package jsonform

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/fault"
)

// failure turns an error of the decoder into the reader's error or a fault with
// line and column. What the decoder says of a mistake is not used, so err may
// be nil for one that it allows.
func (c *copier) failure(err error) error {
	if e := readErrorIn(err); e != nil {
		return e
	}
	text := c.dec.UnreadBuffer()
	if r, size := utf8.DecodeLastRune(text); r == utf8.RuneError && size == 1 {
		more, _ := c.in.src.Peek(utf8.UTFMax - 1) // the mistake may be a character of which not all was read
		text = append(bytes.Clone(text), more...)
	}
	m := findMistake(text, c.state())
	code, reason := "INVALID_JSON", "Expected "+m.want
	switch r, size := utf8.DecodeRune(text[m.offset:]); {
	case size == 0:
		reason += ", but the input ends"
	case r == utf8.RuneError && size == 1:
		code, reason = "INVALID_ENCODING", "Expected UTF-8, but this character is encoded otherwise"
	case r == byteOrderMark && c.dec.InputOffset()+int64(m.offset) == 0:
		reason += ", but the input begins with a byte-order mark"
	}
	return c.fault(code, reason+".", text[:m.offset])
}

const byteOrderMark = '\uFEFF'

// tooDeep is the fault for a bracket that the decoder has only peeked at.
func (c *copier) tooDeep() error {
	text := c.dec.UnreadBuffer()
	begin := len(text) - len(bytes.TrimLeft(text, " \t\r\n,:"))
	reason := fmt.Sprintf("Expected at most %d levels of arrays and objects.", maxDepth)
	return c.fault("INVALID_JSON", reason, text[:begin])
}

// fault makes the fault for a mistake behind the decoder's offset and the text
// that follows it. Its message is the same for all; what was expected is the
// reason, a sentence.
func (c *copier) fault(code, reason string, text []byte) error {
	c.in.settle()
	p := c.in.settled.After(text)
	return fault.New(fault.Invalid, code, "JSON validation failed.").
		With("line", p.Line).With("column", p.Column).With("reason", reason)
}

// state says where the decoder stands.
func (c *copier) state() state {
	depth := c.dec.StackDepth()
	parent, n := c.dec.StackIndex(depth)
	switch {
	case depth == 0 && n == 0:
		return atStart
	case depth == 0:
		return afterDocument
	case parent == jsontext.KindBeginArray && n == 0:
		return afterBracket
	case parent == jsontext.KindBeginArray:
		return afterElement
	case n == 0:
		return afterBrace
	case n%2 == 1:
		return afterName
	default:
		return afterMember
	}
}

func tokenTooLarge() error {
	return fault.New(fault.TooLarge, "FILE_TOO_LARGE",
		"One string, number or run of white space is larger than %d MiB.", maxTokenBytes>>20)
}

func namesTooLarge() error {
	return fault.New(fault.TooLarge, "FILE_TOO_LARGE",
		"The names of nested members are together larger than %d MiB.", maxTokenBytes>>20)
}
