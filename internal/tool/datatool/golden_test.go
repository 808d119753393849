package datatool

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden runs the cases of testdata/golden, an archive for each tool. A case NAME has
// the file NAME.in, or NAME.in.base64 for bytes that are no text; NAME.options with a line
// "header: value" for each option, if there are any; and NAME.out, NAME.out.base64 or NAME.err.
// The line break that ends each file of an archive is not part of it.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, it := range Tools() {
		t.Run(it.Spec().Name, func(t *testing.T) {
			t.Parallel()
			golden(t, it)
		})
	}
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if !slices.ContainsFunc(Tools(), func(it tool.Tool) bool { return it.Spec().Name == name }) {
			t.Errorf("%s is of no tool", file)
		}
	}
}

func golden(t *testing.T, it tool.Tool) {
	t.Helper()
	path := filepath.Join("testdata", "golden", it.Spec().Name+".txtar")
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatalf("each tool needs its golden files: %v", err)
	}
	files := map[string][]byte{}
	for _, f := range archive.Files {
		files[f.Name] = bytes.TrimSuffix(f.Data, []byte("\n"))
	}
	made := &txtar.Archive{Comment: archive.Comment}
	cases := 0
	for _, f := range archive.Files {
		name, isInput := strings.CutSuffix(strings.TrimSuffix(f.Name, ".base64"), ".in")
		if !isInput {
			continue
		}
		cases++
		made.Files = append(made.Files, f)
		if options, ok := files[name+".options"]; ok {
			made.Files = append(made.Files, txtar.File{Name: name + ".options", Data: append(options, '\n')})
		}
		result, text := outcome(t, it, decoded(t, f.Name, files[f.Name]), string(files[name+".options"]))
		result = name + result
		made.Files = append(made.Files, txtar.File{Name: result, Data: append(bytes.Clone(text), '\n')})
		if want, ok := files[result]; !*update && (!ok || !bytes.Equal(want, text)) {
			t.Errorf("%s: got %s\n%s\nwant\n%s", name, result, text, want)
		}
	}
	if cases == 0 {
		t.Errorf("%s has no cases", path)
	}
	if len(made.Files) != len(archive.Files) && !*update {
		t.Errorf("%s has files that belong to no case", path)
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(made), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// outcome runs a tool. It returns what the file of the result is called after its case, and
// what it holds: an output, or a fault's code, message and details.
func outcome(t *testing.T, it tool.Tool, input []byte, options string) (ext string, text []byte) {
	t.Helper()
	given := map[string]string{}
	for line := range strings.Lines(options) {
		header, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		given[header] = value
	}
	spec := it.Spec()
	for header := range given {
		if !slices.ContainsFunc(spec.Options, func(o tool.Option) bool { return o.Header == header }) {
			t.Errorf("there is no option %q", header)
		}
	}
	parsed, err := spec.ParseOptions(func(header string) string { return given[header] })
	var out bytes.Buffer
	if err == nil {
		err = it.Run(t.Context(), tool.Call{Input: bytes.NewReader(input), InputSize: int64(len(input)), Options: parsed, Output: &out, Answer: &tool.Answer{}})
	}
	if err == nil && isText(out.Bytes()) {
		return ".out", out.Bytes()
	}
	if err == nil {
		return ".out.base64", []byte(base64.StdEncoding.EncodeToString(out.Bytes()))
	}
	f := fault.Of(err)
	if f == nil {
		t.Fatalf("no fault: %v", err)
	}
	out.Reset()
	fmt.Fprintf(&out, "%s: %s", f.Code, f.Message)
	for _, d := range f.Details {
		fmt.Fprintf(&out, "\n%s: %v", d.Name, d.Value)
	}
	return ".err", out.Bytes()
}

// isText reports whether bytes can stand in an archive.
func isText(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r == '\uFFFD' || r == '\r' || r < ' ' && r != '\n' && r != '\t' }) && !bytes.Contains(b, []byte("\n-- "))
}

func decoded(t *testing.T, name string, b []byte) []byte {
	t.Helper()
	if !strings.HasSuffix(name, ".base64") {
		return b
	}
	raw, err := base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(b, []byte("\n"), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
