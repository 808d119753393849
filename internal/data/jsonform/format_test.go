package jsonform_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var allTools = []string{"json-formatter", "json-minify", "json-validator"}

// run runs an algorithm by the name of its tool, with x-tab-space or without it.
func run(tb testing.TB, name string, in io.Reader, out io.Writer, tabSpace ...string) error {
	tb.Helper()
	o := data.Options{TabSpace: 1}
	if len(tabSpace) == 2 && tabSpace[1] != "" {
		n, err := strconv.Atoi(tabSpace[1])
		if err != nil {
			tb.Fatal(err)
		}
		o.TabSpace = n
	}
	if name == "json-minify" {
		return jsonform.Minify(in, out, &o)
	}
	return jsonform.Format(in, out, &o)
}

// output runs a tool that must succeed.
func output(tb testing.TB, name, in string, headers ...string) string {
	tb.Helper()
	var out bytes.Buffer
	if err := run(tb, name, strings.NewReader(in), &out, headers...); err != nil {
		tb.Fatalf("%s of %.200q: %v", name, in, err)
	}
	return out.String()
}

// detail returns a whole number beside a fault's message, 0 if it has none.
func detail(err error, name string) int {
	f := fault.Of(err)
	if f == nil {
		return 0
	}
	for _, d := range f.Details {
		if n, ok := d.Value.(int); ok && d.Name == name {
			return n
		}
	}
	return 0
}

// TestGolden compares testdata/x.json, formatted and minified, with
// testdata/x.formatted and testdata/x.minified.
func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.json")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("inputs: %v, %v", inputs, err)
	}
	for _, input := range inputs {
		text, err := os.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(input, ".json")
		formatted := output(t, "json-formatter", string(text), "x-tab-space", "2")
		golden(t, base+".formatted", formatted)
		golden(t, base+".minified", output(t, "json-minify", string(text)))
		if got := output(t, "json-validator", string(text), "x-tab-space", "2"); got != formatted {
			t.Errorf("%s: the validator prints\n%s\nthe formatter\n%s", input, got, formatted)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

func TestTabSpace(t *testing.T) {
	const in = `{"a":[1,{"b":[]}],"c":{}}`
	for _, c := range []struct{ header, indent string }{
		{"", " "}, {"0", ""}, {"1", " "}, {"4", "    "}, {"16", strings.Repeat(" ", 16)},
	} {
		want := strings.Join([]string{
			`{`, `-"a": [`, `--1,`, `--{`, `---"b": []`, `--}`, `-],`, `-"c": {}`, `}`,
		}, "\n")
		want = strings.ReplaceAll(want, "-", c.indent)
		for _, name := range []string{"json-formatter", "json-validator"} {
			if got := output(t, name, in, "x-tab-space", c.header); got != want {
				t.Errorf("%s, x-tab-space %q: got\n%s\nwant\n%s", name, c.header, got, want)
			}
		}
	}
}

// TestLossless minifies documents that are minimal already: whatever else
// happens to them is a loss.
func TestLossless(t *testing.T) {
	for _, in := range []string{
		`1E400`, `-1e-400`, `0.10`, `100.0`, `-0`, `-0.0`, `1e+05`, `12345678901234567890`, `0.1234567890123456789012345678901`,
		`{"a":1,"a":2,"a":{"a":3}}`, `{"b":1,"a":2,"":3}`,
		`"\u0041\/\b\f\n\r\t\"\\"`, `"\u00e9é\uD83D\uDE00😀"`, `"\ud83d\ude00"`, `"\u0000\u001F\u2028"`, "\"\u2028\u007f\"", `"<>&'"`,
		"\"\uFFFD\uFEFF\"", `{"\u0041":"A","A":"\u0041"}`, `[]`, `{}`, `[[],{}]`, `null`, `true`, `false`, `""`,
	} {
		if got := output(t, "json-minify", in); got != in {
			t.Errorf("%s became %s", in, got)
		}
		if got := output(t, "json-minify", output(t, "json-formatter", " "+in+"\r\n\t")); got != in {
			t.Errorf("formatted and minified, %s became %s", in, got)
		}
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int, open, inner, end string) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	for _, name := range allTools {
		for _, in := range []string{nested(10_000, "[", "", "]"), nested(10_000, `{"a":`, "1", "}")} {
			if got := output(t, name, in, "x-tab-space", "0"); strings.ReplaceAll(strings.ReplaceAll(got, "\n", ""), " ", "") != in {
				t.Errorf("%s changed 10,000 levels", name)
			}
		}
		for _, c := range []struct {
			in     string
			line   int
			column int
		}{
			{nested(10_001, "[", "", "]"), 1, 10_001},
			{nested(10_001, `{"a":`, "1", "}"), 1, 50_001},
			{nested(10_000, "[", "1,\n [", ""), 2, 2},
			{nested(50_000, "[", "", ""), 1, 10_001},
		} {
			err := run(t, name, strings.NewReader(c.in), io.Discard)
			if !fault.IsCode(err, "INVALID_JSON") || detail(err, "line") != c.line || detail(err, "column") != c.column {
				t.Errorf("%s, too deep at %d:%d: %v %d:%d", name, c.line, c.column, err, detail(err, "line"), detail(err, "column"))
			}
			if want := "at most " + strconv.Itoa(10_000) + " levels"; err != nil && !strings.Contains(reason(err), want) {
				t.Errorf("got %q, want it to say %q", err, want)
			}
		}
	}
}

func TestWriterErrors(t *testing.T) {
	full := errors.New("disk full")
	for _, name := range allTools {
		err := run(t, name, strings.NewReader(`[1]`), writerFunc(func([]byte) (int, error) { return 0, full }))
		if !errors.Is(err, full) || fault.Of(err) != nil {
			t.Errorf("%s on a full disk: %v", name, err)
		}
		err = run(t, name, strings.NewReader(`[1]`), writerFunc(func(p []byte) (int, error) { return len(p) - 1, nil }))
		if !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s, one byte not written: %v", name, err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
