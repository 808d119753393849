package jsonform

import (
	"io"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"claimcheck/internal/data"
)

// Unescape writes the text that the one JSON string of in stands for. That text is JSON too. It
// fails as [Format] does; where the inner text is wrong, the position is that in the text of in.
func Unescape(in io.Reader, out io.Writer, _ *data.Options) error {
	outer := &unquoter{scanner: scanner{input: newInput(in), output: newOutput(nil, false, 0)}}
	outer.kept = true
	inner := &scanner{input: newInput(io.TeeReader(outer, out)), output: newOutput(io.Discard, false, 0)}
	inner.locate = outer.locate
	outer.needed = func() int64 { return inner.offset }
	if err := inner.run(); err != nil {
		return err
	}
	return outer.rest()
}

// An unquoter reads the text of a string. It is an io.Reader.
type unquoter struct {
	scanner

	i      int // where the scanner is
	begun  bool
	text   []byte // to be read
	failed error  // what comes behind text; io.EOF at the closing quote

	total  int64        // bytes of the text so far
	pieces []piece      // those of which the position may be asked for
	spare  [][]byte     // for the raw of pieces to come
	needed func() int64 // from where on in the text that may be
}

// A piece is a part of the string as it is written.
type piece struct {
	raw        []byte
	at         data.Position // of raw
	begin, end int64         // of what it stands for in the text
}

const smallPiece = 4 << 10 // to which the next is added

// Read reads the text.
func (u *unquoter) Read(p []byte) (int, error) {
	for len(u.text) == 0 {
		if u.failed != nil {
			return 0, u.failed
		}
		u.failed = u.fill()
	}
	n := copy(p, u.text)
	u.text = u.text[n:]
	return n, nil
}

// fill makes text of what comes next in the string.
func (u *unquoter) fill() error {
	if !u.begun {
		u.begun = true
		u.i = u.space(0)
		if u.in[u.i] != '"' {
			return u.mistake(u.i, "a JSON text in double quotes")
		}
		u.i++
	}
	at := u.position(u.i)
	o, err := u.part()
	u.keep(at, u.out[:o])
	if u.text = u.out[:o]; u.escaped {
		u.text, u.escaped = unescaped(u.text), false
	}
	u.total += int64(len(u.text))
	u.pieces[len(u.pieces)-1].end = u.total
	return err
}

// part copies what was read of the string to the output. Its error is io.EOF at the closing quote.
func (u *unquoter) part() (o int, err error) {
	i := u.i
	defer func() { u.i = i }()
	for o <= inputBytes {
		x := load(u.in, i)
		store(u.out, o, x)
		n := bits.TrailingZeros64(stops(x)) / 8
		i, o = i+n, o+n
		switch {
		case n == 8:
			continue
		case u.in[i] == '"':
			return o, io.EOF
		case o > 0 && i == u.end:
			return o, nil
		}
		if i, o, _, err = u.special(i, o, i); err != nil {
			return o, err
		}
	}
	return o, nil
}

// keep notes a piece, and forgets those that nobody asks for any more.
func (u *unquoter) keep(at data.Position, raw []byte) {
	needed := u.needed()
	u.pieces = slices.DeleteFunc(u.pieces, func(p piece) bool {
		if p.end < needed {
			u.spare = append(u.spare, p.raw)
		}
		return p.end < needed
	})
	last := len(u.pieces) - 1
	if last >= 0 && len(u.pieces[last].raw) < smallPiece {
		u.pieces[last].raw = append(u.pieces[last].raw, raw...)
		return
	}
	var own []byte
	if n := len(u.spare); n > 0 {
		own, u.spare = u.spare[n-1][:0], u.spare[:n-1]
	}
	u.pieces = append(u.pieces, piece{raw: append(own, raw...), at: at, begin: u.total})
}

// locate returns where a place of the text stands in the string.
func (u *unquoter) locate(offset int64) data.Position {
	for _, p := range u.pieces {
		if offset < p.end {
			return p.at.After(p.raw[:rawBytes(p.raw, int(offset-p.begin))])
		}
	}
	return u.position(u.i)
}

// rawBytes counts the bytes of a string that stand for so many bytes of its text.
func rawBytes(raw []byte, bytes int) (n int) {
	for bytes > 0 {
		switch {
		case raw[n] != '\\':
			n, bytes = n+1, bytes-1
		case raw[n+1] != 'u':
			n, bytes = n+2, bytes-1
		case utf16.IsSurrogate(hexUnit(raw[n:])):
			n, bytes = n+12, bytes-4
		default:
			bytes -= utf8.RuneLen(hexUnit(raw[n:]))
			n += 6
		}
	}
	return n
}

// rest reads what is behind the string.
func (u *unquoter) rest() error {
	i := u.space(u.i + 1)
	if i < u.end || u.err != io.EOF { //nolint:errorlint // only the bare value is the end of the text
		return u.mistake(i, "nothing but white space after the string")
	}
	return nil
}
