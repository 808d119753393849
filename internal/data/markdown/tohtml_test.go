package markdown_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claimcheck/internal/data/markdown"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// TestCommonMarkSpec reads each example of the specification.
func TestCommonMarkSpec(t *testing.T) {
	t.Parallel()
	spec, err := os.ReadFile(filepath.Join(testneeds.NodeModules(t, "commonmark-spec"), "spec.txt"))
	if err != nil {
		t.Fatal(err)
	}
	spec, _, _ = bytes.Cut(bytes.ReplaceAll(spec, []byte("→"), []byte("\t")), []byte("<!-- END TESTS -->"))
	examples := regexp.MustCompile("(?sm)^`{32} example\n(.*?)^\\.\n(.*?)^`{32}$").FindAllSubmatch(spec, -1)
	if len(examples) != 652 {
		t.Errorf("there are %d examples", len(examples))
	}
	for i, e := range examples {
		got, err := markdown.Plain(e[1])
		if want := strings.TrimRight(string(e[2]), "\n"); err != nil || string(got) != want {
			t.Errorf("example %d: %v\n%s\ngot\n%s\nwant\n%s", i+1, err, e[1], got, want)
		}
	}
}

func toHTML(tb testing.TB, in string) string {
	tb.Helper()
	var out bytes.Buffer
	if err := markdown.ToHTML(strings.NewReader(in), &out); err != nil {
		tb.Fatalf("%v of %q", err, in)
	}
	return out.String()
}

func TestMarkdownBecomesHTML(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\"a\" -- b --- it's... <<c>>":                       "<p>“a” – b — it’s… «c»</p>",
		"run --option or `--option` (--x) a--b --":           "<p>run --option or <code>--option</code> (--x) a–b –</p>",
		"--option first":                                     "<p>--option first</p>",
		"<div onclick=x>a</div>":                             "<p>&lt;div onclick=x&gt;a&lt;/div&gt;</p>",
		"a <script>alert(1)</script> b<br>c<BR />d":          "<p>a &lt;script&gt;alert(1)&lt;/script&gt; b<br>c<BR />d</p>",
		"H<sub>2</sub>O <sub>x <sup class=a>y</sup>":         "<p>H<sub>2</sub>O &lt;sub&gt;x &lt;sup class=a&gt;y&lt;/sup&gt;</p>",
		"<sub>a<sup>b</sub>c</sup> <b>":                      "<p>&lt;sub&gt;a<sup>b&lt;/sub&gt;c</sup> &lt;b&gt;</p>",
		"a<!-- b -->c\n\n<!-- d\n\ne -->\n\nf":               "<p>ac</p>\n<p>f</p>",
		"[a](javascript:alert(1)) [b](JAVASCRIPT:x)":         `<p><a href="">a</a> <a href="">b</a></p>`,
		"<javascript:alert(1)> ![a](javascript:x)":           `<p><a href="">javascript:alert(1)</a> <img src="" alt="a"></p>`,
		"[a](&#106;avascript:x) [b](java\\script:x)":         `<p><a href="">a</a> <a href="java%5Cscript:x">b</a></p>`,
		"[a](data:text/html,x) ![b](data:image/png;base64,)": `<p><a href="">a</a> <img src="data:image/png;base64," alt="b"></p>`,
		"a | b\n--|:-:\n1 | `x\\|y`":                         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th style=\"text-align:center\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td style=\"text-align:center\"><code>x|y</code></td>\n</tr>\n</tbody>\n</table>",
		"~~a~~ www.x.org https://x.org":                      `<p><del>a</del> <a href="http://www.x.org">www.x.org</a> <a href="https://x.org">https://x.org</a></p>`,
		"- [x] a\n- [ ] b":                                   "<ul>\n<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> a</li>\n<li><input disabled=\"\" type=\"checkbox\"> b</li>\n</ul>",
		"```go\na < b\n```":                                  "<pre><code class=\"language-go\">a &lt; b\n</code></pre>",
		"\uFEFF# a\r\nb":                                     "<h1>a</h1>\n<p>b</p>",
		"a\x00b":                                             "<p>a\uFFFDb</p>",
		"":                                                   "",
	} {
		if got := toHTML(t, in); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", in, got, want)
		}
	}
	if got := toHTML(t, "a[^1]\n\n[^1]: b"); !strings.Contains(got, `class="footnotes"`) {
		t.Errorf("a footnote is %s", got)
	}
}

