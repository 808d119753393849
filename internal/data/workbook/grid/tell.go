package grid

import (
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/fault"
)

const (
	// maxEmpty cells of the rectangles of all sheets may be empty. A few cells far apart would
	// otherwise become an output of any size.
	maxEmpty = 50_000_000
	// maxRowBytes is how much text a row may have.
	maxRowBytes = 64 << 20
	// namesShown of sheets are in the fault for one that is not there.
	namesShown = 100
	// MaxName is how many bytes the name of a sheet may have; programs give it 31 characters.
	MaxName = 1000
)

// A Sheet has the cells of a sheet.
type Sheet interface {
	Name() string
	// Cells tells each cell that is not empty, once; rows and columns count from 0. Rows
	// ascend, columns within a row come in any order. A value is good until tell returns. It may be
	// called more than once and tells the same each time. Failures: INVALID_EXCEL, TooLarge and those of tell.
	Cells(tell func(row, column int, value data.Token) error) error
}

// Tell tells a table the sheets that o asks for, all or one. The first row of each is its
// header where o says so. The rows of a sheet reach from its first to the last that has a cell, and all
// have as many cells as the longest. Failures: INVALID_OPTION for a sheet that is not there, with
// the names of those that are; TooLarge for too many empty cells; those of sheets and of to.
func Tell(sheets []Sheet, o *data.Options, to data.Table) error {
	sheets, err := chosen(sheets, o)
	if err != nil {
		return err
	}
	data.CountSheets(to, len(sheets))
	t := teller{to: to, header: o.HasHeader}
	for _, s := range sheets {
		if err := t.measure(s); err != nil {
			return At(err, s.Name())
		}
		if err := t.tell(s); err != nil {
			return At(err, s.Name())
		}
	}
	return nil
}

// chosen are the sheets that o asks for.
func chosen(sheets []Sheet, o *data.Options) ([]Sheet, error) {
	found := -1
	if o.SheetName != "" {
		for i, s := range sheets {
			if s.Name() == o.SheetName || found < 0 && strings.EqualFold(s.Name(), o.SheetName) {
				found = i
			}
		}
		switch {
		case found < 0:
			return nil, noSheet(sheets, "x-sheet-name", "The workbook has no sheet of this name.")
		case o.SheetIndex >= 0 && o.SheetIndex != found:
			return nil, noSheet(sheets, "x-sheet-index", "x-sheet-name and x-sheet-index are of different sheets.")
		}
		return sheets[found : found+1], nil
	}
	switch {
	case o.SheetIndex >= len(sheets):
		return nil, noSheet(sheets, "x-sheet-index", "The workbook has no sheet of this index; the first is 0.")
	case o.SheetIndex >= 0:
		return sheets[o.SheetIndex : o.SheetIndex+1], nil
	default:
		return sheets, nil
	}
}

func noSheet(sheets []Sheet, option, sentence string) error {
	names := []string{}
	for _, s := range sheets[:min(len(sheets), namesShown)] {
		names = append(names, s.Name())
	}
	return fault.New(fault.Invalid, "INVALID_OPTION", "%s", sentence).With("option", option).With("allowed", names)
}

// A teller makes rows of cells.
type teller struct {
	to     data.Table
	header bool
	empty  int // cells, of the sheets until now

	rows, width int // of the sheet
	row         []data.Token
	text        []byte // of the row's cells, copied
	at          int    // the row
}

// measure finds out how large a sheet is.
func (t *teller) measure(s Sheet) error {
	t.rows, t.width = 0, 0
	cells := 0
	err := s.Cells(func(row, column int, _ data.Token) error {
		t.rows, t.width = row+1, max(t.width, column+1)
		cells++
		return nil
	})
	if err != nil {
		return err
	}
	if t.empty += t.rows*t.width - cells; t.empty > maxEmpty {
		return data.TooLarge("The cells of sheet %q lie too far apart: between them are more than %d that are empty.", s.Name(), maxEmpty)
	}
	return nil
}

// tell tells a sheet that was measured.
func (t *teller) tell(s Sheet) error {
	t.row, t.text, t.at = make([]data.Token, t.width), t.text[:0], 0
	if !t.header || t.rows == 0 {
		if err := t.to.Sheet(s.Name(), nil); err != nil {
			return err
		}
	}
	err := s.Cells(func(row, column int, value data.Token) error {
		for t.at < row {
			if err := t.end(s.Name()); err != nil {
				return err
			}
		}
		if len(t.text)+len(value.Text) > maxRowBytes {
			return data.TooLarge("Row %d of sheet %q has more than %d bytes of text.", row+1, s.Name(), maxRowBytes)
		}
		if t.row[column].Kind != data.Null {
			return BadCell(s.Name(), row, column, "The cell is there twice.")
		}
		from := len(t.text)
		t.text = append(t.text, value.Text...) // a slice of the old text stays good when text moves
		t.row[column] = data.Token{Kind: value.Kind, Text: t.text[from:len(t.text):len(t.text)]}
		return nil
	})
	if err != nil || t.rows == 0 {
		return err
	}
	return t.end(s.Name())
}

// end tells the row.
func (t *teller) end(sheet string) error {
	var err error
	if t.at == 0 && t.header {
		columns := make([]string, t.width)
		for i, c := range t.row {
			columns[i] = string(c.Text)
		}
		err = t.to.Sheet(sheet, columns)
	} else {
		err = t.to.Row(t.row)
	}
	clear(t.row)
	t.text = t.text[:0]
	t.at++
	return err
}
