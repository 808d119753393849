package data

// Options are what callers may say of how a format is read or written. Each format looks
// at its own; they are valid, and their zero values are those of options that a tool does
// not have.
type Options struct {
	TabSpace int // spaces for each level, from 0 to 16; 0 breaks lines without indenting them

	HasHeader      bool   // the first row has the names of the columns
	Delimiter      byte   // between fields; 0: is to be found out
	Keep           string // which of rows that are equal stays: first, last or none
	EscapeFormulas bool   // fields that a spreadsheet would calculate are written so that it does not

	RootName, RowName string // of XML elements; empty: the format's own

	Safe string // characters that stay as they are in URLs, beside those that always do

	Dialect  string // of SQL
	From, To string // formats of an image

	SheetName  string // the only one to be read; empty: all
	SheetIndex int    // the only one to be read, from 0; -1: all
}
