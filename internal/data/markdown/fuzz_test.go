package markdown_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"claimcheck/internal/data/markdown"
	"claimcheck/internal/fault"
)

func FuzzFromHTML(f *testing.F) {
	for _, s := range []string{
		"<p>a<b>b</b>c", "<ul><li>a<ul><li>b", "<table><tr><td>a|b<td rowspan=2>c", "<pre><code class=language-x>a", "<a href='x y'>z</a>", "http://x.org/_a_", "<b>(a)</b>b", "<blockquote><h1>#</h1></blockquote>", "<ol start=7><li><input type=checkbox>",
		"a<br>- b<br>---", "<sub>x</sub>", "<b><p>a</p>b</b>", "http://\x01",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var out, back bytes.Buffer
		if err := markdown.FromHTML(strings.NewReader(in), &out); err != nil {
			if fault.Of(err) == nil {
				t.Errorf("no fault: %v", err)
			}
			return
		}
		if err := github.Convert(out.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if first, second := words(t, back.String()), words(t, thereAndBack(t, back.String())); first != second {
			t.Errorf("%q\nis\n%s\nand then\n%s\n%q\n%q", in, &out, fromHTML(t, back.String()), first, second)
		}
	})
}

// words are those of a document, without white space.
func words(t rapid.TB, document string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Skip(err)
	}
	return strings.Join(strings.Fields(textOf(root)), "")
}

// thereAndBack takes HTML to Markdown and back.
func thereAndBack(t rapid.TB, document string) string {
	t.Helper()
	var back bytes.Buffer
	if err := github.Convert([]byte(fromHTML(t, document)), &back); err != nil {
		t.Fatal(err)
	}
	return back.String()
}

func BenchmarkFromHTML(b *testing.B) {
	in := strings.Repeat("<h2>Title <em>a</em></h2><p>Some text with <a href=\"https://example.com/a\">links</a> and <code>code</code>, <b>bold</b> and more words that say nothing.</p><ul><li>one<li>two</ul><table><tr><th>a<th>b<tr><td>1<td>2</table>", 2000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := markdown.FromHTML(strings.NewReader(in), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
