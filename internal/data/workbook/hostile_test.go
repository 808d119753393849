package workbook_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/datatest"
	"claimcheck/internal/data/workbook"
)

// A file is a part of an archive.
type file struct{ name, text string }

// archive packs parts.
func archive(tb testing.TB, files ...file) []byte {
	tb.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, f.text); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

const (
	bookPart   = `<workbook xmlns:r="r"><sheets><sheet name="Any" sheetId="1" r:id="rId1"/></sheets></workbook>`
	bookRels   = `<Relationships><Relationship Id="rId1" Type="t/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="t/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="rId3" Type="t/styles" Target="styles.xml"/></Relationships>`
	sharedPart = `<sst><si><t>first</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space="preserve">ch </t></r><rPh sb="0" eb="1"><t>spoken</t></rPh></si><si><t>_x0041_&amp;&#x42;_xD83D__xDE42__x0D_</t></si></sst>`
	stylesPart = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="46"/></cellXfs><dxfs><dxf><numFmt numFmtId="0" formatCode="d"/></dxf></dxfs></styleSheet>`
)

// withSheet is a workbook of one sheet, whose rows are given.
func withSheet(tb testing.TB, rows string) []byte {
	tb.Helper()
	return archive(tb, file{"xl/workbook.xml", bookPart}, file{"xl/_rels/workbook.xml.rels", bookRels}, file{"xl/sharedStrings.xml", sharedPart}, file{"xl/styles.xml", stylesPart},
		file{"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`})
}

func TestCellsOfAllKindsAreRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ rows, want string }{
		"numbers":              {`<row r="1"><c r="A1"><v>1.1000000000000001</v></c><c t="n"><v>0.10</v></c><c><v>12345678901234567890</v></c><c><v>1E-3</v></c></row>`, "1.1 | 0.10 | 12345678901234567890 | 1E-3\n"},
		"shared texts":         {`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c></row>`, "s:first | s:rich  | s:A&B🙂_x0D_\n"},
		"texts of their own":   {`<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><r><t>b</t></r><r><t>c</t></r><rPh><t>no</t></rPh></is></c><c t="str"><v> d </v></c></row>`, "s:a | s:bc | s: d \n"},
		"booleans, errors":     {`<row><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c></row>`, "true | false | s:#N/A\n"},
		"dates":                {`<row><c s="1"><v>45352</v></c><c s="2"><v>1.5</v></c><c t="d"><v>2024-03-01</v></c><c s="1"><v>-1</v></c></row>`, "s:2024-03-01 | s:PT36H | s:2024-03-01 | -1\n"},
		"stored results":       {`<row><c><f>1+1</f><v>2</v></c><c t="str"><f>""</f><v></v></c><c t="str"><f>A1</f><v>x</v></c></row>`, "2 | s: | s:x\n"},
		"gaps":                 {`<row r="2"><c r="C2"><v>1</v></c></row><row r="4"><c r="A4"><v>2</v></c></row><row r="9"><c r="A9" s="1"/></row>`, " |  | \n |  | 1\n |  | \n2 |  | \n"},
		"columns in any order": {`<row><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c></row>`, "1 |  | 3\n"},
		"a prefix":             {`<x:row xmlns:x="m"><x:c><x:v>1</x:v></x:c></x:row>`, "1\n"},
		"CDATA, references":    {`<row><c t="str"><v><![CDATA[<&amp;>]]>&lt;&#10;&apos;</v></c><!-- > --><?pi ?></row>`, "s:<&amp;><\n'\n"},
		"line breaks":          {"<row><c t='str'><v>a\r\nb\rc&#13;</v></c></row>", "s:a\nb\nc\r\n"},
		"white space":          {"<row><c><v> 1\n</v></c><c t='b'>\n<v> 1 </v></c><c t='s'><v>\t0</v></c></row>", "1 | true | s:first\n"},
		"no cells":             {"", ""},
		"empty values":         {`<row><c t="s"><v></v></c><c><v/></c><c t="b"/><c><v>1</v></c></row>`, " |  |  | 1\n"},
	} {
		got, err := read(withSheet(t, c.rows), all())
		if err != nil {
			t.Errorf("%s: %v", name, datatest.Described(err))
		} else if want := "[Any] \n" + c.want; got[0].shown() != want {
			t.Errorf("%s: got %q, want %q", name, got[0].shown(), want)
		}
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	none := "INVALID_EXCEL reason=This is no workbook: "
	many := make([]file, 20_001)
	for i := range many {
		many[i].name = fmt.Sprint(i)
	}
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"nothing":     {nil, none + "it is empty."},
		"CSV":         {[]byte("a,b\n1,2\n"), none + "it seems to be text, for instance CSV."},
		"JSON":        {[]byte(` {"a":1}`), none + "it seems to be JSON."},
		"HTML":        {[]byte("\uFEFF\n<HTML><table>"), none + "it seems to be an HTML page; save it as .xlsx."},
		"XML of 2003": {[]byte(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`), none + "it seems to be an XML Spreadsheet of Excel 2003; save it as .xlsx."},
		"PDF":         {[]byte("%PDF-1.7"), none + "it seems to be a PDF document."},
		"old":         {[]byte("\x09\x04\x06\x00"), none + "it seems to be a workbook of Excel 4.0; save it as .xlsx."},
		"bytes":       {[]byte("\x00\x01\x02"), none + "it begins with none of the bytes that workbooks begin with."},
		"ods":         {archive(t, file{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}), none + "it seems to be an OpenDocument spreadsheet (.ods); save it as .xlsx."},
		"xlsb":        {archive(t, file{"xl/workbook.bin", "x"}), none + "it seems to be a binary workbook (.xlsb); save it as .xlsx."},
		"docx":        {archive(t, file{"word/document.xml", "<x/>"}), none + "it seems to be a Word document."},
		"zip":         {archive(t, file{"a.txt", "x"}), none + "it is a ZIP archive without one."},
		"cut":         {withSheet(t, "")[:400], "INVALID_EXCEL reason=The workbook is damaged: the directory at its end cannot be read."},
		"parts":       {archive(t, many...), "FILE_TOO_LARGE"},
		"an absent sheet": {
			archive(t, file{"xl/workbook.xml", bookPart}, file{"xl/_rels/workbook.xml.rels", bookRels}),
			"INVALID_EXCEL reason=The workbook is damaged: it has no part xl/worksheets/sheet1.xml.",
		},
		"a sheet twice": {
			archive(t, file{"xl/workbook.xml", strings.Replace(bookPart, "</sheets>", `<sheet name="Two" r:id="rId1"/></sheets>`, 1)}, file{"xl/_rels/workbook.xml.rels", bookRels}, file{"xl/worksheets/sheet1.xml", "<worksheet/>"}),
			`INVALID_EXCEL reason=The workbook is damaged: no part has the cells of sheet "Two" alone.`,
		},
		"a formula":       {withSheet(t, `<row r="7"><c r="C7"><f>1+1</f></c></row>`), "INVALID_EXCEL reason=The cell has a formula without a stored result: open the workbook in a spreadsheet program and save it. sheet=Any cell=C7"},
		"a formula's gap": {withSheet(t, `<row r="7"><c r="C7"><f>1+1</f><v></v></c></row>`), "INVALID_EXCEL reason=The cell has a formula without a stored result: open the workbook in a spreadsheet program and save it. sheet=Any cell=C7"},
		"no text":         {withSheet(t, `<row><c t="s"><v>3</v></c></row>`), "INVALID_EXCEL reason=The workbook is damaged: the cell has a text that is not there. sheet=Any cell=A1"},
		"no boolean":      {withSheet(t, `<row><c t="b"><v>2</v></c></row>`), "INVALID_EXCEL reason=The workbook is damaged: the cell is neither true nor false. sheet=Any cell=A1"},
		"twice":           {withSheet(t, `<row><c r="A1"><v>2</v></c><c r="A1"><v>2</v></c></row>`), "INVALID_EXCEL reason=The cell is there twice. sheet=Any cell=A1"},
		"rows descend":    {withSheet(t, `<row r="2"><c><v>2</v></c></row><row r="2"/>`), "INVALID_EXCEL reason=The workbook is damaged: its rows do not ascend after row 2. sheet=Any"},
		"a false name":    {withSheet(t, `<row r="2"><c r="B3"><v>2</v></c></row>`), `INVALID_EXCEL reason=The workbook is damaged: a cell of row 2 is called "B3". sheet=Any`},
		"behind the last": {withSheet(t, `<row r="1048577"/>`), "INVALID_EXCEL reason=The workbook is damaged: it has a row behind the last, which is 1048576. sheet=Any"},
		"a column behind": {withSheet(t, `<row><c r="XFE1"/></row>`), `INVALID_EXCEL reason=The workbook is damaged: a cell of row 1 is called "XFE1". sheet=Any`},
		"an entity":       {withSheet(t, `<row><c t="str"><v>&any;</v></c></row>`), "INVALID_EXCEL reason=The cell cannot be read: a reference is of no character. sheet=Any cell=A1"},
		"a document type": {withSheet(t, `<!DOCTYPE a [<!ENTITY any "x">]>`), "INVALID_EXCEL reason=The workbook is damaged: its part xl/worksheets/sheet1.xml is not the XML that it should be (it has a document type). sheet=Any"},
		"an open tag":     {withSheet(t, `<row><c`), "INVALID_EXCEL reason=The workbook is damaged: its part xl/worksheets/sheet1.xml is not the XML that it should be (a tag has no end). sheet=Any"},
		"an open element": {withSheet(t, `<row><c>`), "INVALID_EXCEL reason=The workbook is damaged: its part xl/worksheets/sheet1.xml is not the XML that it should be (it ends too early). sheet=Any"},
		"deep":            {withSheet(t, strings.Repeat("<a>", 300)), "INVALID_EXCEL reason=The workbook is damaged: its part xl/worksheets/sheet1.xml is not the XML that it should be (its elements are nested too deep). sheet=Any"},
		"bad UTF-8":       {withSheet(t, "<row><c t='str'><v>\xFF</v></c></row>"), "INVALID_EXCEL reason=The cell cannot be read: a text is not UTF-8. sheet=Any cell=A1"},
		"far apart":       {withSheet(t, `<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`), "FILE_TOO_LARGE"},
		"a large token":   {withSheet(t, `<row><c t="str"><v>`+strings.Repeat("a", 1<<20+1)+`</v></c></row>`), "FILE_TOO_LARGE"},
	} {
		_, err := read(c.in, all())
		if got := datatest.Described(err); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// TestWhatUnpacksLargeIsRefusedBefore has directories that announce much, and one that says less than
// there is.
func TestWhatUnpacksLargeIsRefusedBefore(t *testing.T) {
	t.Parallel()
	for part, want := range map[string]string{"xl/worksheets/sheet1.xml": "FILE_TOO_LARGE", "xl/sharedStrings.xml": "FILE_TOO_LARGE", "xl/styles.xml": "FILE_TOO_LARGE", "xl/workbook.xml": "FILE_TOO_LARGE"} {
		book := withSheet(t, `<row><c><v>1</v></c></row>`)
		announce(t, book, part, 1<<30+1)
		if _, err := read(book, all()); datatest.Described(err) != want {
			t.Errorf("%s: %v", part, datatest.Described(err))
		}
		book = withSheet(t, `<row><c><v>1</v></c></row>`)
		announce(t, book, part, 10)
		if _, err := read(book, all()); !strings.HasPrefix(datatest.Described(err), "INVALID_EXCEL reason=The workbook is damaged: its part "+part+" cannot be unpacked.") {
			t.Errorf("%s, which says less: %v", part, datatest.Described(err))
		}
	}
}

// announce changes the unpacked size that the directory of an archive has for a part.
func announce(t *testing.T, book []byte, part string, size uint32) {
	t.Helper()
	at := bytes.LastIndex(book, []byte(part)) - 46
	if at < 0 || !bytes.HasPrefix(book[at:], []byte("PK\x01\x02")) {
		t.Fatalf("no %s in the directory", part)
	}
	binary.LittleEndian.PutUint32(book[at+24:], size)
}

func TestSheetsAreChosen(t *testing.T) {
	t.Parallel()
	book := write(t, sheet{name: "One", rows: [][]data.Token{{text("a"), text("b")}, {number("1")}}}, sheet{name: "Two", rows: [][]data.Token{{text("c")}}})
	for _, c := range []struct {
		o    data.Options
		want string
	}{
		{data.Options{SheetIndex: -1}, "[One] \ns:a | s:b\n1 | \n[Two] \ns:c\n"},
		{data.Options{SheetIndex: -1, HasHeader: true}, "[One] a | b\n1 | \n[Two] c\n"},
		{data.Options{SheetIndex: 1}, "[Two] \ns:c\n"},
		{data.Options{SheetIndex: -1, SheetName: "two"}, "[Two] \ns:c\n"},
		{data.Options{SheetIndex: 0, SheetName: "One"}, "[One] \ns:a | s:b\n1 | \n"},
		{data.Options{SheetIndex: 2}, "INVALID_OPTION option=x-sheet-index allowed=[One Two]"},
		{data.Options{SheetIndex: -1, SheetName: "Three"}, "INVALID_OPTION option=x-sheet-name allowed=[One Two]"},
		{data.Options{SheetIndex: 0, SheetName: "Two"}, "INVALID_OPTION option=x-sheet-index allowed=[One Two]"},
	} {
		got, err := read(book, &c.o)
		all := ""
		for _, s := range got {
			all += s.shown()
		}
		if err != nil {
			all = datatest.Described(err)
		}
		if all != c.want {
			t.Errorf("%+v: got %q, want %q", c.o, all, c.want)
		}
	}
}

// FuzzRead changes a few bytes of workbooks. What is read is in rows of one length, in UTF-8, and is
// read again from the workbook that is written of it.
func FuzzRead(f *testing.F) {
	seeds := append(xlsFiles(f), withSheet(f, `<row r="2"><c r="B2" s="1"><v>45352.5</v></c><c t="s"><v>1</v></c><c t="b"><v>1</v></c><c t="inlineStr"><is><t>_x0041_</t></is></c></row>`))
	for i, seed := range seeds {
		f.Add(uint8(i), uint16(len(seed)-30), []byte{1})
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint16, change []byte) {
		in := slices.Clone(seeds[int(which)%len(seeds)])
		copy(in[int(at)%len(in):], change)
		fuzzed(t, in)
	})
}

// FuzzBegin reads what may be no workbook at all.
func FuzzBegin(f *testing.F) {
	for _, seed := range []string{"a,b", "PK\x05\x06", "<html>", "\x09\x08\x00", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "%PDF"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(fuzzed)
}

// fuzzed reads what was made by chance.
func fuzzed(t *testing.T, in []byte) {
	t.Helper()
	sheets, err := read(in, all())
	if err == nil {
		consistent(t, sheets)
	} else if d := datatest.Described(err); !strings.HasPrefix(d, "INVALID_EXCEL reason=") && d != "FILE_TOO_LARGE" {
		t.Fatal(err)
	}
}

// FuzzSheet is FuzzRead within a part, which is compressed in a workbook.
func FuzzSheet(f *testing.F) {
	f.Add(`<row r="2"><c r="B2" s="1"><v>45352.5</v></c><c t="s"><v>1</v></c><c t="b"><v>1</v></c><c t="inlineStr"><is><t>_x0041_</t></is></c></row>`)
	f.Add(`<row><c t="str"><f>1</f><v><![CDATA[a]]>&#65;</v></c></row><!-- --><row/>`)
	f.Fuzz(func(t *testing.T, rows string) {
		fuzzed(t, withSheet(t, rows))
	})
}

func consistent(t *testing.T, sheets []sheet) {
	t.Helper()
	for i := range sheets {
		if cells := len(sheets[i].rows); cells > 10_000 {
			return
		}
		for _, row := range sheets[i].rows {
			if len(row) != len(sheets[i].rows[0]) {
				t.Fatal("rows differ in length")
			}
		}
	}
	var out bytes.Buffer
	if tell(workbook.Write(&out, &data.Options{}), sheets...) != nil {
		return // a name or a text that no workbook can hold
	}
	again, err := read(out.Bytes(), all())
	if err != nil {
		t.Fatal(err)
	}
	for i := range sheets {
		a, b := plain(&sheets[i]), plain(&again[i])
		if a != b {
			t.Fatalf("%q became %q", a, b)
		}
	}
}

// plain is a sheet without its name, numbers as text, rows at the end that are empty left out.
func plain(s *sheet) string {
	var b strings.Builder
	for _, row := range s.rows {
		for _, c := range row {
			b.WriteString(string(c.Text) + "\x00")
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n\x00")
}

// TestRandomChangesAreSurvived changes single bytes of workbooks.
func TestRandomChangesAreSurvived(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	seeds := append(xlsFiles(t), withSheet(t, `<row r="2"><c r="B2" s="1"><v>45352.5</v></c><c t="s"><v>1</v></c></row>`))
	for _, seed := range seeds {
		for range 300 {
			changed := slices.Clone(seed)
			for range 1 + random.IntN(4) {
				changed[random.IntN(len(changed))] = byte(random.IntN(256))
			}
			if sheets, err := read(changed, all()); err == nil {
				consistent(t, sheets)
			}
		}
	}
}
