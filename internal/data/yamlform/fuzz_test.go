package yamlform_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
	"claimcheck/internal/data/yamlparse"
	"claimcheck/internal/fault"
)

// seeds are the inputs of the golden files.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("../../tool/datatool/testdata/golden/yaml-*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(b).Files {
			if strings.HasSuffix(file.Name, ".in") {
				f.Add(file.Data)
			}
		}
	}
}

// inside checks that an error is a fault whose position is in the input.
func inside(t *testing.T, src []byte, err error) {
	t.Helper()
	e := fault.Of(err)
	if e == nil {
		t.Fatalf("no fault: %v", err)
	}
	if e.Code == "FILE_TOO_LARGE" {
		return
	}
	line, _ := e.Details[0].Value.(int)
	column, _ := e.Details[1].Value.(int)
	lines := strings.Split(string(src), "\n")
	if line < 1 || line > len(lines) || column < 1 || column > utf8.RuneCountInString(lines[line-1])+1 {
		t.Fatalf("line %d, column %d is not in the input of %d lines: %s", line, column, len(lines), mistake(err))
	}
}

// FuzzFormat: what is laid out has the same events and comments, and stays as it is; what is
// minified has the same value; mistakes are in the input.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Add([]byte(" ...\n\n0"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if !utf8.Valid(src) || len(src) > 1 && (src[0] == 0 || src[1] == 0) {
			return
		}
		src = []byte(strings.TrimPrefix(string(src), "\uFEFF"))
		for _, spaces := range []int{0, 2, 5} {
			var out strings.Builder
			err := yamlform.Format(strings.NewReader(string(src)), &out, &data.Options{TabSpace: spaces})
			if err != nil {
				inside(t, src, err)
				return
			}
			want, notes := told(t, string(src))
			got, kept := told(t, out.String())
			if got != want || !slices.Equal(notes, kept) {
				t.Fatalf("%q is laid out as %q\n%s%q\nwant\n%s%q", src, out.String(), got, kept, want, notes)
			}
			if again := laidOut(t, out.String(), spaces); again != out.String() {
				t.Fatalf("%q is laid out as %q, and this as %q", src, out.String(), again)
			}
		}
		var small strings.Builder
		if err := yamlform.Minify(strings.NewReader(string(src)), &small, &data.Options{}); err != nil {
			t.Fatalf("%q: %s", src, mistake(err))
		}
		if strings.Contains(small.String(), "\r") {
			t.Fatalf("%q is minified as %q", src, small.String())
		}
		want, errA := readJSON(string(src))
		got, errB := readJSON(small.String())
		if (errA == nil) != (errB == nil) || errA == nil && want != got {
			t.Fatalf("%q is minified as %q, %s %v, want %s %v", src, small.String(), got, errB, want, errA)
		}
	})
}

// FuzzRead: a value that is read is written and read as itself; mistakes are in the input.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		if !utf8.Valid(src) || len(src) > 1 && (src[0] == 0 || src[1] == 0) {
			return
		}
		src = []byte(strings.TrimPrefix(string(src), "\uFEFF"))
		var out strings.Builder
		w := yamlform.NewWriter(&out, &data.Options{TabSpace: 2})
		if err := yamlform.Read(strings.NewReader(string(src)), &data.Options{}, w); err != nil {
			inside(t, src, err)
			return
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		want, err := readJSON(string(src))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readJSON(out.String()); err != nil || got != want {
			t.Fatalf("%q is written as %q: %s %v, want %s", src, out.String(), got, err, want)
		}
	})
}

// FuzzParse: spans are in the source and in order, and collections end.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		open := 0
		err := yamlparse.Parse(src, func(e *yamlparse.Event) error {
			switch e.Kind {
			case yamlparse.DocumentStart, yamlparse.MappingStart, yamlparse.SequenceStart:
				open++
			case yamlparse.DocumentEnd, yamlparse.MappingEnd, yamlparse.SequenceEnd:
				open--
			case yamlparse.Scalar:
				e.Text(nil, src)
			case yamlparse.Alias:
			}
			if e.Start < 0 || e.End < e.Start || e.End > len(src) || open < 0 {
				t.Fatalf("%+v of %q", e, src)
			}
			return nil
		}, nil)
		if err != nil {
			inside(t, src, err)
		} else if open != 0 {
			t.Fatalf("%d collections of %q have no end", open, src)
		}
	})
}
