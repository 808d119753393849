package bridge

import (
	"encoding/binary"

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

// endRow keeps the row that was told aside.
func (r *Rower) endRow() error {
	r.list.rows++
	return r.aside.Append(r.row)
}

// each calls f with each row of a list: what it was, its cells and their columns, which are good
// until it returns.
func (r *Rower) each(l *list, f func(was byte, columns []int, cells []data.Token) error) error {
	records, err := r.aside.Records(l.from, l.to)
	if err != nil {
		return err
	}
	var columns []int
	var cells []data.Token
	for range l.rows {
		row, err := records.Next()
		if err != nil {
			return err
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