// TestWorkIsLimited: what would take more than its share of time is refused, and
// what is less is not.
func TestWorkIsLimited(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		refused  bool
	}{
		{"many quotations", strings.Repeat(">", 101) + " a", true},
		{"quotations", strings.Repeat(">", 100) + " a", false},
		{"many lists", strings.Repeat("1. ", 101) + "a", true},
		{"an indented list", strings.Repeat(" ", 202) + "- a", true},
		{"indented code", "a\n\n" + strings.Repeat(" ", 500) + "a", false},
		{"a rule", strings.Repeat("*", 5000), false},
		{"many marks", strings.Repeat("*a_ ", 5001), true},
		{"marks", strings.Repeat("*a ", 9999), false},
		{"marks of many paragraphs", strings.Repeat("*a* _b_\n\n", 9999), false},
		{"a table", "a|b\n-|-\n" + strings.Repeat("*a* | [b](c)\n", 9999), false},
		{"a long image", "![a](data:image/png;base64," + strings.Repeat("iVBO", 1<<18) + ")", false},
		{"many addresses that are defined", strings.Repeat("[a]: b\n", 10_001), true},
		{"addresses that are defined", strings.Repeat("[a]: b\n", 10_000), false},
		{"addresses that are defined apart", strings.Repeat("[a]: b\n\n", 10_001), false},
		{"a table of many rows that are short", strings.Repeat("a|", 1000) + "\n" + strings.Repeat("-|", 1000) + "\n" + strings.Repeat("a|\n", 600), true},
		{"a table of rows that are short", strings.Repeat("a|", 1000) + "\n" + strings.Repeat("-|", 1000) + "\n" + strings.Repeat("a|\n", 400), false},
		{"many tables of rows that are short", strings.Repeat(strings.Repeat("a|", 100)+"\n"+strings.Repeat("-|", 100)+"\n"+strings.Repeat("a|\n", 100)+"\n", 60), true},
		{"a table of rows that are whole", "a|b|c\n-|-|-\n" + strings.Repeat("1|2|3\n", 20_000), false},
		{"many footnotes", strings.Repeat("[^a]", 10_001), true},
	} {
		f := fault.Of(markdown.ToHTML(strings.NewReader(c.in), io.Discard))
		if (f != nil) != c.refused || f != nil && f.Code != "FILE_TOO_LARGE" {
			t.Errorf("%s: %v, refused %v", c.name, f, c.refused)
		}
	}
}

func FuzzToHTML(f *testing.F) {
	for _, s := range []string{"# a\n\n*b* [c](d)", "<sub>a</sub> <b>", "a|b\n-|-\nc|d", "[^1]\n\n[^1]: x", "- [ ] a", "```\n<", "\"a\" --b", "<!-- a", "[a](javascript:b)"} {
		f.Add(s)
	}
	known := regexp.MustCompile(`(?i)^(/?(p|h[1-6]|ul|ol|li|a|img|em|strong|del|code|pre|blockquote|hr|br|table|thead|tbody|tr|th|td|input|su[bp]|div)\b|/?section\b)`)
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		if err := markdown.ToHTML(strings.NewReader(in), &out); err != nil {
			if fault.Of(err) == nil {
				t.Errorf("no fault: %v", err)
			}
			return
		}
		for i, part := range strings.Split(out.String(), "<") {
			if i > 0 && !known.MatchString(part) {
				t.Errorf("%q has <%s", in, part)
			}
		}
		if regexp.MustCompile(`(?i)(href|src)="\s*(javascript|vbscript|file):`).MatchString(out.String()) {
			t.Errorf("%q becomes %s", in, &out)
		}
	})
}

func BenchmarkToHTML(b *testing.B) {
	in := strings.Repeat("# Title *a*\n\nSome \"text\" with [links](https://example.com/a) and `code`, **bold** and more words that say nothing.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n", 2000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := markdown.ToHTML(strings.NewReader(in), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
