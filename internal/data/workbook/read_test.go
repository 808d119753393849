package workbook_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"claimcheck/internal/data"
	"claimcheck/internal/data/datatest"
	"claimcheck/internal/data/workbook"
)

// A recorder is a table that keeps what it is told.
type recorder struct{ sheets []sheet }

func (r *recorder) Sheet(name string, columns []string) error {
	r.sheets = append(r.sheets, sheet{name: name, columns: columns})
	return nil
}

func (r *recorder) Row(cells []data.Token) error {
	s := &r.sheets[len(r.sheets)-1]
	row := make([]data.Token, len(cells))
	for i, c := range cells {
		row[i] = data.Token{Kind: c.Kind, Text: bytes.Clone(c.Text)}
	}
	s.rows = append(s.rows, row)
	return nil
}

func (r *recorder) End() error { return nil }

// all are the options that read everything, without a header.
func all() *data.Options { return &data.Options{SheetIndex: -1} }

// read reads a workbook.
func read(book []byte, o *data.Options) ([]sheet, error) {
	var r recorder
	err := workbook.Read(bytes.NewReader(book), o, &r)
	return r.sheets, err
}

// shown is a sheet in one line for each row: "s:text", a number, true, or nothing for an empty cell.
func (s *sheet) shown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s] %s\n", s.name, strings.Join(s.columns, " | "))
	for _, row := range s.rows {
		for i, c := range row {
			if i > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(cell(c))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cell is a cell as text.
func cell(c data.Token) string {
	if c.Kind == data.String {
		return "s:" + string(c.Text)
	}
	return string(c.Text)
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rows := [][]data.Token{
		{text("a\rb"), text("a\r\nb"), text(" x "), text("\tq\n"), text("_x0041_"), text("_x005F_x0041_x0041_")},
		{null(), null(), null(), null(), null(), null()},
		{number("1"), number("-0.5"), number("0.10"), number("1e400"), number("12345678901234567890"), number("1e-7")},
		{boolean(true), boolean(false), null(), text(""), text("007"), text("=1+1")},
		{text("é🙂"), text("a&b<c>\"'"), text("]]>"), text("&amp;"), text("<!--"), text("\u2028\u0085")},
	}
	got, err := read(write(t, sheet{name: "Any <&> name", rows: rows}, sheet{name: "none"}), all())
	if err != nil {
		t.Fatal(err)
	}
	want := (&sheet{name: "Any <&> name", rows: rows}).shown()
	want = strings.NewReplacer("| 0.10", "| s:0.10", "| 1e400", "| s:1e400", "| 12345678901234567890", "| s:12345678901234567890").Replace(want)
	if len(got) != 2 || got[0].shown() != want || got[1].shown() != "[none] \n" {
		t.Errorf("got %q, want %q", got[0].shown(), want)
	}
}

// xlsFiles are the workbooks of Excel 97 in testdata.
func xlsFiles(tb testing.TB) [][]byte {
	tb.Helper()
	names, err := filepath.Glob("testdata/*.xls")
	if err != nil {
		tb.Fatal(err)
	}
	var files [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, b)
	}
	return files
}

// TestWorkbooksOfExcel97AreRead compares what is read of the files in testdata with the text beside
// each; README.md there says where they are from.
func TestWorkbooksOfExcel97AreRead(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.xls")
	if err != nil || len(names) != 3 {
		t.Fatalf("%v: %v", names, err)
	}
	for i, b := range xlsFiles(t) {
		got, err := read(b, all())
		if err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
		var lines strings.Builder
		for _, s := range got {
			for line := range strings.Lines(s.shown()) {
				if n := utf8.RuneCountInString(line); n > 200 {
					line = fmt.Sprintf("%.20s... (%d characters, sum %08x)\n", line, n, crc32.ChecksumIEEE([]byte(line)))
				}
				lines.WriteString(line)
			}
		}
		beside := strings.TrimSuffix(names[i], ".xls") + ".txt"
		if want, err := os.ReadFile(beside); err != nil || string(want) != lines.String() {
			t.Errorf("%s: %v: got\n%s", beside, err, lines.String())
		}
	}
}

// TestPackagesOfAllMakersAreRead has what other programs do differently: names of parts in other cases and with
// backslashes, parts in UTF-16, prefixes, absolute targets, sheets of charts, the namespaces of ISO 29500 strict.
func TestPackagesOfAllMakersAreRead(t *testing.T) {
	t.Parallel()
	const strict = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
	utf16 := []byte{0xFF, 0xFE}
	for _, r := range `<?xml version="1.0" encoding="UTF-16"?><x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="str"><x:v>é€</x:v></x:c></x:row></x:sheetData></x:worksheet>` {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	book := archive(t,
		file{"_rels/.rels", `<Relationships><Relationship Id="a" Type="` + strict + `officeDocument" Target="/Book/Main.xml"/><Relationship Id="b" Type="x/hyperlink" TargetMode="External" Target="https://example.org"/></Relationships>`},
		file{"book\\main.XML", "\uFEFF<w:workbook xmlns:w='m' xmlns:d='r'><w:workbookPr date1904='true'/><w:sheets><w:sheet name='Chart' d:id='c'/><w:sheet name='A &amp; &#66;' state='veryHidden' d:id='s'/></w:sheets></w:workbook>"},
		file{"Book/_rels/Main.xml.rels", `<Relationships><Relationship Id='c' Type='` + strict + `chartsheet' Target='chart.xml'/><Relationship Id="s" Type="` + strict + `worksheet" Target="../other/one.xml"/></Relationships>`},
		file{"other/one.xml", string(utf16)},
	)
	got, err := read(book, all())
	if err != nil || len(got) != 1 || got[0].shown() != "[A & B] \ns:é€\n" {
		t.Errorf("got %v, %s", got, datatest.Described(err))
	}
}
