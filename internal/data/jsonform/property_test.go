package jsonform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/fault"
)

// A document is a list of JSON tokens, delimiters among them.
type document []string

var scalar = rapid.OneOf(
	rapid.SampledFrom([]string{"null", "true", "false", "0", "-0", "1E400", "0.10", "12345678901234567890", `"\u0041\/"`, `""`}),
	rapid.StringMatching(`-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,9})?`),
	text,
)

var text = rapid.Custom(func(t *rapid.T) string {
	parts := rapid.SliceOfN(rapid.OneOf(
		rapid.StringMatching(`[^\x00-\x1f"\\]{0,20}`),
		rapid.StringMatching(`\\(["\\/bfnrt]|u[0-9A-Ca-c][0-9A-Fa-f]{3}|u[dD][89abAB][0-9A-F]{2}\\u[dD][cdefCDEF][0-9a-f]{2})`),
	), 0, 8).Draw(t, "parts")
	return `"` + strings.ToValidUTF8(strings.Join(parts, ""), "") + `"`
})

// drawDocument draws a value of at most depth levels.
func drawDocument(t *rapid.T, depth int) document {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 2).Draw(t, "kind")
	}
	if kind == 0 {
		return document{scalar.Draw(t, "scalar")}
	}
	open, end := "[", "]"
	if kind == 2 {
		open, end = "{", "}"
	}
	d := document{open}
	for i := range rapid.IntRange(0, 5).Draw(t, "children") {
		if i > 0 {
			d = append(d, ",")
		}
		if kind == 2 {
			d = append(d, text.Draw(t, "name"), ":")
		}
		d = append(d, drawDocument(t, depth-1)...)
	}
	return append(d, end)
}

// spread joins the tokens with white space around them.
func spread(t *rapid.T, d document) string {
	space := rapid.StringMatching(`[ \t\r\n]{0,3}`)
	var b strings.Builder
	for _, token := range d {
		b.WriteString(space.Draw(t, "space"))
		b.WriteString(token)
	}
	b.WriteString(space.Draw(t, "space"))
	return b.String()
}

// TestTokensSurvive: minified, a document is its tokens; formatted, it is so
// with other white space, and formatting it again changes nothing.
func TestTokensSurvive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDocument(rt, 4)
		in := spread(rt, d)
		width := rapid.SampledFrom([]string{"", "0", "3", "16"}).Draw(rt, "width")
		must := func(name, in string) string {
			var out bytes.Buffer
			if err := run(t, name, strings.NewReader(in), &out, "x-tab-space", width); err != nil {
				rt.Fatalf("%s of %q: %v", name, in, err)
			}
			return out.String()
		}
		want := strings.Join(d, "")
		if got := must("json-minify", in); got != want {
			rt.Fatalf("%q minified is %q, want %q", in, got, want)
		}
		formatted := must("json-formatter", in)
		if got := must("json-minify", formatted); got != want {
			rt.Fatalf("%q formatted and minified is %q, want %q", in, got, want)
		}
		if got := must("json-validator", formatted); got != formatted {
			rt.Fatalf("%q formatted twice is %q, want %q", in, got, formatted)
		}
	})
}

// TestFormatsLikeEncodingJSON compares with another formatter, which knows
// documents only as a whole.
func TestFormatsLikeEncodingJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := spread(rt, drawDocument(rt, 4))
		var got, want bytes.Buffer
		if err := run(t, "json-formatter", strings.NewReader(in), &got, "x-tab-space", "2"); err != nil {
			rt.Fatal(err)
		}
		if err := json.Indent(&want, []byte(strings.Trim(in, " \t\r\n")), "", "  "); err != nil {
			rt.Fatal(err)
		}
		if got.String() != want.String() {
			rt.Fatalf("%q: got %q, want %q", in, got.String(), want.String())
		}
	})
}

