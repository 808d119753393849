package jsonform

import (
	"io"

	"claimcheck/internal/data"
)

// Validate reads the one JSON value of in. It fails as [Format] does.
func Validate(in io.Reader, _ *data.Options) error { return Minify(in, io.Discard, nil) }

// Escape writes the text of in, which is JSON, as one JSON string. It fails as [Format] does.
func Escape(in io.Reader, out io.Writer, _ *data.Options) error {
	q := &quoter{output: newOutput(out, false, 0)}
	q.put('"')
	if err := Validate(io.TeeReader(in, q), nil); err != nil {
		return err
	}
	q.put('"')
	return q.write(q.out[:q.o])
}

// A quoter writes text as it stands within a string.
type quoter struct {
	output

	o int // until where the output is filled
}

func (q *quoter) put(c byte) {
	q.out[q.o] = c
	q.o++
}

func (q *quoter) Write(text []byte) (n int, err error) {
	for n < len(text) {
		part := text[n:min(len(text), n+inputBytes/longestEscape)]
		q.o = quoted(q.out, q.o, part)
		n += len(part)
		if q.o, err = q.room(q.o); err != nil {
			return n, err
		}
	}
	return n, nil
}
