package cssform_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/cssform"
	"claimcheck/internal/data/text"
	"claimcheck/internal/fault"
)

// checkLaws wants of a style sheet that is taken: both are idempotent, and each ends
// where it would without the other before it.
func checkLaws(t rapid.TB, css string) {
	t.Helper()
	var minified, formatted bytes.Buffer
	err := cssform.Minify(strings.NewReader(css), &minified)
	if other := cssform.Format(strings.NewReader(css), &formatted, &data.Options{TabSpace: 2}); (err == nil) != (other == nil) {
		t.Fatalf("minified: %v, formatted: %v of %q", err, other, css)
	}
	if err != nil {
		checkPlace(t, err, css)
		return
	}
	if again := do(t, cssform.Minify, minified.String()); again != minified.String() {
		t.Errorf("minified %q\nfirst  %q\nsecond %q", css, &minified, again)
	}
	format := func(in string) string {
		var out bytes.Buffer
		if err := cssform.Format(strings.NewReader(in), &out, &data.Options{TabSpace: 2}); err != nil {
			t.Fatalf("%v of %q", err, in)
		}
		return out.String()
	}
	if again := format(formatted.String()); again != formatted.String() {
		t.Errorf("formatted %q\nfirst\n%s\nsecond\n%s", css, &formatted, again)
	}
	if both := do(t, cssform.Minify, formatted.String()); both != minified.String() {
		t.Errorf("formatted and minified %q\ngot  %q\nwant %q", css, both, &minified)
	}
}

func do(t rapid.TB, run func(io.Reader, io.Writer) error, in string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(strings.NewReader(in), &out); err != nil {
		t.Fatalf("%v of %q", err, in)
	}
	return out.String()
}

// checkPlace wants an error to be a fault with a place inside the input.
func checkPlace(t rapid.TB, err error, in string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("%v is no fault", err)
	}
	if f.Code == "FILE_TOO_LARGE" {
		return
	}
	place := data.Position{}
	for _, d := range f.Details {
		if n, ok := d.Value.(int); ok && d.Name == "line" {
			place.Line = n
		} else if ok && d.Name == "column" {
			place.Column = n
		}
	}
	read, bad := text.All(strings.NewReader(in), "CSS") // it may be UTF-16
	switch {
	case bad == nil:
		in = string(read)
	case f.Code == fault.Of(bad).Code && !strings.HasPrefix(in, "@charset"):
		if !reflect.DeepEqual(f.Details, fault.Of(bad).Details) {
			t.Errorf("%v, where the text has %v", f.Details, fault.Of(bad).Details)
		}
		return
	default:
		in = strings.TrimPrefix(in, "\uFEFF")
	}
	lines := strings.Split(in, "\n")
	if place.Line < 1 || place.Line > len(lines) || place.Column < 1 || place.Column > len([]rune(lines[place.Line-1]))+1 {
		t.Errorf("%v is at %v, outside of %q", err, place, in)
	}
}

func TestLawsHoldForGeneratedSheets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkLaws(t, generated().Draw(t, "sheet")) })
}

func TestMistakesHaveAPlace(t *testing.T) {
	t.Parallel()
	for css, want := range map[string]string{
		"a { b: c":              "1:9 Expected } to end the block, but the input ends.",
		"a { b: \"c\n }":        "1:10 Expected \" to end the string, but the line ends.",
		"a { b: 'c":             "1:10 Expected ' to end the string, but the input ends.",
		"/* a":                  "1:5 Expected */ to end the comment, but the input ends.",
		"a {}\n}":               "2:1 Expected no }: nothing is open that it closes.",
		"a { b: c) }":           "1:9 Expected no ): nothing is open that it closes.",
		"a[b { c: d }":          "1:13 Expected ], but the input ends.",
		"a { b: (c] }":          "1:10 Expected ) before ].",
		"a { b: c\\\n }":        "1:10 Expected a character after \\, but the line ends.",
		"@a\\":                  "1:4 Expected a character after \\, but the input ends.",
		"a { b: url( c }":       "1:16 Expected ) to end the address, but the input ends.",
		"é {}\nb":               "2:2 Expected { after the selector, but the input ends.",
		"a { é: rgb(1, 2, 3; ":  "1:21 Expected ), but the input ends.",
		"@media x { a { b: c }": "1:22 Expected } to end the block, but the input ends.",
		strings.Repeat("a{", cssform.MaxDepth) + "b{}": "1:2002 Blocks and brackets are nested deeper than 1000 levels.",
		"a{b:" + strings.Repeat("(", cssform.MaxDepth): "1:1004 Blocks and brackets are nested deeper than 1000 levels.",
	} {
		f := fault.Of(cssform.Minify(strings.NewReader(css), io.Discard))
		if f == nil {
			t.Errorf("%.40q is taken", css)
			continue
		}
		got := map[string]any{}
		for _, d := range f.Details {
			got[d.Name] = d.Value
		}
		if told := fmt.Sprintf("%v:%v %v", got["line"], got["column"], got["reason"]); f.Code != "INVALID_CSS" || told != want {
			t.Errorf("%.40q: %s %s, want %s", css, f.Code, told, want)
		}
	}
}

func FuzzCSS(f *testing.F) {
	for _, css := range []string{
		"a{b:c}", "@media x{a>b{c:d!important}}", "a{--x:{a:b}}", "a{b:c/**/d;/*! x */}", "@charset \"utf-8\";a{}", "<!-- a{} -->", `a\31 .b{c:\9}`, "a{b:url( x )}", ";a{}", "a{b:1/**/2}", "@x;", "a{&:b{}}", "@a\\", "a{b\\\n:c}", " @\x000\x00", "\x000\x000\n00000", "\x000\x000\n000000", "@charset \"\xD1\";", "\uFEFF\uFEFF",
	} {
		f.Add(css)
	}
	f.Fuzz(func(t *testing.T, css string) { checkLaws(t, css) })
}

func BenchmarkMinify(b *testing.B) { benchmark(b, cssform.Minify) }
func BenchmarkFormat(b *testing.B) {
	benchmark(b, func(in io.Reader, out io.Writer) error { return cssform.Format(in, out, &data.Options{TabSpace: 2}) })
}

func benchmark(b *testing.B, run func(io.Reader, io.Writer) error) {
	b.Helper()
	var css strings.Builder
	for i := range 200 {
		css.WriteString(generated().Example(i) + "\n")
	}
	in := strings.Repeat(css.String(), 20)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := run(strings.NewReader(in), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
