package workbook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/testneeds"
)

// A judged sheet is one as another program reads it: cells by row and column, each
// with its kind and what it may be called.
type judged struct {
	name  string
	cells map[string][]string
}

func (j *judged) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&j.name, &j.cells})
}

// ask runs a program that reads workbooks.
func ask(t *testing.T, files []string, program string, args ...string) [][]judged {
	t.Helper()
	in, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, stderr(err))
	}
	var books [][]judged
	if err := json.Unmarshal(out, &books); err != nil || len(books) != len(files) {
		t.Fatalf("%s %v: %v: %.500s", program, args, err, out)
	}
	return books
}

func stderr(err error) string {
	if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // as Output returns it
		return string(e.Stderr)
	}
	return ""
}

// python is the interpreter that has openpyxl and xlrd: that of the system.
func python(t *testing.T) string {
	t.Helper()
	exe := testneeds.Program(t, "Python 3 (apt-get install python3)", "/usr/bin/python3")
	if exec.CommandContext(t.Context(), exe, "-c", "import openpyxl, xlrd").Run() != nil {
		testneeds.Missing(t, "openpyxl and xlrd (apt-get install python3-openpyxl python3-xlrd)")
	}
	return exe
}

// office converts files with LibreOffice, all in one process.
func office(t *testing.T, to, dir string, files ...string) {
	t.Helper()
	exe := testneeds.Program(t, "LibreOffice (apt-get install libreoffice-calc)", "soffice")
	args := []string{"-env:UserInstallation=file://" + profile(t), "--headless", "--convert-to", to, "--outdir", dir}
	out, err := exec.CommandContext(t.Context(), exe, append(args, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
}

// profile is a folder for LibreOffice, whose processes do not share theirs.
func profile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "profile")
}

// save writes a file into a folder.
func save(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// awkward are sheets with what is easily lost, and much by chance.
func awkward() []sheet {
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "Z", "0", " ", "  ", "\t", "\n", "\r", "é", "🙂", "<", ">", "&", "\"", "'", "]]>", "&amp;", "=", "-", "+", "@", "_x0041_", "_", "x000D", "\u2028", "\u00A0", "1.5", "true", ",", ";"}
	var rows [][]data.Token
	for range 200 {
		var row []data.Token
		for range 6 {
			switch random.IntN(8) {
			case 0:
				row = append(row, null())
			case 1:
				row = append(row, boolean(random.IntN(2) == 0))
			case 2:
				row = append(row, number(strconv.FormatInt(random.Int64N(2e15)-1e15, 10)))
			case 3:
				row = append(row, number(strconv.FormatFloat(float64(random.IntN(2e9)-1e9)/1000, 'f', -1, 64)))
			case 4:
				row = append(row, number([]string{"0.10", "1e400", "12345678901234567", "-0", "1e-7", "1.5e+300", "0.000001"}[random.IntN(7)]))
			default:
				s := "t"
				for range 1 + random.IntN(8) {
					s += pieces[random.IntN(len(pieces))]
				}
				row = append(row, text(s))
			}
		}
		rows = append(rows, row)
	}
	return []sheet{{"First <&> 'sheet'", []string{"a", "b b", "", "_x0041_", "é\n", "f"}, rows}, {"", nil, [][]data.Token{{null()}, {null(), text("B2")}}}, {"none", []string{}, nil}}
}

// sameCells compares a sheet that we wrote or read with what another program reads.
func sameCells(t *testing.T, file string, ours *sheet, theirs judged, called func(text string) string) {
	t.Helper()
	rows := ours.rows
	if ours.columns != nil {
		var header []data.Token
		for _, c := range ours.columns {
			header = append(header, text(c))
		}
		rows = append([][]data.Token{header}, rows...)
	}
	n := 0
	for r, row := range rows {
		for c, got := range row {
			at := fmt.Sprintf("%d,%d", r, c)
			want, ok := theirs.cells[at]
			if ok {
				n++
			}
			if !sameCell(got, want, called) {
				t.Errorf("%s, sheet %s, cell %s: %q here, %q there", file, theirs.name, at, cell(got), want)
			}
		}
	}
	if n != len(theirs.cells) {
		t.Errorf("%s, sheet %s: %d of their %d cells are here", file, theirs.name, n, len(theirs.cells))
	}
}

func sameCell(ours data.Token, theirs []string, called func(text string) string) bool {
	if len(theirs) == 0 {
		return ours.Kind == data.Null || ours.Kind == data.String && len(ours.Text) == 0
	}
	switch ours.Kind {
	case data.Bool:
		return theirs[0] == "b" && theirs[1] == string(ours.Text)
	case data.Number:
		if theirs[0] == "d" {
			return slices.Contains(theirs[1:], string(ours.Text))
		}
		a, err := strconv.ParseFloat(string(ours.Text), 64)
		b, err2 := strconv.ParseFloat(theirs[1], 64)
		return theirs[0] == "n" && err == nil && err2 == nil && a == b
	case data.String:
		if theirs[0] == "d" { // openpyxl knows no day 0, which in the system of 1904 is a day
			return slices.Contains(theirs[1:], strings.TrimPrefix(string(ours.Text), "1904-01-01T"))
		}
		return theirs[0] == "s" && called(string(ours.Text)) == theirs[1]
	default:
		return false
	}
}

func itself(text string) string { return text }

