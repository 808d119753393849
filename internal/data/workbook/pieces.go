package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	chunkBytes = 1 << 20
	headBytes  = 4 << 10 // by which a file is told
)

// A pieces is a file in memory, in pieces, for it grows without being copied.
type pieces struct {
	chunks [][]byte // each of chunkBytes but the last
	size   int64
}

// readPieces reads in to its end.
func readPieces(in io.Reader) (*pieces, error) {
	s := &pieces{}
	for {
		chunk := make([]byte, chunkBytes)
		n, err := io.ReadFull(in, chunk)
		s.size += int64(n)
		s.chunks = append(s.chunks, chunk[:n])
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return s, nil
		case err != nil:
			return nil, fmt.Errorf("read the workbook: %w", err)
		}
	}
}

// head is the beginning of the file.
func (s *pieces) head() []byte {
	return s.chunks[0][:min(len(s.chunks[0]), headBytes)]
}

// ReadAt reads a part of the file.
func (s *pieces) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off < 0 || off >= s.size {
			return n, io.EOF
		}
		m := copy(p[n:], s.chunks[off/chunkBytes][off%chunkBytes:])
		n += m
		off += int64(m)
	}
	return n, nil
}

// count counts a text in the file, those aside that two pieces share.
func (s *pieces) count(text string) int {
	n := 0
	for _, c := range s.chunks {
		n += bytes.Count(c, []byte(text))
	}
	return n
}
