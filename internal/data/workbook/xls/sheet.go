package xls

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

const (
	maxColumns = 256 // of a sheet
	// Cells of a sheet whose rows are not in order are sorted in memory: so many of them, with so many bytes.
	maxSorted      = 4_000_000
	maxSortedBytes = 64 << 20
)

// A sheet is one of a workbook.
type sheet struct {
	book *book
	name string
	from int64 // where it begins in the stream

	known  bool // whether it is sorted or needs not to be
	sorted []placed
}

// A placed value is a cell of a sheet that had to be sorted.
type placed struct {
	row, column int
	value       data.Token
}

// Name is the sheet's.
func (s *sheet) Name() string { return s.name }

// Cells tells the cells. Some programs write them in the order in which they were set.
func (s *sheet) Cells(tell func(row, column int, value data.Token) error) error {
	if !s.known {
		if err := s.look(); err != nil {
			return err
		}
	}
	if s.sorted == nil {
		return s.scan(tell)
	}
	for _, p := range s.sorted {
		if err := tell(p.row, p.column, p.value); err != nil {
			return err
		}
	}
	return nil
}

// look sorts the cells if they must be.
func (s *sheet) look() error {
	last, inOrder := 0, true
	err := s.scan(func(row, _ int, _ data.Token) error {
		inOrder = inOrder && row >= last
		last = row
		return nil
	})
	if err != nil {
		return err
	}
	if s.known = true; inOrder {
		return nil
	}
	size := 0
	err = s.scan(func(row, column int, value data.Token) error {
		if size += len(value.Text); len(s.sorted) == maxSorted || size > maxSortedBytes {
			return data.TooLarge("The rows of sheet %q are not in order, and it is too large to be sorted: more than %d cells or %d bytes.", s.name, maxSorted, maxSortedBytes)
		}
		value.Text = bytes.Clone(value.Text)
		s.sorted = append(s.sorted, placed{row, column, value})
		return nil
	})
	slices.SortStableFunc(s.sorted, func(a, b placed) int { return cmp.Compare(a.row, b.row) })
	return err
}

// scan tells the cells as they come.
func (s *sheet) scan(tell func(row, column int, value data.Token) error) error {
	r := newRecords(s.book.in, s.from, s.book.in.size)
	if !s.known {
		r.budget = &s.book.unread
	}
	if ok, err := r.next(); err != nil {
		return err
	} else if !ok || r.id != recBOF || len(r.data) < 4 || u16(r.data[2:]) != sheetKind {
		return grid.At(damaged("a sheet does not begin where it should"), s.name)
	}
	c := &cells{sheet: s, records: r, tell: tell}
	for depth := 1; depth > 0; {
		ok, err := r.next()
		switch {
		case err != nil:
			return grid.At(err, s.name)
		case !ok:
			return grid.At(damaged("it ends within a sheet"), s.name)
		case r.id == recBOF: // of a chart on the sheet
			depth++
		case r.id == recEOF:
			depth--
		case depth == 1:
			if err := c.record(); err != nil {
				return err
			}
		}
	}
	return nil
}

// cells reads the records of a sheet.
type cells struct {
	*sheet
	*records

	tell func(row, column int, value data.Token) error
	room []byte // for what is printed

	row, column, format int // of the cell
}

// cellBytes is how many the record of a cell has at least, 0 for other records.
func cellBytes(id int) int {
	switch id {
	case recNumber, recFormula:
		return 14
	case recRK, recLabelSst:
		return 10
	case recLabel, recRString:
		return 9
	case recBoolErr, recMulRk:
		return 8
	default:
		return 0
	}
}

