package basen

import (
	"fmt"
	"io"
)

// An Encoder writes bytes in letters. It is for one goroutine.
type Encoder struct {
	code *Code
	out  io.Writer
	rest []byte // the bytes of a group that is not whole
	buf  []byte
}

// blockBytes are read at once. Each code's groups of bytes and of letters fit in
// without a rest: it is divisible by 1, 3, 4, 5 and 8.
const blockBytes = 120 * 400

// NewEncoder returns an Encoder that writes to out, on one line.
func (c *Code) NewEncoder(out io.Writer) *Encoder {
	return &Encoder{code: c, out: out, rest: make([]byte, 0, 8), buf: make([]byte, blockBytes*2)}
}

// Write writes the letters of all whole groups. Its errors are those of out.
func (e *Encoder) Write(p []byte) (n int, err error) {
	n = len(p)
	if len(e.rest) > 0 {
		missing := min(e.code.bytes-len(e.rest), len(p))
		e.rest, p = append(e.rest, p[:missing]...), p[missing:]
		if len(e.rest) < e.code.bytes {
			return n, nil
		}
		if err := e.letters(e.rest); err != nil {
			return 0, err
		}
		e.rest = e.rest[:0]
	}
	last := len(p) - len(p)%e.code.bytes
	for whole := p[:last]; len(whole) > 0; {
		block := whole[:min(len(whole), blockBytes)]
		if err := e.letters(block); err != nil {
			return 0, err
		}
		whole = whole[len(block):]
	}
	e.rest = append(e.rest, p[last:]...)
	return n, nil
}

// Close writes the letters of the last group. It does not close out.
func (e *Encoder) Close() error {
	if len(e.rest) == 0 {
		return nil
	}
	last := e.rest
	e.rest = nil
	return e.letters(last)
}

func (e *Encoder) letters(src []byte) error {
	if _, err := e.out.Write(e.buf[:e.code.encode(e.buf, src)]); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// Encode writes the bytes of in, whatever they are, in letters. Its errors are those of in
// and out, wrapped.
func (c *Code) Encode(in io.Reader, out io.Writer) error {
	e := c.NewEncoder(out)
	if _, err := io.CopyBuffer(e, struct{ io.Reader }{in}, make([]byte, blockBytes)); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return e.Close()
}
