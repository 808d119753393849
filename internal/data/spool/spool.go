// Package spool keeps bytes aside until they are wanted: in memory up to a size, then in a
// temporary file that nobody else sees.
package spool

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
)

// A Spool is bytes that are written, then read. It is not safe for concurrent use.
type Spool struct {
	limit  int
	memory []byte
	file   *os.File
	out    *bufio.Writer
	size   int64
	length []byte // of a record, as it is written
}

// fileBytes are written to the file, and read of it, at once.
const fileBytes = 64 << 10

// New makes a Spool that holds up to limit bytes in memory. It must be closed.
func New(limit int) *Spool { return &Spool{limit: limit} }

// Write keeps p. It is all or an error.
func (s *Spool) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.file == nil && len(s.memory)+len(p) <= s.limit {
		s.memory = append(s.memory, p...)
		return len(p), nil
	}
	if s.file == nil {
		if err := s.begin(); err != nil {
			return 0, err
		}
	}
	if _, err := s.out.Write(p); err != nil {
		return 0, fmt.Errorf("write what is kept aside: %w", err)
	}
	return len(p), nil
}

// begin goes on in a file, which has no name where the system allows that.
func (s *Spool) begin() error {
	f, err := os.CreateTemp("", "claimcheck-*.spool")
	if err != nil {
		return fmt.Errorf("keep aside: %w", err)
	}
	_ = os.Remove(f.Name()) // Windows removes it when it is closed
	s.file, s.out = f, bufio.NewWriterSize(f, fileBytes)
	if _, err := s.out.Write(s.memory); err != nil {
		return fmt.Errorf("write what is kept aside: %w", err)
	}
	s.memory = nil
	return nil
}

// Size is how many bytes were written.
func (s *Spool) Size() int64 { return s.size }

// Section reads n bytes from an offset on, all of them written before. Sections may be read at
// the same time, until the next Write.
func (s *Spool) Section(from, n int64) (io.Reader, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory[from : from+n]), nil
	}
	if err := s.out.Flush(); err != nil {
		return nil, fmt.Errorf("write what is kept aside: %w", err)
	}
	return io.NewSectionReader(s.file, from, n), nil
}

// Close lets go of what was kept. It may be called again.
func (s *Spool) Close() {
	if s.file != nil {
		_ = s.file.Close() // it was not to stay
		_ = os.Remove(s.file.Name())
	}
	*s = Spool{limit: s.limit}
}