// record tells the cells of a record, if it has any.
func (c *cells) record() error {
	least := cellBytes(c.id)
	if least == 0 {
		return nil
	}
	if len(c.data) < least {
		return grid.At(damaged("a cell is not whole"), c.name)
	}
	c.row, c.column, c.format = u16(c.data), u16(c.data[2:]), u16(c.data[4:])
	if c.column >= maxColumns {
		return grid.At(damaged("a cell is behind the last column"), c.name)
	}
	switch body := c.data[6:]; c.id {
	case recNumber:
		return c.number(math.Float64frombits(binary.LittleEndian.Uint64(body)))
	case recRK:
		return c.number(rk(u32(body)))
	case recMulRk:
		return c.numbers(c.data[4 : len(c.data)-2])
	case recLabelSst:
		text, ok := c.book.text(u32(body))
		if !ok {
			return c.bad("The workbook is damaged: the cell has a text that is not there.")
		}
		return c.string(text)
	case recBoolErr:
		if body[1] != 0 {
			return c.error(body[0])
		}
		return c.boolean(body[0])
	case recFormula:
		return c.formula(body[:8])
	default:
		text, err := c.reading(body).text(c.room[:0], 2)
		if err != nil {
			return grid.At(err, c.name)
		}
		c.room = text
		return c.string(text)
	}
}

func (c *cells) bad(reason string) error { return grid.BadCell(c.name, c.row, c.column, "%s", reason) }

// rk undoes the short form of numbers ([MS-XLS] 2.5.217).
func rk(n uint32) float64 {
	f := 0.0
	if n&2 != 0 {
		f = float64(int32(n) >> 2) //nolint:gosec // the sign is in its upper bit
	} else {
		f = math.Float64frombits(uint64(n&^3) << 32)
	}
	if n&1 != 0 {
		f /= 100
	}
	return f
}

// numbers tells cells beside each other: a format and a short number for each.
func (c *cells) numbers(rest []byte) error {
	for ; len(rest) >= 6; rest = rest[6:] {
		if c.column >= maxColumns {
			return grid.At(damaged("a cell is behind the last column"), c.name)
		}
		c.format = u16(rest)
		if err := c.number(rk(u32(rest[2:]))); err != nil {
			return err
		}
		c.column++
	}
	return nil
}

// number tells a number, or a date where the cell shows it as one.
func (c *cells) number(f float64) error {
	if c.format < len(c.book.formats) {
		if text, ok := grid.AppendSerial(c.room[:0], f, c.book.formats[c.format], c.book.date1904); ok {
			c.room = text
			return c.string(text)
		}
	}
	value, room := grid.Double(c.room[:0], f)
	c.room = room
	return c.tell(c.row, c.column, value)
}

func (c *cells) string(text []byte) error {
	return c.tell(c.row, c.column, data.Token{Kind: data.String, Text: text})
}

func (c *cells) boolean(v byte) error {
	text := []byte("true")
	if v == 0 {
		text = []byte("false")
	}
	return c.tell(c.row, c.column, data.Token{Kind: data.Bool, Text: text})
}

// errorTexts are what cells with an error show ([MS-XLS] 2.5.10).
var errorTexts = map[byte]string{0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA"}

func (c *cells) error(code byte) error {
	text, ok := errorTexts[code]
	if !ok {
		return c.bad("The workbook is damaged: the cell has an error that is not known.")
	}
	return c.string([]byte(text))
}

// formula tells the stored result of a formula: a number, or in its place what it is
// ([MS-XLS] 2.5.133).
func (c *cells) formula(result []byte) error {
	if result[6] != 0xFF || result[7] != 0xFF {
		return c.number(math.Float64frombits(binary.LittleEndian.Uint64(result)))
	}
	switch kind, v := result[0], result[2]; kind {
	case 0:
		return c.formulaText()
	case 1:
		return c.boolean(v)
	case 2:
		return c.error(v)
	case 3:
		return c.string(nil)
	default:
		return c.bad("The workbook is damaged: the cell's formula has a result that is not known.")
	}
}

// formulaText tells the text that is the result of a formula, in a record behind it.
func (c *cells) formulaText() error {
	row, column := c.row, c.column
	for c.nextIs(recShrFmla, recArray, recTable, recContinue) {
		if _, err := c.next(); err != nil {
			return grid.At(err, c.name)
		}
	}
	if !c.nextIs(recString) {
		return grid.BadCell(c.name, row, column, "The cell has a formula without a stored result: open the workbook in a spreadsheet program and save it.")
	}
	if _, err := c.next(); err != nil {
		return grid.At(err, c.name)
	}
	text, err := c.reading(c.data).text(c.room[:0], 2)
	if err != nil {
		return grid.At(err, c.name)
	}
	c.room = text
	return c.string(text)
}
