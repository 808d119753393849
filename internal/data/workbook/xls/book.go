package xls

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/workbook/grid"
)

// versionBIFF8 is of Excel 97 and later.
const versionBIFF8 = 0x0600

// The kinds of substreams, and of sheets.
const (
	globalsKind   = 0x0005
	sheetKind     = 0x0010
	worksheetKind = 0
	maxSheets     = 10_000
)

// A book is what the sheets of a workbook share.
type book struct {
	in       *stream
	date1904 bool
	codes    map[int]grid.Format // of numbers of formats
	numbers  []int               // of the format of each XF record
	formats  []grid.Format       // of the same
	texts    []byte              // those that cells share, one behind the other
	ends     []int
	unread   int64 // what all sheets together may be long
}

// Open opens a workbook of a size. Sheets without cells, those of charts and macros, are none
// of the result. Failures: INVALID_EXCEL.
func Open(file io.ReaderAt, size int64) ([]grid.Sheet, error) {
	c, err := openCompound(file, size)
	if err != nil {
		return nil, err
	}
	entries, err := c.root()
	if err != nil {
		return nil, err
	}
	entry := entries["workbook"]
	if entry == nil {
		return nil, grid.Bad("%s", missing(entries))
	}
	in, err := c.stream(entry)
	if err != nil {
		return nil, err
	}
	b := &book{in: in, unread: in.size, codes: map[int]grid.Format{}}
	return b.globals()
}

// missing says what a compound file without a workbook is.
func missing(entries map[string][]byte) string {
	for _, k := range []struct{ name, sentence string }{
		{"encryptedpackage", "The workbook is encrypted; save it without a password."},
		{"book", "The workbook is of Excel 5.0 or 95, which is not read; save it as .xlsx."},
		{"worddocument", "This is no workbook: it seems to be a Word document."},
		{"powerpoint document", "This is no workbook: it seems to be a PowerPoint presentation."},
		{"__properties_version1.0", "This is no workbook: it seems to be a mail of Outlook."},
	} {
		if entries[k.name] != nil {
			return k.sentence
		}
	}
	return "This is no workbook: it is a compound file without one."
}

// globals reads what the sheets share, and which there are.
func (b *book) globals() ([]grid.Sheet, error) {
	r := newRecords(b.in, 0, b.in.size)
	if ok, err := r.next(); err != nil {
		return nil, err
	} else if !ok || r.id != recBOF || len(r.data) < 4 || u16(r.data[2:]) != globalsKind {
		return nil, damaged("its first record does not begin a workbook")
	}
	if u16(r.data) != versionBIFF8 {
		return nil, grid.Bad("The workbook is of Excel 5.0 or 95, which is not read; save it as .xlsx.")
	}
	var sheets []grid.Sheet
	for {
		ok, err := r.next()
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, damaged("it ends before its sheets")
		case r.id == recEOF:
			b.resolve()
			return sheets, nil
		case r.id == recFilePass:
			return nil, grid.Bad("The workbook is encrypted; save it without a password.")
		case r.id == recBoundSheet:
			s, err := b.sheet(r)
			if err != nil {
				return nil, err
			}
			if len(sheets) == maxSheets {
				return nil, data.TooLarge("The workbook has more than %d sheets.", maxSheets)
			}
			if s != nil {
				sheets = append(sheets, s)
			}
		default:
			if err := b.shared(r); err != nil {
				return nil, err
			}
		}
	}
}

// shared reads a record of what sheets share.
func (b *book) shared(r *records) error {
	switch {
	case r.id == recDate1904 && len(r.data) >= 2:
		b.date1904 = u16(r.data) == 1
	case r.id == recXF && len(r.data) >= 4:
		b.numbers = append(b.numbers, u16(r.data[2:]))
	case r.id == recFormat && len(r.data) > 2:
		number := u16(r.data)
		code, err := r.reading(r.data[2:]).text(nil, 2)
		b.codes[number] = grid.FormatOf(string(code))
		return err
	case r.id == recSST:
		return b.sharedTexts(r)
	}
	return nil
}

// resolve finds the formats of numbers, which may be defined after they are used.
func (b *book) resolve() {
	for _, number := range b.numbers {
		f, ok := b.codes[number]
		if !ok {
			f = grid.Builtin(number)
		}
		b.formats = append(b.formats, f)
	}
}

// sharedTexts reads the texts that cells share.
func (b *book) sharedTexts(r *records) error {
	if len(r.data) < 8 {
		return damaged("its texts are not there")
	}
	n := u32(r.data[4:])
	in := r.reading(r.data[8:])
	for range n {
		if len(in.rest) == 0 && !r.nextIs(recContinue) {
			return nil // a cell that names a text beyond is told
		}
		var err error
		if b.texts, err = in.text(b.texts, 2); err != nil {
			return err
		}
		b.ends = append(b.ends, len(b.texts))
	}
	return nil
}

// text is a text that cells share; ok is false if there is none.
func (b *book) text(i uint32) (text []byte, ok bool) {
	if int64(i) >= int64(len(b.ends)) {
		return nil, false
	}
	from := 0
	if i > 0 {
		from = b.ends[i-1]
	}
	return b.texts[from:b.ends[i]], true
}

// sheet reads the record of a sheet, nil for one without cells.
func (b *book) sheet(r *records) (*sheet, error) {
	if len(r.data) < 8 {
		return nil, damaged("a sheet is not told")
	}
	from, kind := u32(r.data), r.data[5]
	if kind != worksheetKind {
		return nil, nil //nolint:nilnil // there is none, and nothing is wrong
	}
	name, err := r.reading(r.data[6:]).text(nil, 1)
	if err != nil {
		return nil, err
	}
	if int64(from) >= b.in.size {
		return nil, damaged("a sheet begins behind its end")
	}
	return &sheet{book: b, name: string(name), from: int64(from)}, nil
}
