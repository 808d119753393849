package bridge

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"claimcheck/internal/data"
)

// What a row was, its first byte.
const (
	ofScalar byte = iota
	ofObject
	ofArray
)

// The texts of what has nothing in it.
var (
	emptyObject = data.Token{Kind: data.String, Text: []byte("{}")}
	emptyArray  = data.Token{Kind: data.String, Text: []byte("[]")}
)

// cell adds a scalar to the row that is told: the number of its column, its kind, its length
// and its text.
func (r *Rower) cell(n *node, t data.Token) error {
	l := r.list
	if n.column < 0 {
		n.column = len(l.names)
		l.names = append(l.names, n)
		if len(l.names) > maxColumns {
			return tooWide()
		}
		if l.nameBytes += n.length; l.nameBytes > maxNames {
			return data.TooLarge("The names of the columns would have more than %d bytes.", maxNames)
		}
		l.arrays = l.arrays && n.parent != nil && n.parent.parent == nil
	}
	r.row = binary.AppendUvarint(r.row, uint64(n.column)) //nolint:gosec // not negative
	r.row = append(r.row, byte(t.Kind))
	r.row = binary.AppendUvarint(r.row, uint64(len(t.Text)))
	if r.row = append(r.row, t.Text...); len(r.row) > maxRowBytes {
		return tooLong()
	}
	return nil
}

// endRow keeps the row that was told aside, behind its length.
func (r *Rower) endRow() error {
	r.list.rows++
	var length [binary.MaxVarintLen64]byte
	if _, err := r.aside.Write(length[:binary.PutUvarint(length[:], uint64(len(r.row)))]); err != nil {
		return err
	}
	_, err := r.aside.Write(r.row)
	return err
}

// each calls f with each row of a list: what it was, its cells and their columns, which are good
// until it returns.
func (r *Rower) each(l *list, f func(was byte, columns []int, cells []data.Token) error) error {
	section, err := r.aside.Section(l.from, l.to-l.from)
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(section, 64<<10)
	var row []byte
	var columns []int
	var cells []data.Token
	for range l.rows {
		n, err := binary.ReadUvarint(in)
		if err != nil {
			return fmt.Errorf("read what was kept aside: %w", err)
		}
		if uint64(cap(row)) < n {
			row = make([]byte, 2*n)
		}
		row = row[:n]
		if _, err := io.ReadFull(in, row); err != nil {
			return fmt.Errorf("read what was kept aside: %w", err)
		}
		columns, cells = columns[:0], cells[:0]
		for rest := row[1:]; len(rest) > 0; {
			column, n := binary.Uvarint(rest)
			kind := data.Kind(rest[n])
			rest = rest[n+1:]
			length, n := binary.Uvarint(rest)
			columns = append(columns, int(column))                                       //nolint:gosec // it was one
			cells = append(cells, data.Token{Kind: kind, Text: rest[n : n+int(length)]}) //nolint:gosec // it was one
			rest = rest[n+int(length):]                                                  //nolint:gosec // as above
		}
		if err := f(row[0], columns, cells); err != nil {
			return err
		}
	}
	return nil
}
