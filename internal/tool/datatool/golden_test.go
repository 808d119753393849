package datatool_test

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

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
	"claimcheck/internal/tool/datatool/goldentest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden runs the cases of testdata/golden, an archive for each tool; package
// goldentest says what is in them.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, it := range datatool.Tools() {
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
		if !slices.ContainsFunc(datatool.Tools(), func(it tool.Tool) bool { return it.Spec().Name == name }) {
			t.Errorf("%s is of no tool", file)
		}
	}
}

func golden(t *testing.T, it tool.Tool) {
	t.Helper()
	spec := it.Spec()
	comment, cases := goldentest.Read(t, ".", spec.Name)
	for i := range cases {
		c := &cases[i]
		ext, text := outcome(t, it, c)
		result := c.Name + ext
		if !*update && (result != c.Result || !bytes.Equal(c.Want, text)) {
			t.Errorf("%s: got %s\n%s\nwant %s\n%s", c.Name, result, text, c.Result, c.Want)
		}
		c.Result, c.Want = result, text
	}
	if *update {
		if err := os.WriteFile(goldentest.Path(".", spec.Name), goldentest.Format(comment, cases), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// outcome runs a tool. It returns how the name of the result's file goes on after its case,
// and what it holds: an output, or a fault's code, message and details.
func outcome(t *testing.T, it tool.Tool, c *goldentest.Case) (ext string, text []byte) {
	t.Helper()
	spec := it.Spec()
	for header := range c.Options {
		if !slices.ContainsFunc(spec.Options, func(o tool.Option) bool { return o.Header == header }) {
			t.Errorf("there is no option %q", header)
		}
	}
	parsed, err := spec.ParseOptions(func(header string) string { return c.Options[header] })
	var out bytes.Buffer
	if err == nil {
		err = it.Run(t.Context(), tool.Call{Input: bytes.NewReader(c.Input), InputSize: int64(len(c.Input)), Options: parsed, Output: &out, Answer: &tool.Answer{}})
	}
	if err == nil && isText(out.Bytes()) {
		return ".out", out.Bytes()
	}
	if err == nil {
		return ".out.base64", []byte(base64.StdEncoding.EncodeToString(out.Bytes()))
	}
	f := fault.Of(err)
	if f == nil {
		t.Fatalf("%s: no fault: %v", c.Name, err)
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
	strange := func(r rune) bool { return r == '\uFFFD' || r < ' ' && r != '\n' && r != '\t' }
	return !bytes.ContainsFunc(b, strange) && !bytes.Contains(append([]byte{'\n'}, b...), []byte("\n-- "))
}
