package csvform

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/spool"
)

// asideBytes are held in memory of what is kept aside.
const asideBytes = 4 << 20

// RemoveDuplicates writes the rows of CSV without those that occurred before, or occur again: rows are
// equal that have the same fields, however they are quoted. The options say which of them stays; a header is
// no row, the delimiter stays. Failures are those of Read, and of temporary files.
//
// Rows are known by 128 bits of a hash whose key nobody knows, so that no two will ever be taken for
// the same. Memory has the hashes of the first rows; what is behind them, and all rows where
// that is not the first of equal ones, is kept aside, in memory for small inputs and in files for others.
func RemoveDuplicates(in io.Reader, out io.Writer, o *data.Options) error {
	r, err := open(in, o)
	if err != nil {
		return err
	}
	u := &unique{
		writer:    &writer{out: out, encoder: encoder{delimiter: r.delimiter}},
		keepFirst: o.Keep != "last" && o.Keep != "none", keepLast: o.Keep == "last",
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		seen:  newSeen(), aside: spool.New(asideBytes), sorted: newSorter(),
	}
	defer u.aside.Close()
	defer u.sorted.Close()
	for first := true; ; first = false {
		if err := r.next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if first && o.HasHeader {
			err = u.writer.Row(r.cells)
		} else {
			err = u.row(r.cells)
		}
		if err != nil {
			return err
		}
	}
	return u.end()
}

// A unique is what RemoveDuplicates knows.
type unique struct {
	writer              *writer
	keepFirst, keepLast bool
	seeds               [2]maphash.Seed
	line                encoder // of a row
	seen                *seen   // rows that have a slot in memory

	aside  *spool.Spool // rows, each behind its length
	count  uint64       // of those
	sorted *sorter      // the hashes of those that are not seen
	length [binary.MaxVarintLen64]byte
}

// row takes the next row.
func (u *unique) row(cells []data.Token) error {
	u.line.delimiter = u.writer.delimiter
	u.line.text = u.line.text[:0]
	u.line.cells(cells)
	h := hash{maphash.Bytes(u.seeds[0], u.line.text), maphash.Bytes(u.seeds[1], u.line.text)}
	slot, known := u.seen.slot(h)
	switch {
	case u.keepFirst && known:
		return nil
	case u.keepFirst && slot != nil:
		return u.writer.line(u.line.text)
	case slot == nil:
		if err := u.sorted.add(entry{h, u.count}); err != nil {
			return err
		}
	default:
		slot.again = known
		slot.index = u.count
	}
	u.count++
	n := binary.PutUvarint(u.length[:], uint64(len(u.line.text)))
	if _, err := u.aside.Write(u.length[:n]); err != nil {
		return err
	}
	_, err := u.aside.Write(u.line.text)
	return err
}

// end writes those rows that were kept aside and stay.
func (u *unique) end() error {
	stays, err := u.chosen()
	if err != nil {
		return err
	}
	section, err := u.aside.Section(0, u.aside.Size())
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(section, bufferBytes)
	for i := range u.count {
		n, err := binary.ReadUvarint(in)
		if err != nil {
			return fmt.Errorf("read what was kept aside: %w", err)
		}
		if !stays.has(i) {
			if _, err := io.CopyN(io.Discard, in, int64(n)); err != nil { //nolint:gosec // it was the length of a row
				return fmt.Errorf("read what was kept aside: %w", err)
			}
			continue
		}
		u.line.text = append(u.line.text[:0], make([]byte, n)...)
		if _, err := io.ReadFull(in, u.line.text); err != nil {
			return fmt.Errorf("read what was kept aside: %w", err)
		}
		if err := u.writer.line(u.line.text); err != nil {
			return err
		}
	}
	return u.writer.End()
}

// chosen are the rows kept aside that stay.
func (u *unique) chosen() (marks, error) {
	stays := make(marks, (u.count+63)/64)
	if !u.keepFirst {
		for _, s := range u.seen.slots {
			if s.used && (u.keepLast || !s.again) {
				stays.set(s.index)
			}
		}
	}
	err := u.sorted.groups(func(first, last uint64) {
		switch {
		case u.keepFirst:
			stays.set(first)
		case u.keepLast || first == last:
			stays.set(last)
		}
	})
	return stays, err
}

// marks are a bit for each row.
type marks []uint64

func (m marks) set(i uint64)      { m[i/64] |= 1 << (i % 64) }
func (m marks) has(i uint64) bool { return m[i/64]>>(i%64)&1 == 1 }
