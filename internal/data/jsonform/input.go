package jsonform

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"

	"claimcheck/internal/data"
)

const (
	inputBytes    = 64 << 10 // read at once
	padBytes      = 32       // behind what was read, so that eight bytes can be looked at anywhere
	maxTokenBytes = 64 << 20
	maxEmptyReads = 100 // in a row
)

// An input is a text in pieces. Behind what was read of it is a NUL, which nothing of JSON
// goes on over, so that its end need not be looked for.
type input struct {
	src io.Reader
	in  []byte // in[:end] was read and is not done with
	end int
	err error // why there is no more; io.EOF at the end of the text

	offset int64         // of in[0]
	at     data.Position // of in[0]
	wide   int           // bytes of in that were passed and begin no character

	locate func(offset int64) data.Position // in the text of a user, if this is but a part of that
}

func newInput(src io.Reader) input {
	return input{src: src, in: make([]byte, inputBytes+padBytes), at: data.Start}
}

// more is done with what is before i, and reads more if there is more. It returns where
// in[i] is now.
func (s *input) more(i int) int {
	if i > 0 {
		s.pass(i)
	}
	s.end = copy(s.in, s.in[i:s.end])
	if s.err == nil {
		s.read()
	}
	clear(s.in[s.end : s.end+padBytes])
	return 0
}

// read reads what there is, at least a byte, or notes why there is none.
func (s *input) read() {
	for range maxEmptyReads {
		n, err := s.src.Read(s.in[s.end:inputBytes])
		s.end += n
		switch {
		case err == io.EOF: // only the bare value is the end of the text
			s.err = io.EOF
		case err != nil:
			s.err = fmt.Errorf("read JSON: %w", err)
		}
		if n > 0 || err != nil {
			return
		}
	}
	s.err = fmt.Errorf("read JSON: %w", io.ErrNoProgress)
}

// pass is done with what is before i.
func (s *input) pass(i int) {
	done := s.in[:i]
	if bytes.IndexByte(done, '\n') < 0 {
		s.at.Column += i - s.wide
	} else {
		s.at = s.at.After(done)
	}
	s.offset += int64(i)
	s.wide = 0
}

// space returns where the white space that may be at i ends. At the end of the text that is the end.
func (s *input) space(i int) int {
	for start := i; ; {
		switch s.in[i] {
		case ' ', '\n', '\t', '\r':
			i++
			i += bits.TrailingZeros64(otherThanSpace(load(s.in, i))) / 8
			continue
		}
		if i < s.end || s.err != nil {
			return i
		}
		if i-start > maxTokenBytes {
			s.err = tokenTooLarge()
			return i
		}
		start -= i
		i = s.more(i)
	}
}

// ensure reads until there are n bytes from i on, or no more. It returns where in[i] is now.
func (s *input) ensure(i, n int) int {
	for s.end-i < n && s.err == nil {
		i = s.more(i)
	}
	return i
}
