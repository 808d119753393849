package bridge

import (
	"strconv"

	"claimcheck/internal/data"
)

// scalarName is the column of elements that are scalars.
const scalarName = "value"

// End tells the table the rows.
func (r *Rower) End() error {
	if err := r.tables(); err != nil {
		return err
	}
	return r.to.End()
}

func (r *Rower) tables() error {
	if r.document {
		return r.ofDocument()
	}
	lists := r.lists()
	if lists == nil {
		data.CountSheets(r.to, 1)
		return r.single("", r.items)
	}
	data.CountSheets(r.to, len(lists))
	for _, l := range lists {
		if err := r.table(l, sheetName(l, lists), nil); err != nil {
			return err
		}
	}
	return nil
}

// lists are those whose elements are rows: the value itself, or else all that there is, each
// with an object or array in it, or empty beside such. Nil: there are none.
func (r *Rower) lists() (all []*list) {
	containers := false
	for _, i := range r.items {
		if i.list == nil || i.list.rows > 0 && !i.list.containers && len(r.items) > 1 {
			return nil
		}
		containers = containers || i.list.containers
		all = append(all, i.list)
	}
	if len(all) == 1 && all[0].outermost || containers {
		return all
	}
	return nil
}

// sheetName is the last name of a list's path, or all of it where that is another's too.
func sheetName(l *list, all []*list) string {
	for _, other := range all {
		if other != l && other.name == l.name {
			return l.path
		}
	}
	return l.name
}

// table tells a list, whose rows have further fields behind them.
func (r *Rower) table(l *list, name string, beside []item) error {
	if l.rows > 0 && len(l.names) == 0 {
		l.names = append(l.names, l.root) // rows of nothing
		l.arrays = false
	}
	if width := len(l.names) + len(beside); int64(l.rows)*int64(width) > maxCells {
		return data.TooLarge("The table would have %d rows of %d columns, which is more than %d cells.", l.rows, width, maxCells)
	}
	if l.rows == 0 || l.arrays {
		if err := r.to.Sheet(name, nil); err != nil {
			return err
		}
		return r.each(l, func(_ byte, _ []int, cells []data.Token) error { return r.to.Row(cells) })
	}
	var to []int // by the number of a column in what is kept aside, its place
	if r.document {
		to = l.fold()
	}
	var columns unique
	for _, n := range l.names {
		if n.parent == nil && r.document {
			columns.add(l.name)
			continue
		}
		columns.add(columnName("", n))
	}
	for _, f := range beside {
		columns.add(f.path)
	}
	if err := r.to.Sheet(name, columns.names); err != nil {
		return err
	}
	row := make([]data.Token, len(l.names), len(l.names)+len(beside))
	for _, f := range beside {
		row = append(row, f.cell)
	}
	return r.each(l, func(_ byte, columns []int, cells []data.Token) error {
		clear(row[:len(l.names)])
		for i, c := range columns {
			if to != nil {
				c = to[c]
			}
			row[c] = cells[i]
		}
		return r.to.Row(row)
	})
}

// columnName is that of a node, below a path.
func columnName(path string, n *node) string {
	name := string(n.under([]byte(path)))
	if name == "" && n.parent == nil {
		return scalarName
	}
	return name
}

// single tells one row of everything.
func (r *Rower) single(name string, items []item) error {
	var columns unique
	var row []data.Token
	size := 0
	add := func(name string, cell data.Token) error {
		columns.add(name)
		size += len(name) + len(cell.Text)
		row = append(row, data.Token{Kind: cell.Kind, Text: append([]byte(nil), cell.Text...)})
		if len(row) > maxColumns {
			return tooWide()
		}
		if size > maxRowBytes {
			return tooLong()
		}
		return nil
	}
	for _, i := range items {
		var err error
		switch {
		case i.list == nil && i.path == "" && len(items) == 1:
			err = add(scalarName, i.cell)
		case i.list == nil:
			err = add(i.path, i.cell)
		case i.list.rows == 0:
			err = add(i.path, emptyArray)
		default:
			err = r.spread(i.list, add)
		}
		if err != nil {
			return err
		}
	}
	if err := r.to.Sheet(name, columns.names); err != nil {
		return err
	}
	return r.to.Row(row)
}

// spread adds the cells of a list to one row.
func (r *Rower) spread(l *list, add func(string, data.Token) error) error {
	i := 0
	return r.each(l, func(was byte, columns []int, cells []data.Token) error {
		path := l.path + "[" + strconv.Itoa(i) + "]"
		if i++; len(cells) == 0 {
			return add(path, map[byte]data.Token{ofObject: emptyObject, ofArray: emptyArray}[was])
		}
		for j, c := range columns {
			if err := add(string(l.names[c].under([]byte(path))), cells[j]); err != nil {
				return err
			}
		}
		return nil
	})
}
