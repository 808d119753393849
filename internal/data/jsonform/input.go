package jsonform

import (
	"bufio"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/data"
)

const (
	inputBytes    = 64 << 10 // read at once
	maxChunkBytes = 1 << 20  // handed to the decoder at once
	maxTokenBytes = 64 << 20
)

// An input is what the decoder reads from. It knows the position of the
// decoder's offset, bounds the decoder's buffer, and marks errors of the reader beneath it so that nobody takes them for bad JSON.
//
// The decoder asks for more only when what it has does not complete a token.
// So at each Read its offset is either where it was at the Read before or
// within the chunk given then, and one chunk is all that must be kept to know
// its position.
type input struct {
	src *bufio.Reader
	dec *jsontext.Decoder
	err error // from src, to be given once all before it was

	settled    data.Position // of the decoder's offset when last looked
	chunk      []byte        // the last one given
	chunkStart data.Position
	chunkBegin int64 // its offset
}

func newInput(r io.Reader) *input {
	in := &input{
		src:        bufio.NewReaderSize(r, inputBytes),
		settled:    data.Start,
		chunkStart: data.Start,
	}
	in.dec = jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true))
	return in
}

// A readError is an error of the reader, and not of the text.
type readError struct{ err error }

func (e *readError) Error() string { return "read JSON: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// Read fills p for the decoder. It gives fewer bytes only at the end, before an
// error, and beyond maxChunkBytes: the decoder moves its buffer at each Read,
// which for a large token must not happen often.
func (in *input) Read(p []byte) (n int, err error) {
	in.chunkStart = in.settle()
	in.chunkBegin += int64(len(in.chunk))
	in.chunk = in.chunk[:0]
	if in.chunkBegin-in.dec.InputOffset() > maxTokenBytes+maxChunkBytes {
		return 0, &readError{tokenTooLarge()}
	}
	p = p[:min(len(p), maxChunkBytes)]
	for n < len(p) && in.err == nil {
		var m int
		m, in.err = in.src.Read(p[n:])
		n += m
	}
	if n > 0 {
		in.chunk = append(in.chunk, p[:n]...)
		return n, nil
	}
	if in.err == io.EOF { //nolint:errorlint // only the bare value is the end of the text
		return 0, io.EOF
	}
	return 0, &readError{in.err}
}

// settle moves settled to the decoder's offset and returns the position of the
// chunk's end.
func (in *input) settle() (end data.Position) {
	used := in.dec.InputOffset() - in.chunkBegin
	if used < 0 { // in a token that began before the chunk
		return in.chunkStart.After(in.chunk)
	}
	in.settled = in.chunkStart.After(in.chunk[:used])
	return in.settled.After(in.chunk[used:])
}

// readErrorIn returns the reader's error in err's chain, or nil if err is about
// the text.
func readErrorIn(err error) error {
	if e, ok := errors.AsType[*readError](err); ok {
		return e
	}
	return nil
}