// TestOthersReadWhatIsWritten has three programs read our workbooks.
func TestOthersReadWhatIsWritten(t *testing.T) {
	t.Parallel()
	sheets := awkward()
	file := save(t, t.TempDir(), "ours.xlsx", write(t, sheets...))
	names := []string{"First <&> 'sheet_", "Sheet2", "none"}
	same := func(t *testing.T, books [][]judged, called func(string) string) {
		t.Helper()
		for i, theirs := range books[0] {
			if theirs.name != names[i] {
				t.Errorf("sheet %d is %q there, want %q", i, theirs.name, names[i])
			}
			written := sheets[i]
			written.rows = asCells(written.rows)
			sameCells(t, "ours.xlsx", &written, theirs, called)
		}
	}
	// openpyxl 3.0.9 and exceljs 4.4.0 do not undo the escape of an escape, which Excel wants.
	t.Run("openpyxl", func(t *testing.T) {
		t.Parallel()
		same(t, ask(t, []string{file}, python(t), "testdata/read.py"), escape)
	})
	t.Run("exceljs", func(t *testing.T) {
		t.Parallel()
		same(t, ask(t, []string{file}, testneeds.Node(t), "testdata/read.js", testneeds.NodeModules(t, "exceljs")), escape)
	})
	t.Run("LibreOffice", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		office(t, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false,true,false,false,-1", dir, file)
		for i, name := range names[:2] {
			b, err := os.ReadFile(filepath.Join(dir, "ours-"+name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			written := sheets[i]
			written.rows = asCells(written.rows)
			sameCells(t, "ours.xlsx", &written, judged{name, quotedCSV(string(b))}, func(text string) string {
				if strings.Contains(text, "\n") { // a carriage return among several lines breaks one
					text = strings.NewReplacer("\r\n", "\n", "\n\r", "\n", "\r", "\n").Replace(text)
				}
				return text
			})
		}
	})
}

// asCells are rows with numbers that do not come back as the texts that they become.
func asCells(rows [][]data.Token) [][]data.Token {
	texts := []string{"0.10", "1e400", "12345678901234567", "-0"}
	var all [][]data.Token
	for _, row := range rows {
		row = slices.Clone(row)
		for i, c := range row {
			if c.Kind == data.Number && slices.Contains(texts, string(c.Text)) {
				row[i].Kind = data.String
			}
		}
		all = append(all, row)
	}
	return all
}

// escape is how a text that looks like an escape is written.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if rest := text[i:]; len(rest) >= 7 && (strings.HasPrefix(rest, "_x0041_") || strings.HasPrefix(rest, "_x000D_")) {
			b.WriteString("_x005F")
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// quotedCSV reads CSV in which texts alone are quoted.
func quotedCSV(s string) map[string][]string {
	cells := map[string][]string{}
	r, c := 0, 0
	for len(s) > 0 {
		field, isText := "", s[0] == '"'
		if isText {
			end := 1
			for s[end] != '"' || strings.HasPrefix(s[end:], `""`) {
				if s[end] == '"' {
					end++
				}
				end++
			}
			field, s = strings.ReplaceAll(s[1:end], `""`, `"`), s[end+1:]
		} else {
			end := strings.IndexAny(s, ",\n")
			field, s = s[:end], s[end:]
		}
		at := fmt.Sprintf("%d,%d", r, c)
		switch {
		case isText:
			cells[at] = []string{"s", field}
		case field == "TRUE" || field == "FALSE":
			cells[at] = []string{"b", strings.ToLower(field)}
		case field != "":
			cells[at] = []string{"n", field}
		}
		if c++; s[0] == '\n' {
			r, c = r+1, 0
		}
		s = s[1:]
	}
	return cells
}

// TestWhatOthersWriteIsRead has three programs write workbooks, of both kinds, and
// others read them too.
func TestWhatOthersWriteIsRead(t *testing.T) {
	t.Parallel()
	dir, converted := t.TempDir(), t.TempDir()
	for _, args := range [][]string{{python(t), "testdata/write.py"}, {testneeds.Node(t), "testdata/write.js", testneeds.NodeModules(t, "exceljs")}} {
		if out, err := exec.CommandContext(t.Context(), args[0], append(args[1:], dir)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	written, err := filepath.Glob(filepath.Join(dir, "*.xlsx"))
	if err != nil || len(written) != 5 {
		t.Fatalf("%v: %v", written, err)
	}
	office(t, "xls", converted, written...)
	office(t, "xlsx", converted, written...)
	byOffice, err := filepath.Glob(filepath.Join(converted, "*.xls*"))
	if err != nil || len(byOffice) != 2*len(written) {
		t.Fatalf("%v: %v", byOffice, err)
	}
	here, err := filepath.Glob("testdata/*.xls")
	if err != nil {
		t.Fatal(err)
	}
	files := append(byOffice, here...)
	for _, f := range written {
		if !strings.HasSuffix(f, "formulas.xlsx") { // openpyxl stores no results: TestAFormulaWithoutAResultIsNamed
			files = append(files, f)
		}
	}
	for i, theirs := range ask(t, files, python(t), "testdata/read.py") {
		name := filepath.Base(filepath.Dir(files[i])) + "/" + filepath.Base(files[i])
		b, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		ours, err := read(b, all())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(ours) != len(theirs) {
			t.Errorf("%s: %d sheets here, %d there", name, len(ours), len(theirs))
			continue
		}
		for i := range ours {
			if ours[i].name != theirs[i].name {
				t.Errorf("%s: sheet %q here, %q there", name, ours[i].name, theirs[i].name)
			}
			sameCells(t, name, &ours[i], theirs[i], itself)
		}
	}
}
