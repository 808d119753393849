package workbook_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/datatest"
	"claimcheck/internal/data/workbook"
	"claimcheck/internal/fault"
)

func null() data.Token           { return data.Token{} }
func text(s string) data.Token   { return data.Token{Kind: data.String, Text: []byte(s)} }
func number(s string) data.Token { return data.Token{Kind: data.Number, Text: []byte(s)} }
func boolean(v bool) data.Token  { return data.Token{Kind: data.Bool, Text: fmt.Append(nil, v)} }

// A sheet is what a table is told between two calls of Sheet.
type sheet struct {
	name    string
	columns []string
	rows    [][]data.Token
}

// write makes a workbook.
func write(t *testing.T, sheets ...sheet) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := tell(workbook.Write(&out, &data.Options{}), sheets...); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tell(to data.Table, sheets ...sheet) error {
	for _, s := range sheets {
		if err := to.Sheet(s.name, s.columns); err != nil {
			return err
		}
		for _, row := range s.rows {
			if err := to.Row(row); err != nil {
				return err
			}
		}
	}
	return to.End()
}

// part unpacks a part of a workbook.
func part(t *testing.T, book []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := fs.ReadFile(z, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNumbersAreNumberCellsWhereTheyComeBack(t *testing.T) {
	t.Parallel()
	for want, numbers := range map[string][]string{
		"number": {
			"0", "1", "-7", "123456789012345", "0.1", "-0.5", "1234567.12345678", "99999999999.9999", "0.000001", "0.00000123456789012345", "1e-7", "1.5e+21", "-2e+300", "123.456",
		},
		"text": {
			"-0", "0.10", "1.0", "100.0", "1e3", "1E3", "1e+3", "1E+21", "1e21", "1e400", "-1e-400", "1234567890123456", "9007199254740993", "100000000000000000000", "0.1234567890123456", "0.0000001", "1.50e+21", "1e-07",
		},
	} {
		for _, n := range numbers {
			got := part(t, write(t, sheet{rows: [][]data.Token{{number(n)}}}), "xl/worksheets/sheet1.xml")
			cell := `<c r="A1"><v>` + n + `</v></c>`
			if want == "text" {
				cell = `<c r="A1" t="inlineStr"><is><t xml:space="preserve">` + n + `</t></is></c>`
			}
			if !strings.Contains(got, cell) {
				t.Errorf("%s is not a %s cell: %s", n, want, got)
			}
		}
	}
}

func TestTheSameTablesGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	s := sheet{"names", []string{"a", "b"}, [][]data.Token{{text("x"), number("1")}, {null(), boolean(true)}}}
	if a, b := write(t, s), write(t, s); !bytes.Equal(a, b) {
		t.Error("two workbooks of the same tables differ")
	}
}

func TestSheetsHaveNamesThatProgramsTake(t *testing.T) {
	t.Parallel()
	var sheets []sheet
	for _, name := range []string{
		"", "a/b", "A_B", "a:b", "'quoted'", "history", "  ", "tab\there", "Sheet1", strings.Repeat("é", 40), strings.Repeat("é", 35), strings.Repeat("🙂", 16), `<&">`,
	} {
		sheets = append(sheets, sheet{name: name})
	}
	got := part(t, write(t, sheets...), "xl/workbook.xml")
	long := strings.Repeat("é", 31)
	for i, want := range []string{
		"Sheet1", "a_b", "A_B (2)", "a_b (3)", "_quoted_", "history_", "Sheet7", "tab_here", "Sheet1 (2)", long, long[:27*2] + " (2)", strings.Repeat("🙂", 15), `&lt;&amp;&quot;&gt;`,
	} {
		if line := fmt.Sprintf(`<sheet name="%s" sheetId="%d" `, want, i+1); !strings.Contains(got, line) {
			t.Errorf("sheet %d: no %s in %s", i+1, line, got)
		}
	}
}

func TestWhatNoWorkbookCanHoldIsRefused(t *testing.T) {
	t.Parallel()
	wide := make([]data.Token, workbook.MaxColumns+1)
	for name, c := range map[string]struct {
		row  []data.Token
		want string
	}{
		"too long":            {[]data.Token{null(), text(strings.Repeat("é🙂", 10923))}, "INVALID_EXCEL reason=Row 2, column 2 (B2): The text has 32769 UTF-16 units; a cell holds at most 32767. sheet=Sheet1 cell=B2"},
		"a control character": {[]data.Token{text("a\x01b")}, "INVALID_EXCEL reason=Row 2, column 1 (A2): The text has the control character U+0001, which no workbook can hold. sheet=Sheet1 cell=A2"},
		"no character":        {[]data.Token{text("a\uFFFE")}, "INVALID_EXCEL reason=Row 2, column 1 (A2): The text has U+FFFE, which is no character and which no workbook can hold. sheet=Sheet1 cell=A2"},
		"too many columns":    {wide, "FILE_TOO_LARGE"},
	} {
		err := tell(workbook.Write(io.Discard, &data.Options{}), sheet{"", nil, [][]data.Token{{text("first")}, c.row}})
		if got := datatest.Described(err); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if err := tell(workbook.Write(io.Discard, &data.Options{}), sheet{"", nil, [][]data.Token{{text(strings.Repeat("é", 32767))}, wide[1:]}}); err != nil {
		t.Errorf("a row of the most columns and a cell of the most characters: %v", err)
	}
}

func TestASheetHasNoMoreRowsThanProgramsOpen(t *testing.T) {
	t.Parallel()
	w := workbook.Write(io.Discard, &data.Options{})
	if err := w.Sheet("", []string{"n"}); err != nil {
		t.Fatal(err)
	}
	row := []data.Token{null()}
	for i := range workbook.MaxRows - 1 {
		if err := w.Row(row); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
	}
	if err := w.Row(row); !fault.IsCode(err, "FILE_TOO_LARGE") {
		t.Errorf("a row too many: %v", err)
	}
}

func BenchmarkWrite(b *testing.B) {
	row := []data.Token{number("1234567"), number("0.25"), text("a text of some words"), boolean(true), null(), text("007"), number("-17"), text("another"), number("99.5"), text("x")}
	w := workbook.Write(io.Discard, &data.Options{})
	if err := w.Sheet("", nil); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := range b.N {
		if i%workbook.MaxRows == workbook.MaxRows-1 {
			if err := w.Sheet("", nil); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Row(row); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
