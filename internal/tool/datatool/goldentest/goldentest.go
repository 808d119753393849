// Package goldentest reads the golden archives of the data tools. Only tests import it.
package goldentest

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// A Case is one call of a tool and what comes of it.
type Case struct {
	Name    string
	Input   []byte
	Options map[string]string // by header

	// Result is the name of the file with the outcome, and Want what is in it: an output,
	// or of a name that ends in .err the code and message of the failure in its first line
	// and a detail in each further one, "name: value".
	Result string
	Want   []byte

	input, options txtar.File
}

// Failed reports whether the case ends with a failure.
func (c *Case) Failed() bool { return strings.HasSuffix(c.Result, ".err") }

// Output is what the tool should write.
func (c *Case) Output(tb testing.TB) []byte {
	tb.Helper()
	return decoded(tb, c.Result, c.Want)
}

// Read reads the archive of a tool. It is in the folder testdata/golden of package datatool,
// for which the path leads from the test's own folder. A case NAME has
// the file NAME.in, or NAME.in.base64 for bytes that are no text; NAME.options with a line
// "header: value" for each option, if there are any; and NAME.out, NAME.out.base64 or NAME.err.
// The line break that ends each file of an archive is not part of it. A file that belongs to
// no case is an error, and so is an archive without cases.
func Read(tb testing.TB, datatool, tool string) (comment []byte, cases []Case) {
	tb.Helper()
	archive, err := txtar.ParseFile(Path(datatool, tool))
	if err != nil {
		tb.Fatalf("each tool needs its golden files: %v", err)
	}
	rest := slices.Clone(archive.Files)
	take := func(name string) (txtar.File, bool) {
		for i, f := range rest {
			if f.Name == name {
				rest = slices.Delete(rest, i, i+1)
				return f, true
			}
		}
		return txtar.File{}, false
	}
	for _, f := range archive.Files {
		name, isInput := strings.CutSuffix(strings.TrimSuffix(f.Name, ".base64"), ".in")
		if !isInput {
			continue
		}
		c := Case{Name: name, Options: map[string]string{}}
		c.input, _ = take(f.Name)
		c.Input = decoded(tb, f.Name, bytes.TrimSuffix(f.Data, []byte("\n")))
		c.options, _ = take(name + ".options")
		for line := range strings.Lines(string(c.options.Data)) {
			header, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			c.Options[header] = value
		}
		for _, ext := range []string{".out", ".out.base64", ".err"} {
			if result, ok := take(name + ext); ok {
				c.Result, c.Want = result.Name, bytes.TrimSuffix(result.Data, []byte("\n"))
			}
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		tb.Fatalf("the golden archive of %s has no cases", tool)
	}
	for _, f := range rest {
		tb.Errorf("%s: %s belongs to no case", tool, f.Name)
	}
	return archive.Comment, cases
}

// Format is an archive of cases.
func Format(comment []byte, cases []Case) []byte {
	a := &txtar.Archive{Comment: comment}
	for i := range cases {
		c := &cases[i]
		a.Files = append(a.Files, c.input)
		if c.options.Name != "" {
			a.Files = append(a.Files, c.options)
		}
		a.Files = append(a.Files, txtar.File{Name: c.Result, Data: append(bytes.Clone(c.Want), '\n')})
	}
	return txtar.Format(a)
}

// Path is the file of a tool's archive.
func Path(datatool, tool string) string {
	return filepath.Join(datatool, "testdata", "golden", tool+".txtar")
}

func decoded(tb testing.TB, name string, b []byte) []byte {
	tb.Helper()
	if !strings.HasSuffix(name, ".base64") {
		return b
	}
	raw, err := base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(b, []byte("\n"), nil)))
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}
