package spool

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// Append keeps a record, behind its length. It is all or an error.
func (s *Spool) Append(record []byte) error {
	s.length = binary.AppendUvarint(s.length[:0], uint64(len(record)))
	if _, err := s.Write(s.length); err != nil {
		return err
	}
	_, err := s.Write(record)
	return err
}

// Records reads what Append has kept.
type Records struct {
	in     *bufio.Reader
	record []byte
}

// Records reads the records between two offsets, as [Spool.Section] reads bytes. Who reads them
// knows how many there are.
func (s *Spool) Records(from, to int64) (*Records, error) {
	section, err := s.Section(from, to-from)
	if err != nil {
		return nil, err
	}
	return &Records{in: bufio.NewReaderSize(section, fileBytes)}, nil
}

// Next reads the next record, which is good until the one after it is read.
func (r *Records) Next() ([]byte, error) {
	n, err := binary.ReadUvarint(r.in)
	if err == nil {
		if uint64(cap(r.record)) < n {
			r.record = make([]byte, 2*n)
		}
		r.record = r.record[:n]
		_, err = io.ReadFull(r.in, r.record)
	}
	if err != nil {
		return nil, fmt.Errorf("read what was kept aside: %w", err)
	}
	return r.record, nil
}

// Skip passes over the next record.
func (r *Records) Skip() error {
	n, err := binary.ReadUvarint(r.in)
	if err == nil {
		_, err = r.in.Discard(int(n)) //nolint:gosec // it was the length of a record
	}
	if err != nil {
		return fmt.Errorf("read what was kept aside: %w", err)
	}
	return nil
}
