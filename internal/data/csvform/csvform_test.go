package csvform_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/csvform"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// A table keeps what it is told.
type table struct {
	columns []string
	rows    [][]string
}

func (t *table) Sheet(_ string, columns []string) error {
	t.columns = columns
	return nil
}

func (t *table) Row(cells []data.Token) error {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = string(c.Text)
	}
	t.rows = append(t.rows, row)
	return nil
}

func (t *table) End() error { return nil }

// read reads CSV without a header.
func read(document string, delimiter byte) ([][]string, error) {
	var t table
	err := csvform.Read(strings.NewReader(document), &data.Options{Delimiter: delimiter}, &t)
	return t.rows, err
}

// A failer is a test of testing or of rapid.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// written writes rows.
func written(tb failer, rows [][]string, delimiter byte) string {
	tb.Helper()
	var out bytes.Buffer
	w := csvform.Write(&out, &data.Options{Delimiter: delimiter})
	err := w.Sheet("", nil)
	for _, r := range rows {
		cells := make([]data.Token, len(r))
		for i, c := range r {
			cells[i] = data.Token{Kind: data.String, Text: []byte(c)}
		}
		err = errors.Join(err, w.Row(cells))
	}
	if err := errors.Join(err, w.End()); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// rowsOf are tables as people have them, and others.
func rowsOf() *rapid.Generator[[][]string] {
	cell := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9 .-]{0,12}`),
		rapid.StringMatching(`[a",;|\n\r\t '=]{0,6}`),
		rapid.StringOfN(rapid.RuneFrom([]rune("é🙂\u00a0\u2028\ufeffsep=,;\"\n")), 0, 8, -1),
	)
	return rapid.SliceOfN(rapid.SliceOfN(cell, 1, 5), 0, 8)
}

func TestRowsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rowsOf().Draw(t, "rows")
		delimiter := rapid.SampledFrom([]byte(",;\t|: ")).Draw(t, "delimiter")
		document := written(t, rows, delimiter)
		got, err := read(document, delimiter)
		if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", rows) {
			t.Fatalf("%q is read as %q %v, want %q", document, got, err, rows)
		}
	})
}

func TestPythonReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	python := testneeds.Program(t, "Python 3 (apt-get install python3)", "/usr/bin/python3", "python3")
	type document struct {
		Text, Delimiter string
	}
	var documents []document
	var want [][][]string
	for seed := range 600 {
		rows := rowsOf().Example(seed)
		delimiter := ",\t;"[seed%3]
		documents = append(documents, document{written(t, rows, delimiter), string(delimiter)})
		want = append(want, rows)
	}
	var got [][][]string
	testneeds.Ask(t, exec.CommandContext(t.Context(), python, "-c", `
import csv, io, json, sys
print(json.dumps([list(csv.reader(io.StringIO(d["Text"], newline=""), delimiter=d["Delimiter"], strict=True)) for d in json.load(sys.stdin)]))`), documents, &got)
	for i := range documents {
		if fmt.Sprintf("%q", got[i]) != fmt.Sprintf("%q", want[i]) {
			t.Errorf("%q is read as %q, want %q", documents[i].Text, got[i], want[i])
		}
	}
}

func TestTheDelimiterIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		document string
		want     []string // the first row
	}{
		"commas":                                {"id,name\n1,x\n2,y", []string{"id", "name"}},
		"semicolons and decimal commas":         {"a;b\n1,5;2,5\n3,5;4,5", []string{"a", "b"}},
		"the same without a header":             {"1,5;2,5;3,5\n1,1;2,1;3,1", []string{"1,5", "2,5", "3,5"}},
		"thousands and decimals":                {"a;b\n1.000,50;-2,5\n3,5 %;4", []string{"a", "b"}},
		"commas and decimal points":             {"a,b\n1.5,2.5\n3.5,4.5", []string{"a", "b"}},
		"one line of tabs":                      {"a\tb, c", []string{"a", "b, c"}},
		"tabs":                                  {"a\tb\n1,2\t3\n4\t5", []string{"a", "b"}},
		"bars":                                  {"a|b|c\n1|2, 3|4\n5|6, 7|8", []string{"a", "b", "c"}},
		"one column":                            {"name\nSmith\nJones", []string{"name"}},
		"one column of names":                   {"Smith, John\nDoe, Jane", []string{"Smith", " John"}},
		"names beside numbers":                  {"Smith, John;5\nDoe, Jane;6", []string{"Smith, John", "5"}},
		"prose":                                 {"text\nHello; you there\nno\nyes", []string{"text"}},
		"delimiters in quotes":                  {"a;b\n\"1,2,3\";\"4,5,6\"\n\"1,2,3\";\"4,5,6\"", []string{"a", "b"}},
		"quotes of another delimiter":           {"\"a\";\"b,c\"\n\"d\";\"e,f\"", []string{"a", "b,c"}},
		"line breaks in quotes":                 {"a;b\n\"x\ny,z\";1\n\"p,q\";2", []string{"a", "b"}},
		"addresses with bars and commas":        {"url,n\nhttp://x/?a|b,1\nhttp://y/?a|b,2", []string{"url", "n"}},
		"dates and times":                       {"when;what\n2024-01-02 03:04:05;a,b\n2024-01-03 03:04:05;c,d", []string{"when", "what"}},
		"a ragged row":                          {"a;b;c\n1;2;3\n4;5;6\ntotal", []string{"a", "b", "c"}},
		"a title before it":                     {"Sales of 2024\n\na;b;c\n1;2;3\n4;5;6", []string{"Sales of 2024"}},
		"JSON in fields":                        {"id\tdata\n1\t{a: 1, b: 2}\n2\t{a: 3, b: 4}", []string{"id", "data"}},
		"empty fields":                          {"a,b,c\n,,\n,,", []string{"a", "b", "c"}},
		"named as Excel does":                   {"sep=|\na,b|c\nd,e|f", []string{"a,b", "c"}},
		"named, with the line break of Windows": {"sep=\t\r\na\tb", []string{"a", "b"}},
		"one field":                             {"a", []string{"a"}},
		"wrong CSV":                             {"a;b\n1;\"2", []string{"a", "b"}},
	} {
		got, err := read(c.document, 0)
		if name == "wrong CSV" {
			if err == nil || len(got) != 1 || !slices.Equal(got[0], c.want) {
				t.Errorf("%s: %q %v", name, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got[0], c.want) {
			t.Errorf("%s: %q %v, want %q", name, got, err, c.want)
		}
	}
	if got, err := read("Sales\n\na;b;c\n1;2;3", 0); err != nil || len(got) != 4 {
		t.Errorf("a title: %q %v", got, err) // the blank line is the second row of what has one column
	}
	long := "a;b\n" + strings.Repeat("1,2;\"x\ny\"\n", 20_000) + "1"
	if got, err := read(long, 0); err != nil || len(got) != 20_002 || got[1][0] != "1,2" {
		t.Errorf("a long document: %d rows, %v", len(got), err)
	}
}

func TestRowsBeyondTheLimitsAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		document io.Reader
		sentence string
	}{
		"a quote that is not closed": {
			io.MultiReader(strings.NewReader("a,b\n1,\""), io.LimitReader(forever{}, 1<<30)),
			"The row that begins in line 2 is larger than the 16777216 bytes that a row of CSV may have.",
		},
		"many fields": {
			strings.NewReader("a\nb\n" + strings.Repeat(",", 1<<16)),
			"The row that begins in line 3 has more than the 65536 fields that a row may have.",
		},
	} {
		var t0 table
		err := csvform.Read(c.document, &data.Options{Delimiter: ','}, &t0)
		if e := fault.Of(err); e == nil || e.Code != "FILE_TOO_LARGE" || e.Message != c.sentence {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := read(strings.Repeat(",", 1<<16-1), ','); err != nil || len(got[0]) != 1<<16 {
		t.Errorf("just as many fields: %v", err)
	}
	field := strings.Repeat("x\n", 4<<20)
	if got, err := read("\""+field+"\"", ','); err != nil || got[0][0] != field {
		t.Errorf("8 MiB in a field: %v", err)
	}
}

// forever is line breaks without an end.
type forever struct{}

func (forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestDuplicatesAreFoundBeyondWhatMemoryHolds(t *testing.T) {
	t.Parallel()
	const n = 200_000 // rows, more than have a slot; each is there again behind all of them, but for the last
	var in strings.Builder
	in.WriteString("number\n")
	for i := range n {
		fmt.Fprintf(&in, "%d\n", i)
	}
	for i := range n - 1 {
		fmt.Fprintf(&in, "%d\n", i)
	}
	for keep, want := range map[string]struct {
		first, last string
		rows        int
	}{"first": {"0", fmt.Sprint(n - 1), n}, "last": {fmt.Sprint(n - 1), fmt.Sprint(n - 2), n}, "none": {fmt.Sprint(n - 1), fmt.Sprint(n - 1), 1}} {
		var out bytes.Buffer
		if err := csvform.RemoveDuplicates(strings.NewReader(in.String()), &out, &data.Options{HasHeader: true, Keep: keep}); err != nil {
			t.Fatal(err)
		}
		rows := strings.Split(out.String(), "\n")[1:]
		if len(rows) != want.rows || rows[0] != want.first || rows[len(rows)-1] != want.last {
			t.Errorf("%s: %d rows from %s to %s, want %v", keep, len(rows), rows[0], rows[len(rows)-1], want)
		}
		if keep == "first" && !slices.IsSortedFunc(rows, func(a, b string) int { return len(a) - len(b) }) {
			t.Error("the order changed")
		}
	}
}

// TestDuplicatesAreThoseOfAPlainMap compares with the obvious.
func TestDuplicatesAreThoseOfAPlainMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", `"`, "\n"}), 1, 2), 0, 30).Draw(t, "rows")
		keep := rapid.SampledFrom([]string{"first", "last", "none"}).Draw(t, "keep")
		count := map[string]int{}
		for _, r := range rows {
			count[fmt.Sprintf("%q", r)]++
		}
		var want [][]string
		met := map[string]int{}
		for _, r := range rows {
			key := fmt.Sprintf("%q", r)
			met[key]++
			if keep == "first" && met[key] == 1 || keep == "last" && met[key] == count[key] || keep == "none" && count[key] == 1 {
				want = append(want, r)
			}
		}
		var out bytes.Buffer
		if err := csvform.RemoveDuplicates(strings.NewReader(written(t, rows, ',')), &out, &data.Options{Delimiter: ',', Keep: keep}); err != nil {
			t.Fatal(err)
		}
		if got := written(t, want, ','); out.String() != got {
			t.Fatalf("%s of %q: %q, want %q", keep, rows, out.String(), got)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"a\"\"b\",\r\n", "a\rb", "a;b\n\"x\ny\";1", "sep=;\na;b", "a,\"b\"c", "\"", "\xEF\xBB\xBFa", "caf\xE9", "a\x00b\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, delimiter := range []byte{0, ',', '\t'} {
			var rows, byByte table
			o := data.Options{Delimiter: delimiter}
			err := csvform.Read(bytes.NewReader(in), &o, &rows)
			if errByByte := csvform.Read(iotest.OneByteReader(bytes.NewReader(in)), &o, &byByte); fmt.Sprint(err, rows) != fmt.Sprint(errByByte, byByte) {
				t.Fatalf("%q %v, by byte %q %v", rows.rows, err, byByte.rows, errByByte)
			}
			inside(t, err, in)
			if err == nil && delimiter != 0 {
				document := written(t, rows.rows, delimiter)
				again, err := read(document, delimiter)
				if mayBeWide := strings.Contains(document, "\x00"); !mayBeWide && (err != nil || fmt.Sprint(again) != fmt.Sprint(rows.rows)) {
					t.Fatalf("%q came back as %q %v", rows.rows, again, err)
				}
			}
			if delimiter == ',' {
				compare(t, in, rows.rows, err)
			}
		}
		for _, tool := range []func(io.Reader, io.Writer, *data.Options) error{csvform.Trim, csvform.RemoveDuplicates} {
			var once, twice bytes.Buffer
			if err := tool(bytes.NewReader(in), &once, &data.Options{Delimiter: ','}); err != nil {
				inside(t, err, in)
				continue
			}
			if bytes.ContainsRune(once.Bytes(), 0) {
				continue // could be taken for UTF-16
			}
			if err := tool(bytes.NewReader(once.Bytes()), &twice, &data.Options{Delimiter: ','}); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
				t.Fatalf("%q became %q, then %q %v", in, once.Bytes(), twice.Bytes(), err)
			}
		}
	})
}

// inside checks that an error is one of CSV, within the input.
func inside(t *testing.T, err error, in []byte) {
	t.Helper()
	if err == nil {
		return
	}
	e := fault.Of(err)
	if e == nil || e.Code != "INVALID_CSV" && e.Code != "INVALID_ENCODING" || len(e.Details) != 3 {
		t.Fatal(err)
	}
	line, isLine := e.Details[0].Value.(int)
	column, isColumn := e.Details[1].Value.(int)
	if !isLine || !isColumn || line < 1 || line > 2*(bytes.Count(in, []byte("\n"))+1) || column < 1 || column > len(in)+1 {
		t.Fatalf("%v is not inside %q", e.Details, in)
	}
}

// compare compares with encoding/csv what that reads as we do: without CR, marks, NULs and blank lines.
func compare(t *testing.T, in []byte, got [][]string, gotErr error) {
	t.Helper()
	if !utf8.Valid(in) || bytes.ContainsAny(in, "\r\x00") || bytes.HasPrefix(in, []byte("\uFEFF")) || bytes.HasPrefix(in, []byte("\n")) || bytes.Contains(in, []byte("\n\n")) {
		return
	}
	r := csv.NewReader(bytes.NewReader(in))
	r.FieldsPerRecord = -1
	want, err := r.ReadAll()
	if (err == nil) != (gotErr == nil) || err == nil && fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Fatalf("%q: %q %v, encoding/csv reads %q %v", in, got, gotErr, want, err)
	}
}
