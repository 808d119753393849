package workbook

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/flate"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

// The bounds of a sheet, which the programs have that open workbooks.
const (
	MaxRows    = 1 << 20
	MaxColumns = 1 << 14
)

// bufferBytes of a sheet are compressed at once.
const bufferBytes = 64 << 10

// Write returns a table that writes a workbook: a sheet for each table that it is told, under
// its name as far as a sheet can have it, with the names of the columns in bold in a first row
// that stays in view. The same tables give the same bytes. Failures: TooLarge for a row or a
// column beyond those of a sheet, INVALID_EXCEL for a cell that no workbook can hold, with
// its row and column; and those of out.
func Write(out io.Writer, _ *data.Options) data.Table {
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return &writer{zip: z}
}

type writer struct {
	zip   *zip.Writer
	names names
	part  io.Writer // of the sheet that is being written
	buf   []byte    // what part has not been given yet

	columns columnNames
	row     int // the last that was written, from 1
}

// Sheet ends the sheet before and begins the next.
func (w *writer) Sheet(name string, columns []string) error {
	if err := w.endSheet(); err != nil {
		return err
	}
	if len(w.names.all) == 0 {
		if err := w.first(); err != nil {
			return err
		}
	}
	w.names.add(name)
	part, err := w.zip.Create(sheetPath(len(w.names.all)))
	if err != nil {
		return fmt.Errorf("begin a sheet: %w", err)
	}
	w.part, w.row = part, 0
	w.buf = append(w.buf[:0], sheetHead...)
	if columns != nil {
		w.buf = append(w.buf, sheetFrozen...)
	}
	w.buf = append(w.buf, "<sheetData>"...)
	if columns == nil {
		return nil
	}
	cells := make([]data.Token, len(columns))
	for i, c := range columns {
		cells[i] = data.Token{Kind: data.String, Text: []byte(c)}
	}
	return w.write(cells, styleHeader)
}

// Row writes a row.
func (w *writer) Row(cells []data.Token) error { return w.write(cells, stylePlain) }

func (w *writer) write(cells []data.Token, style byte) error {
	if w.row == MaxRows {
		return data.TooLarge("A sheet of a workbook has no more than %d rows.", MaxRows)
	}
	if len(cells) > MaxColumns {
		return data.TooLarge("A sheet of a workbook has no more than %d columns; row %d has %d.", MaxColumns, w.row+1, len(cells))
	}
	w.row++
	var digits [8]byte
	number := strconv.AppendInt(digits[:0], int64(w.row), 10)
	w.buf = append(append(append(w.buf, `<row r="`...), number...), `">`...)
	for i := range cells {
		if cells[i].Kind == data.Null {
			continue
		}
		w.buf = append(append(append(w.buf, `<c r="`...), w.columns.name(i)...), number...)
		var err error
		if w.buf, err = appendCell(w.buf, cells[i], style); err != nil {
			return w.badCell(i, err)
		}
		if len(w.buf) >= bufferBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	w.buf = append(w.buf, "</row>"...)
	return nil
}

func (w *writer) flush() error {
	if _, err := w.part.Write(w.buf); err != nil {
		return fmt.Errorf("write a sheet: %w", err)
	}
	w.buf = w.buf[:0]
	return nil
}

func (w *writer) endSheet() error {
	if w.part == nil {
		return nil
	}
	w.buf = append(w.buf, "</sheetData></worksheet>"...)
	err := w.flush()
	w.part = nil
	return err
}

// End writes what names the sheets. A workbook has one at least.
func (w *writer) End() error {
	if len(w.names.all) == 0 {
		if err := w.Sheet("", nil); err != nil {
			return err
		}
	}
	if err := w.endSheet(); err != nil {
		return err
	}
	if err := w.last(); err != nil {
		return err
	}
	if err := w.zip.Close(); err != nil {
		return fmt.Errorf("end the workbook: %w", err)
	}
	return nil
}

// columnNames remembers the names of columns: A to Z, AA, AB and so on.
type columnNames struct{ known []string }

func (c *columnNames) name(i int) string {
	for len(c.known) <= i {
		c.known = append(c.known, grid.ColumnName(len(c.known)))
	}
	return c.known[i]
}
