package xls_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/datatest"
	"claimcheck/internal/data/workbook/xls"
	"claimcheck/internal/fault"
)

// cells reads the first sheet of a file, each cell as row,column=value.
func cells(file []byte) (string, error) {
	sheets, err := xls.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(sheets) == 0 {
		return "", err
	}
	var b strings.Builder
	err = sheets[0].Cells(func(row, column int, value data.Token) error {
		fmt.Fprintf(&b, "%d,%d=%s ", row, column, value.Text)
		return nil
	})
	return b.String(), err
}

func TestRecordsOfCellsAreRead(t *testing.T) {
	t.Parallel()
	// Three texts, of which the second goes on in another record, there in two bytes each character, and the
	// third has parts of different looks and how it is spoken, which are cut in two.
	first := slices.Concat(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 4), 3), latin("one"), words(6), []byte{0}, []byte("abc"))
	second := slices.Concat([]byte{1}, words('d', 0xD83D, 0xDE42), words(2), []byte{0x0C}, words(1), binary.LittleEndian.AppendUint32(nil, 5), []byte("hi"), []byte{1, 2})
	third := []byte{3, 4, 5, 6, 7, 8, 9}
	globals := []record{{0x0022, words(1)}, {0x00FC, first}, {0x003C, second}, {0x003C, third}, {0x041E, append(words(164), latin("yyyy")...)}, {0x00E0, words(0, 0)}, {0x00E0, words(0, 164)}}
	for name, c := range map[string]struct {
		cells []record
		want  string
	}{
		"numbers":          {[]record{number(0, 0, 0.1), number(0, 1, -1e300), {0x0201, words(0, 2, 0)}}, "0,0=0.1 0,1=-1e+300 "},
		"short numbers":    {[]record{{0x027E, append(words(1, 0, 0), 0xFE, 0xFF, 0xFF, 0xFF)}, {0x00BD, slices.Concat(words(2, 3, 0), []byte{0x67, 0, 0, 0}, words(0), []byte{0, 0, 0xF0, 0x3F}, words(4))}}, "1,0=-1 2,3=0.25 2,4=1 "},
		"texts":            {[]record{{0x00FD, append(words(0, 0, 0), 0, 0, 0, 0)}, {0x00FD, append(words(0, 1, 0), 1, 0, 0, 0)}, {0x00FD, append(words(0, 2, 0), 2, 0, 0, 0)}, {0x0204, append(words(0, 3, 0), latin("caf\xE9")...)}}, "0,0=one 0,1=abcd🙂 0,2=hi 0,3=café "},
		"booleans, errors": {[]record{{0x0205, append(words(0, 0, 0), 1, 0)}, {0x0205, append(words(0, 1, 0), 0x2A, 1)}}, "0,0=true 0,1=#N/A "},
		"a date":           {[]record{{0x0203, append(words(0, 0, 1), double(0)...)}}, "0,0=1904-01-01 "},
		"no number":        {[]record{{0x0203, append(words(0, 0, 0), 0, 0, 0, 0, 0, 0, 0xF0, 0x7F)}}, "0,0=#NUM! "},
		"formulas": {[]record{
			{0x0006, append(words(0, 0, 0), double(2.5)...)},
			{0x0006, append(words(0, 1, 0), 1, 0, 1, 0, 0, 0, 0xFF, 0xFF)},
			{0x0006, append(words(0, 2, 0), 2, 0, 7, 0, 0, 0, 0xFF, 0xFF)},
			{0x0006, append(words(0, 3, 0), 3, 0, 0, 0, 0, 0, 0xFF, 0xFF)},
			{0x0006, append(words(0, 4, 0), 0, 0, 0, 0, 0, 0, 0xFF, 0xFF)},
			{0x04BC, words(0)},
			{0x0207, latin("text")},
		}, "0,0=2.5 0,1=true 0,2=#DIV/0! 0,3= 0,4=text "},
		"a chart between": {[]record{number(0, 0, 1), bof(0x20), number(5, 5, 5), eof, number(1, 0, 2)}, "0,0=1 1,0=2 "},
		"out of order":    {[]record{number(9, 0, 1), number(2, 1, 2), number(2, 0, 3)}, "2,1=2 2,0=3 9,0=1 "},
	} {
		got, err := cells(compound(workbook(globals, c.cells), "Workbook"))
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %s, want %q", name, got, datatest.Described(err), c.want)
		}
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	plain := workbook(nil, []record{number(0, 0, 1)})
	old := slices.Clone(plain)
	binary.LittleEndian.PutUint16(old[4:], 0x0500)
	looped := compound(plain, "Workbook")
	binary.LittleEndian.PutUint32(looped[sector+4*4:], 4) // a sector of the stream leads to itself
	damaged := "INVALID_EXCEL reason=The workbook is damaged: "
	within := slices.Concat(stream(bof(5)), slices.Repeat(stream(record{0x0085, append([]byte{0, 0, 0, 0}, 0, 0, 1, 0, 'a')}), 3), stream(eof))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"encrypted":       {compound(workbook([]record{{0x002F, words(0)}}, nil), "Workbook"), "INVALID_EXCEL reason=The workbook is encrypted; save it without a password."},
		"of 2007":         {compound(plain, "EncryptionInfo", "EncryptedPackage"), "INVALID_EXCEL reason=The workbook is encrypted; save it without a password."},
		"of 95":           {compound(plain, "Book"), "INVALID_EXCEL reason=The workbook is of Excel 5.0 or 95, which is not read; save it as .xlsx."},
		"of 95 in 97":     {compound(old, "Workbook"), "INVALID_EXCEL reason=The workbook is of Excel 5.0 or 95, which is not read; save it as .xlsx."},
		"Word":            {compound(plain, "WordDocument"), "INVALID_EXCEL reason=This is no workbook: it seems to be a Word document."},
		"nothing":         {compound(plain, "Other"), "INVALID_EXCEL reason=This is no workbook: it is a compound file without one."},
		"only a head":     {compound(plain, "Workbook")[:512], damaged + "a chain of sectors leads out of it."},
		"part of a head":  {compound(plain, "Workbook")[:100], damaged + "it ends in its first sector."},
		"cut":             {compound(workbook(nil, slices.Repeat([]record{number(0, 0, 1)}, 1000)), "Workbook")[:8<<10], damaged + "it ends within a record. sheet=Sheet"},
		"a loop":          {looped, damaged + "a chain of sectors has no end."},
		"no text":         {compound(workbook(nil, []record{{0x00FD, append(words(0, 0, 0), 0, 0, 0, 0)}}), "Workbook"), "INVALID_EXCEL reason=The workbook is damaged: the cell has a text that is not there. sheet=Sheet cell=A1"},
		"no result":       {compound(workbook(nil, []record{{0x0006, append(words(6, 2, 0), 0, 0, 0, 0, 0, 0, 0xFF, 0xFF)}}), "Workbook"), "INVALID_EXCEL reason=The cell has a formula without a stored result: open the workbook in a spreadsheet program and save it. sheet=Sheet cell=C7"},
		"a short cell":    {compound(workbook(nil, []record{{0x0203, words(0, 0, 0)}}), "Workbook"), damaged + "a cell is not whole. sheet=Sheet"},
		"a column behind": {compound(workbook(nil, []record{number(0, 256, 1)}), "Workbook"), damaged + "a cell is behind the last column. sheet=Sheet"},
		"half a text":     {compound(workbook(nil, []record{{0x0204, words(0, 0, 0, 9, 0)}}), "Workbook"), damaged + "a text ends too early. sheet=Sheet"},
		"no sheet there":  {compound(within, "Workbook"), damaged + "a sheet does not begin where it should. sheet=a"},
	} {
		_, err := cells(c.file)
		if got := datatest.Described(err); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// FuzzOpen changes a few bytes of a file. Each cell that is told is in the bounds of a sheet.
func FuzzOpen(f *testing.F) {
	whole := compound(workbook([]record{{0x00FC, slices.Concat(words(1, 0, 1, 0), latin("one"))}}, []record{number(0, 0, 1), {0x00FD, append(words(0, 1, 0), 0, 0, 0, 0)}}), "Workbook", "Other")
	f.Add(uint16(30), []byte{9})
	f.Fuzz(func(t *testing.T, at uint16, change []byte) {
		file := slices.Clone(whole)
		copy(file[int(at)%len(file):], change)
		sheets, err := xls.Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, s := range sheets {
			last := 0
			err := s.Cells(func(row, column int, value data.Token) error {
				if row < last || row > 65535 || column > 255 || !value.Scalar() || value.Kind == data.Null {
					t.Errorf("cell %d,%d behind row %d: %v", row, column, last, value)
				}
				last = row
				return nil
			})
			if err != nil && !fault.IsCode(err, "INVALID_EXCEL") {
				t.Error(err)
			}
		}
	})
}

// FuzzStream is FuzzOpen within the stream of a file that is whole.
func FuzzStream(f *testing.F) {
	f.Add(workbook([]record{{0x00FC, slices.Concat(words(1, 0, 1, 0), latin("one"))}, {0x003C, nil}}, []record{number(0, 0, 1), {0x00FD, append(words(0, 1, 0), 0, 0, 0, 0)}}))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 40<<10 {
			return
		}
		if _, err := cells(compound(content, "Workbook")); err != nil && !fault.IsCode(err, "INVALID_EXCEL") {
			t.Error(err)
		}
	})
}
