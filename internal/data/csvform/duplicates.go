package csvform

import (
	"errors"
	"hash/maphash"
	"io"
	"math"

	"claimcheck/internal/data"
	"claimcheck/internal/data/spool"
)

// Bounds of what is held in memory: of rows and of hashes that are kept aside, in bytes, and of the
// rows whose hashes are known at once.
const (
	asideBytes = 1 << 20
	maxSeen    = 1 << 17
)

// RemoveDuplicates writes the rows of CSV without those that occurred before, or occur again: rows are
// equal that have the same fields, however they are quoted. The options say which of them stays; a header is
// no row, the delimiter stays. Failures are those of Read, and of temporary files.
//
// Rows are known by 127 bits of a hash whose key nobody knows, so that no two will ever be taken for
// the same. Memory has the hashes of the first rows; what is behind them, and all rows where
// that is not the first of equal ones, is kept aside, in memory for small inputs and in files for others.
func RemoveDuplicates(in io.Reader, out io.Writer, o *data.Options) error {
	r, err := open(in, o, false)
	if err != nil {
		return err
	}
	u := &unique{
		writer: &writer{out: out, encoder: encoder{delimiter: r.delimiter}}, line: encoder{delimiter: r.delimiter},
		keepFirst: o.Keep != "last" && o.Keep != "none", keepLast: o.Keep == "last",
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, seen: newSeen(maxSeen),
		rows: &shelf{aside: spool.New(asideBytes)}, hashes: newParts(),
	}
	defer u.rows.aside.Close()
	defer u.hashes.Close()
	for first := true; ; first = false {
		if err := r.next(); errors.Is(err, io.EOF) {
			return u.end()
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
}

// A unique is what RemoveDuplicates knows.
type unique struct {
	keepFirst, keepLast bool

	writer *writer
	line   encoder // of a row
	seeds  [2]maphash.Seed
	seen   *seen  // of rows that were written, or are aside
	rows   *shelf // that were not written yet
	hashes *parts // of those of them that are not seen
}

// row takes the next row.
func (u *unique) row(cells []data.Token) error {
	u.line.text = u.line.text[:0]
	u.line.cells(cells)
	h := hash{maphash.Bytes(u.seeds[0], u.line.text), maphash.Bytes(u.seeds[1], u.line.text) | 1}
	before, now := u.seen.add(h, u.rows.count)
	switch {
	case u.keepFirst && before:
		return nil
	case u.keepFirst && now:
		return u.writer.line(u.line.text)
	case !now:
		if err := u.hashes.add(h, u.rows.count); err != nil {
			return err
		}
	}
	return u.rows.add(u.line.text)
}

// end writes those rows that were kept aside and stay.
func (u *unique) end() error {
	stays := make(marks, (u.rows.count+63)/64)
	chosen := func(row uint64, alone bool) {
		if u.keepLast || alone {
			stays.set(row)
		}
	}
	if !u.keepFirst {
		u.seen.each(chosen)
	}
	part := u.seen // its memory
	part.reset(math.MaxInt)
	err := u.hashes.each(func(h hash, row uint64) {
		if before, _ := part.add(h, row); u.keepFirst && !before {
			stays.set(row)
		}
	}, func() {
		if !u.keepFirst {
			part.each(chosen)
		}
		part.reset(math.MaxInt)
	})
	if err != nil {
		return err
	}
	if err := u.rows.each(stays, u.writer.line); err != nil {
		return err
	}
	return u.writer.End()
}
