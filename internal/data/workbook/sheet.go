package workbook

import (
	"errors"
	"strconv"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

// A part is a sheet, in a part of its own.
type part struct {
	book       *book
	name, path string
}

// Name is the sheet's.
func (p *part) Name() string { return p.name }

// Cells reads the part.
func (p *part) Cells(tell func(row, column int, value data.Token) error) error {
	c := cells{part: p, tell: tell, row: -1, kind: make([]byte, 0, 16)}
	return p.book.files.scan(p.path, maxUnpacked, c.event)
}

// cells reads the cells of a part.
type cells struct {
	*part

	tell func(row, column int, value data.Token) error
	in   bool // the element with the rows

	inCell      bool
	row, column int // from 0
	style       int // of the cell
	kind        []byte
	formula     bool // the cell has one
	valued      bool // the cell has a value, even if that is empty

	inValue, inText bool
	rich            richText
	text            []byte // of the cell's value
	room            []byte // for what is printed
}

// event reads an event of the part.
func (c *cells) event(x *scanner) error {
	switch {
	case x.event == chars:
		return c.chars(x)
	case string(x.name) == "sheetData":
		c.in = x.event == begun
	case !c.in:
	case x.event == begun:
		return c.begin(x)
	case !c.inCell:
	case string(x.name) == "c":
		return c.end()
	case string(x.name) == "v":
		c.inValue = false
	case string(x.name) == "is":
		c.inText = false
	case c.inText:
		_, err := c.rich.event(x, nil)
		return err
	}
	return nil
}

func (c *cells) chars(x *scanner) error {
	var err error
	switch {
	case c.inValue:
		c.text, err = x.appendText(c.text)
	case c.inText:
		c.text, err = c.rich.event(x, c.text)
	}
	if err != nil {
		return c.bad("The cell cannot be read: %v.", err)
	}
	if len(c.text) > maxToken {
		return data.TooLarge("A cell of sheet %q has more than %d bytes of text.", c.name, maxToken)
	}
	return nil
}

func (c *cells) begin(x *scanner) error {
	switch name := string(x.name); {
	case name == "row":
		return c.beginRow(x)
	case name == "c":
		return c.beginCell(x)
	case !c.inCell:
	case name == "f":
		c.formula = true
	case name == "v":
		c.inValue, c.valued = true, true
	case name == "is":
		c.inText, c.valued = true, true
		c.rich = richText{}
	case c.inText:
		_, err := c.rich.event(x, nil)
		return err
	}
	return nil
}

// beginRow finds out which row this is: the next where it does not say.
func (c *cells) beginRow(x *scanner) error {
	row := c.row + 1
	for a := range x.attributes() {
		if string(a.name) == "r" {
			row = integer(a.value) - 1
		}
	}
	switch {
	case row <= c.row:
		return grid.At(grid.Bad("The workbook is damaged: its rows do not ascend after row %d.", c.row+1), c.name)
	case row >= MaxRows:
		return grid.At(grid.Bad("The workbook is damaged: it has a row behind the last, which is %d.", MaxRows), c.name)
	}
	c.row, c.column, c.inCell = row, -1, false
	return nil
}

// beginCell finds out which cell this is: the next where it does not say.
func (c *cells) beginCell(x *scanner) error {
	if c.row < 0 {
		return grid.At(grid.Bad("The workbook is damaged: a cell is in no row."), c.name)
	}
	c.column++
	c.inCell, c.inValue, c.inText = true, false, false
	c.style, c.kind, c.text, c.formula, c.valued = 0, c.kind[:0], c.text[:0], false, false
	for a := range x.attributes() {
		switch string(a.name) {
		case "r":
			column, row := reference(a.value)
			if row != c.row || column < 0 || column >= MaxColumns {
				return grid.At(grid.Bad("The workbook is damaged: a cell of row %d is called %.20q.", c.row+1, a.value), c.name)
			}
			c.column = column
		case "s":
			c.style = integer(a.value)
		case "t":
			c.kind = append(c.kind, a.value...)
		}
	}
	if c.column >= MaxColumns {
		return grid.At(grid.Bad("The workbook is damaged: row %d has a cell behind the last, which is %d.", c.row+1, MaxColumns), c.name)
	}
	return nil
}

// reference reads the name of a cell, for instance C7: both count from 0, and are -1 where it has none.
func reference(name []byte) (column, row int) {
	i := 0
	for ; i < len(name) && i < 4; i++ {
		c := name[i] | 0x20
		if c < 'a' || c > 'z' {
			break
		}
		column = column*26 + int(c-'a') + 1
	}
	return column - 1, integer(name[i:]) - 1
}

func (c *cells) bad(reason string, args ...any) error {
	return grid.BadCell(c.name, c.row, c.column, reason, args...)
}

// noResult is said of a cell whose formula would have to be calculated.
const noResult = "The cell has a formula without a stored result: open the workbook in a spreadsheet program and save it."

// end tells the cell.
func (c *cells) end() error {
	c.inCell, c.inValue, c.inText = false, false, false
	value, err := c.value()
	if err != nil || value.Kind == data.Null {
		return err
	}
	return c.tell(c.row, c.column, value)
}

// value is what the cell holds.
func (c *cells) value() (data.Token, error) {
	isText := string(c.kind) == "str" || string(c.kind) == "inlineStr"
	if !isText {
		c.text = trimLeft(trimRight(c.text))
	}
	if c.formula && len(c.text) == 0 && (!c.valued || !isText) {
		return data.Token{}, c.bad(noResult)
	}
	if !c.valued || len(c.text) == 0 && !isText {
		return data.Token{}, nil
	}
	switch string(c.kind) {
	case "s":
		text, ok := c.book.shared.text(integer(c.text))
		if !ok {
			return data.Token{}, c.bad("The workbook is damaged: the cell has a text that is not there.")
		}
		return data.Token{Kind: data.String, Text: text}, nil
	case "str", "inlineStr":
		return data.Token{Kind: data.String, Text: decodeEscapes(c.text)}, nil
	case "e", "d":
		return data.Token{Kind: data.String, Text: c.text}, nil
	case "b":
		return c.boolean()
	default:
		return c.number(), nil
	}
}

func (c *cells) boolean() (data.Token, error) {
	switch string(c.text) {
	case "1", "true":
		return data.Token{Kind: data.Bool, Text: []byte("true")}, nil
	case "0", "false":
		return data.Token{Kind: data.Bool, Text: []byte("false")}, nil
	default:
		return data.Token{}, c.bad("The workbook is damaged: the cell is neither true nor false.")
	}
}

// number is a number, or a date where the cell shows it as one.
func (c *cells) number() data.Token {
	if c.style >= 0 && c.style < len(c.book.formats) && c.book.formats[c.style] != grid.Plain {
		serial, err := strconv.ParseFloat(string(c.text), 64)
		if err == nil || errors.Is(err, strconv.ErrRange) {
			if text, ok := grid.AppendSerial(c.room[:0], serial, c.book.formats[c.style], c.book.date1904); ok {
				c.room = text
				return data.Token{Kind: data.String, Text: text}
			}
		}
	}
	value, room := grid.Number(c.room[:0], c.text)
	c.room = room
	return value
}
