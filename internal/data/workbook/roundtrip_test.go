package workbook_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/csvform"
	"claimcheck/internal/data/workbook"
)

// TestCSVComesBackFromAWorkbook turns CSV into a workbook and back. Its rows are of one length: the others
// would come back as long as the longest.
func TestCSVComesBackFromAWorkbook(t *testing.T) {
	t.Parallel()
	field := rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("ab01 ,;\"'\t\n\r=-+@_x&<>é🙂")), rapid.RuneFrom([]rune("_x0041_x005F_D83DF"))), 0, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 5).Draw(t, "width")
		rows := rapid.SliceOfN(rapid.SliceOfN(field, width, width), 1, 8).Draw(t, "rows")
		header := rapid.Bool().Draw(t, "header")
		o := &data.Options{SheetIndex: -1, HasHeader: header, Delimiter: ','}
		before := csvOf(t, rows)

		var book, after bytes.Buffer
		w := workbook.Write(&book, o)
		if err := csvform.Read(bytes.NewReader(before), o, w); err != nil {
			t.Fatal(err)
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		c := csvform.Write(&after, o)
		if err := workbook.Read(&book, o, c); err != nil {
			t.Fatal(err)
		}
		if err := c.End(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after.Bytes()) {
			t.Fatalf("%q became %q", before, after.Bytes())
		}
	})
}

func csvOf(t *rapid.T, rows [][]string) []byte {
	var out bytes.Buffer
	w := csvform.Write(&out, &data.Options{Delimiter: ','})
	if err := w.Sheet("", nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		cells := make([]data.Token, len(row))
		for i, f := range row {
			cells[i] = text(f)
		}
		if err := w.Row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
