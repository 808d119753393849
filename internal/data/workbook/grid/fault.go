package grid

import (
	"fmt"
	"slices"

	"claimcheck/internal/data"
	"claimcheck/internal/fault"
)

// Bad is the fault for a workbook that is not as it should be: Invalid INVALID_EXCEL with
// the reason.
func Bad(reason string, args ...any) error { return data.InvalidBinary("Excel", reason, args...) }

// At names the sheet where a fault of a workbook is, unless it is named.
func At(err error, sheet string) error {
	f := fault.Of(err)
	if f == nil || f.Code != "INVALID_EXCEL" || slices.ContainsFunc(f.Details, func(d fault.Detail) bool { return d.Name == "sheet" }) {
		return err
	}
	return f.With("sheet", sheet)
}

// BadCell is like Bad for a cell; both numbers count from 0.
func BadCell(sheet string, row, column int, reason string, args ...any) error {
	return fault.Of(Bad(reason, args...)).With("sheet", sheet).With("cell", fmt.Sprintf("%s%d", ColumnName(column), row+1))
}

// ColumnName is what a column, counted from 0, is called: A to Z, AA, AB and so on.
func ColumnName(i int) string {
	var name [8]byte
	at := len(name)
	for i++; i > 0; i = (i - 1) / 26 {
		at--
		name[at] = byte('A' + (i-1)%26)
	}
	return string(name[at:])
}
