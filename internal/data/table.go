package data

// A Table is told tables: for each of them Sheet, then its rows. Its errors end the
// telling: they are passed on as they are. End is called once, after the last row;
// after an error it is not called.
type Table interface {
	// Sheet begins a table. Its name is empty where the format has no names for
	// tables, and columns is nil where it has no header.
	Sheet(name string, columns []string) error
	// Row tells a row, whose cells are scalars: Null is an empty cell. A row may be shorter
	// or longer than the header. The cells are good until Row returns.
	Row(cells []Token) error
	End() error
}

// A SheetCounter is a Table that wants to know how many tables there will be: readers
// that know call CountSheets, before the first.
type SheetCounter interface {
	CountSheets(n int)
}

// CountSheets tells a table how many tables there will be, if it wants to know.
func CountSheets(to Table, n int) {
	if c, ok := to.(SheetCounter); ok {
		c.CountSheets(n)
	}
}
