package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A Position is a line and a column of a text, counted from 1. Lines end at LF; columns
// count code points.
type Position struct{ Line, Column int }

// Start is where each text begins.
var Start = Position{1, 1}

// After returns the position behind text that begins at p. Text is valid UTF-8,
// whole characters or not: a character counts where it begins.
func (p Position) After(text []byte) Position {
	if lines := bytes.Count(text, []byte{'\n'}); lines > 0 {
		p.Line += lines
		p.Column = 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	p.Column += codePoints(text)
	return p
}

// String names the position in a sentence.
func (p Position) String() string { return fmt.Sprintf("line %d, column %d", p.Line, p.Column) }

// codePoints counts the bytes that begin a character, eight at a time.
func codePoints(text []byte) int {
	n := len(text)
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		n -= bits.OnesCount64(x & ^(x << 1) & 0x8080808080808080) // the bits 10 begin a continuation
	}
	for _, c := range text {
		if c&0xC0 == 0x80 {
			n--
		}
	}
	return n
}
