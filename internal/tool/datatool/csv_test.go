package datatool_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/csvform"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
)

// A failer is a test of testing or of rapid.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// call runs a tool with options, "header: value".
func call(t failer, name, input string, options ...string) (string, error) {
	t.Helper()
	given := map[string]string{}
	for _, o := range options {
		header, value, _ := strings.Cut(o, ": ")
		given[header] = value
	}
	all := datatool.Tools()
	i := slices.IndexFunc(all, func(x tool.Tool) bool { return x.Spec().Name == name })
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	spec := all[i].Spec()
	parsed, err := spec.ParseOptions(func(header string) string { return given[header] })
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = all[i].Run(context.Background(), tool.Call{Input: strings.NewReader(input), InputSize: int64(len(input)), Options: parsed, Output: &out, Answer: &tool.Answer{}})
	return out.String(), err
}

// spectrumDisagrees are the cases of csv-spectrum 2.0.0 that are decided otherwise here.
var spectrumDisagrees = map[string]string{
	"location_coordinates": "a field that does not begin with a quote has one, which RFC 4180 does not allow; and what is expected is no array, and has another number than the document",
}

func TestCSVSpectrum(t *testing.T) {
	t.Parallel()
	dir := testneeds.NodeModules(t, "csv-spectrum")
	files, err := filepath.Glob(filepath.Join(dir, "csvs", "*.csv"))
	if err != nil || len(files) != 12 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wanted, err := os.ReadFile(filepath.Join(dir, "json", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(wanted, &want); err != nil {
			t.Fatal(err)
		}
		out, err := call(t, "csv-to-json", string(in))
		if err == nil {
			err = json.Unmarshal([]byte(out), &got)
		}
		agrees := err == nil && reflect.DeepEqual(got, want)
		if reason, listed := spectrumDisagrees[name]; agrees == listed {
			t.Errorf("%s: %v %v, want %v; listed: %q", name, got, err, want, reason)
		}
	}
	_, err = call(t, "csv-to-json", "a,b\n37°36'37.8\"N,1")
	if e := fault.Of(err); e == nil || e.Code != "INVALID_CSV" || e.Details[1].Value != 11 {
		t.Errorf("a quote in a field: %v", err)
	}
}

// tables are rows under names that are all there and each once, each as long as the header.
func tables() *rapid.Generator[[][]string] {
	return rapid.Custom(func(t *rapid.T) [][]string {
		name := rapid.OneOf(rapid.StringMatching(`[a-z.\[\]"0-9]{1,6}`), rapid.StringMatching(`[é, \n]{1,3}`))
		header := rapid.SliceOfNDistinct(name, 1, 5, rapid.ID[string]).Draw(t, "header")
		cell := rapid.OneOf(rapid.StringMatching(`[a-z0-9 ]{0,8}`), rapid.StringOfN(rapid.RuneFrom([]rune("é🙂,;\"'\n\r\t\u2028\ufeff\x01{}[]")), 0, 6, -1))
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, len(header), len(header)), 1, 8).Draw(t, "rows")
		return append([][]string{header}, rows...)
	})
}

// asCSV writes rows.
func asCSV(t failer, rows [][]string) string {
	t.Helper()
	var out bytes.Buffer
	w := csvform.Write(&out, &data.Options{})
	for i, r := range rows {
		if i == 0 {
			if err := w.Sheet("", r); err != nil {
				t.Fatal(err)
			}
			continue
		}
		cells := make([]data.Token, len(r))
		for i, c := range r {
			cells[i] = data.Token{Kind: data.String, Text: []byte(c)}
		}
		if err := w.Row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCSVComesBackFromJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := asCSV(t, tables().Draw(t, "table"))
		for _, header := range []string{"yes", "no"} {
			value, err := call(t, "csv-to-json", document, "x-delimiter: ,", "x-has-header: "+header)
			if err != nil {
				t.Fatal(err)
			}
			back, err := call(t, "json-to-csv", value)
			if err != nil || back != document {
				t.Fatalf("header %s: %q became %s, then %q %v", header, document, value, back, err)
			}
		}
	})
}

// TestCSVComesBackFromAWorkbook leaves out the one character that no workbook can hold.
func TestCSVComesBackFromAWorkbook(t *testing.T) {
	t.Parallel()
	for seed := range 40 {
		table := tables().Example(seed)
		for _, row := range table {
			for i, c := range row {
				row[i] = strings.ReplaceAll(c, "\x01", "")
			}
		}
		document := asCSV(t, table)
		value, err := call(t, "csv-to-json", document, "x-delimiter: ,")
		if err != nil {
			t.Fatal(err)
		}
		book, err := call(t, "json-to-excel", value)
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		back, err := call(t, "excel-to-csv", book)
		if err != nil || back != document {
			t.Errorf("%q came back as %q %v", document, back, err)
		}
	}
}

func TestCSVComesBackFromXML(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table := tables().Draw(t, "table")
		for i, row := range table {
			for j, c := range row {
				row[j] = strings.ReplaceAll(c, "\x01", "")
				if i == 0 {
					row[j] = "column" + strconv.Itoa(j)
				}
			}
		}
		document := asCSV(t, table)
		value, err := call(t, "csv-to-xml", document)
		if err != nil {
			t.Fatal(err)
		}
		back, err := call(t, "xml-to-csv", value)
		if err != nil || back != document {
			t.Fatalf("%q became %s, then %q %v", document, value, back, err)
		}
	})
}