// TestMistakeIsFirst damages documents and checks what makes a mistake the
// first: the text before it is a beginning of a document, with it no more.
func TestMistakeIsFirst(t *testing.T) {
	damage := rapid.OneOf(rapid.StringMatching(`[\[\]{},:"\\0-9a-z+.é\n-]{0,2}`), rapid.SampledFrom([]string{"\xff", "\x00", `\ud800`, "\ufeff"}))
	rapid.Check(t, func(rt *rapid.T) {
		in := spread(rt, drawDocument(rt, 3))
		from := rapid.IntRange(0, len(in)).Draw(rt, "from")
		to := rapid.IntRange(from, min(from+3, len(in))).Draw(rt, "to")
		in = in[:from] + damage.Draw(rt, "damage") + in[to:]
		if problem := misplaced(t, in); problem != "" {
			rt.Fatal(problem)
		}
	})
}

// misplaced says what is wrong with line and column of the mistake in a text, "" if
// nothing or if there is no mistake.
func misplaced(tb testing.TB, in string) string {
	tb.Helper()
	err := run(tb, "json-minify", strings.NewReader(in), io.Discard)
	if err == nil {
		return ""
	}
	bytewise := run(tb, "json-formatter", iotest.OneByteReader(strings.NewReader(in)), io.Discard)
	if fmt.Sprint(bytewise) != fmt.Sprint(err) || reason(bytewise) != reason(err) || offset(in, bytewise) != offset(in, err) {
		return fmt.Sprint("byte by byte: ", bytewise, ", else ", err)
	}
	at := offset(in, err)
	if at < 0 {
		return "not in the text: " + err.Error()
	}
	if strings.Contains(reason(err), "surrogate") || strings.Contains(reason(err), "levels") {
		return "" // told at the start of what is not complete
	}
	if err := run(tb, "json-minify", strings.NewReader(in[:at]), io.Discard); err != nil {
		if offset(in[:at], err) != at || !strings.Contains(reason(err), "but the input ends") {
			return "what is before the mistake is wrong already: " + err.Error()
		}
	}
	if at == len(in) {
		return ""
	}
	_, size := utf8.DecodeRuneInString(in[at:])
	if err := run(tb, "json-minify", strings.NewReader(in[:at+size]), io.Discard); offset(in, err) != at {
		return "the character at the mistake is not wrong by itself"
	}
	return ""
}

// offset turns line and column into a byte offset, the slow way; -1 if there is
// no such line and column.
func offset(text string, err error) int {
	line, column := 1, 1
	for i, r := range text + "." {
		if line == detail(err, "line") && column == detail(err, "column") {
			return i
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return -1
}

// FuzzFormat compares with encoding/json, and lines and columns with their definition.
func FuzzFormat(f *testing.F) {
	for _, c := range mistakes {
		f.Add([]byte(c.text))
	}
	for _, c := range badEncodings {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(`{"a":[1,2.5e-3,"\u0041\ud83d\ude00é"],"a":{}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		err := run(t, "json-formatter", bytes.NewReader(in), &out)
		if err == nil {
			if !json.Valid(in) || !utf8.Valid(in) || !json.Valid(out.Bytes()) {
				t.Fatalf("accepted %q as %q", in, out.Bytes())
			}
			return
		}
		if !fault.IsCode(err, invalidJSON) && !fault.IsCode(err, invalidEncoding) {
			t.Fatalf("%q: %v", in, err)
		}
		allowed := strings.Contains(reason(err), "levels") || strings.Contains(reason(err), "surrogate")
		if json.Valid(in) && utf8.Valid(in) && !allowed {
			t.Fatalf("refused %q: %v", in, err)
		}
		if utf8.Valid(in) && fault.IsCode(err, invalidEncoding) {
			t.Fatalf("%q is UTF-8: %v", in, err)
		}
		if problem := misplaced(t, string(in)); problem != "" {
			t.Fatalf("%q: %v: %s", in, err, problem)
		}
	})
}
