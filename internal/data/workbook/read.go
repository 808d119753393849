package workbook

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
	"claimcheck/internal/data/workbook/xls"
)

// MaxBytes is how large a workbook may be that is read; it is read whole.
const MaxBytes = 64 << 20

// Read tells to the sheets of a workbook that o asks for, each under its name. Cells are numbers,
// booleans, null and text; a number that a cell shows as a date is text (see
// [grid.AppendSerial]), and so is an error, such as #N/A. Of merged cells the first has the value. Failures:
// INVALID_EXCEL for what is no workbook, is damaged or encrypted, and for a formula without a stored
// result, with sheet and cell; INVALID_OPTION for a sheet that is not there; TooLarge; those of in and to.
func Read(in io.Reader, o *data.Options, to data.Table) error {
	s, err := readPieces(in)
	if err != nil {
		return err
	}
	var sheets []grid.Sheet
	switch head := s.head(); {
	case begins(head, "PK"):
		sheets, err = open(s)
	case begins(head, xls.Magic):
		sheets, err = xls.Open(s, s.size)
	default:
		err = grid.Bad("This is no workbook: %s.", seems(head))
	}
	if err != nil {
		return err
	}
	return grid.Tell(sheets, o, to)
}
