package csvform

import (
	"encoding/binary"
	"fmt"
	"io"

	"claimcheck/internal/data/spool"
)

// A hash is of a row. It is never zero.
type hash [2]uint64

// seen is a table of hashes with open addressing, at most three quarters full until it
// takes no more.
type seen struct {
	hashes []hash
	last   []uint64 // twice the number of the last row that had a hash, and 1 if others had it before
	count  int
	most   int
}

// newSeen makes a table of at most so many hashes.
func newSeen(most int) *seen {
	const slots = 1 << 10
	return &seen{hashes: make([]hash, slots), last: make([]uint64, slots), most: most}
}

// add looks for the hash of a row and remembers it: that it was known before, and whether
// it is known now, for which there may be no room.
func (s *seen) add(h hash, row uint64) (before, now bool) {
	if s.count >= len(s.hashes)*3/4 && s.count < s.most {
		s.grow()
	}
	i := s.find(h)
	switch {
	case s.hashes[i] == h:
		s.last[i] = 2*row + 1
		return true, true
	case s.count >= s.most:
		return false, false
	}
	s.count++
	s.hashes[i], s.last[i] = h, 2*row
	return false, true
}

func (s *seen) grow() {
	hashes, last := s.hashes, s.last
	s.hashes, s.last = make([]hash, 2*len(hashes)), make([]uint64, 2*len(hashes))
	for i, h := range hashes {
		if h != (hash{}) {
			j := s.find(h)
			s.hashes[j], s.last[j] = h, last[i]
		}
	}
}

// find returns the slot where a hash is, or would be.
func (s *seen) find(h hash) uint64 {
	mask := uint64(len(s.hashes)) - 1
	for i := h[0] & mask; ; i = (i + 1) & mask {
		if s.hashes[i] == h || s.hashes[i] == (hash{}) {
			return i
		}
	}
}

// each calls f with the last row of each hash, and whether it was the only one.
func (s *seen) each(f func(row uint64, alone bool)) {
	for i, h := range s.hashes {
		if h != (hash{}) {
			f(s.last[i]/2, s.last[i]%2 == 0)
		}
	}
}

// reset forgets all hashes, and takes at most so many others.
func (s *seen) reset(most int) {
	clear(s.hashes)
	s.count, s.most = 0, most
}

// Sizes of the parts of hashes that are kept aside: how many parts, and the bytes of an entry, a hash and
// the number of its row, and of a block of them.
const (
	partCount  = 256
	entryBytes = 24
	blockBytes = 170 * entryBytes // about 4 KiB
)

// parts keep the hashes of rows aside, those together that begin alike, in blocks of one spool.
type parts struct {
	aside  *spool.Spool
	filled [partCount][]byte  // the last block of each part
	blocks [partCount][]int64 // where the others are
}

// newParts makes parts, which must be closed.
func newParts() *parts { return &parts{aside: spool.New(asideBytes)} }

func (p *parts) Close() { p.aside.Close() }

// add keeps the hash of a row. Rows come in their order.
func (p *parts) add(h hash, row uint64) error {
	part := h[0] >> 56
	b := p.filled[part]
	if len(b) == blockBytes {
		p.blocks[part] = append(p.blocks[part], p.aside.Size())
		if _, err := p.aside.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	if b == nil {
		b = make([]byte, 0, blockBytes)
	}
	b = binary.LittleEndian.AppendUint64(b, h[0])
	b = binary.LittleEndian.AppendUint64(b, h[1])
	p.filled[part] = binary.LittleEndian.AppendUint64(b, row)
	return nil
}

// each calls row with each hash of a part and its row, in the order of rows, then end, for one
// part after the other.
func (p *parts) each(row func(h hash, row uint64), end func()) error {
	block := make([]byte, blockBytes)
	for part := range partCount {
		for _, at := range p.blocks[part] {
			section, err := p.aside.Section(at, blockBytes)
			if err != nil {
				return err
			}
			if _, err := io.ReadFull(section, block); err != nil {
				return fmt.Errorf("read what was kept aside: %w", err)
			}
			entries(block, row)
		}
		entries(p.filled[part], row)
		end()
	}
	return nil
}

// entries calls row with those of a block.
func entries(block []byte, row func(h hash, row uint64)) {
	for ; len(block) > 0; block = block[entryBytes:] {
		row(hash{binary.LittleEndian.Uint64(block), binary.LittleEndian.Uint64(block[8:])}, binary.LittleEndian.Uint64(block[16:]))
	}
}

// A shelf is rows that are kept aside.
type shelf struct {
	aside *spool.Spool
	count uint64
}

// add keeps a row.
func (s *shelf) add(row []byte) error {
	s.count++
	return s.aside.Append(row)
}

// each calls f with the rows that stay, in their order.
func (s *shelf) each(stays marks, f func(row []byte) error) error {
	records, err := s.aside.Records(0, s.aside.Size())
	if err != nil {
		return err
	}
	for i := range s.count {
		if !stays.has(i) {
			if err := records.Skip(); err != nil {
				return err
			}
			continue
		}
		row, err := records.Next()
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// marks are a bit for each row.
type marks []uint64

func (m marks) set(i uint64)      { m[i/64] |= 1 << (i % 64) }
func (m marks) has(i uint64) bool { return m[i/64]>>(i%64)&1 == 1 }
