package markdown_test

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"claimcheck/internal/data/markdown"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

func fromHTML(tb rapid.TB, in string) string {
	tb.Helper()
	var out bytes.Buffer
	if err := markdown.FromHTML(strings.NewReader(in), &out); err != nil {
		tb.Fatalf("%v of %q", err, in)
	}
	return out.String()
}

// github is what reads the Markdown that we write.
var github = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(goldhtml.WithUnsafe()))

// An outline is the text and structure of HTML: where blocks begin and end, and lines of text in which
// {marks} stand before the characters that have them.
type outline struct {
	lines []string
	flow  strings.Builder
	marks string // of the last character
	space bool
}

func outlineOf(t rapid.TB, document string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	o := &outline{}
	o.node(root, nil)
	o.end()
	return o.lines
}

func (o *outline) end() {
	if o.flow.Len() > 0 {
		o.lines = append(o.lines, o.flow.String())
	}
	o.flow.Reset()
	o.marks, o.space = "", false
}

func (o *outline) word(text string, marks []string) {
	set := slices.Compact(slices.Sorted(slices.Values(marks)))
	for _, r := range text {
		if strings.ContainsRune(" \t\n\r\f", r) {
			o.space = true
			continue
		}
		if o.space && o.flow.Len() > 0 {
			o.flow.WriteByte(' ')
		}
		o.space = false
		if now := fmt.Sprint(set); now != o.marks && (len(set) > 0 || o.marks != "") {
			o.flow.WriteString("{" + strings.Trim(now, "[]") + "}")
			o.marks = now
		}
		o.flow.WriteRune(r)
	}
}

func (o *outline) node(n *html.Node, marks []string) {
	if n.Type == html.TextNode {
		o.word(n.Data, marks)
		return
	}
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
	}
	name := n.Data
	switch name {
	case "head":
		return
	case "pre":
		o.end()
		o.lines = append(o.lines, fmt.Sprintf("<pre>%q", strings.TrimSuffix(textOf(n), "\n")))
		return
	case "hr":
		o.end()
		o.lines = append(o.lines, "<hr>")
		return
	case "img":
		o.word("\U0001F5BC"+address(attr["src"])+"|"+strings.Join(strings.Fields(attr["alt"]), "_")+"|"+strings.Join(strings.Fields(attr["title"]), "_"), marks)
		return
	case "br":
		if o.flow.Len() > 0 {
			o.space = false
			o.flow.WriteString("⏎")
		}
		return
	case "b":
		name = "strong"
	case "i":
		name = "em"
	case "a":
		if to, text := attr["href"], textOf(n); address(to) != address(text) && address(to) != "mailto:"+address(text) && address(to) != "http://"+address(text) {
			marks = append(slices.Clone(marks), "a:"+address(to)+"|"+attr["title"])
		}
	}
	switch name {
	case "strong", "em", "del", "code", "sup", "sub":
		marks = append(slices.Clone(marks), name)
	case "p", "div", "body", "html":
		o.end()
		defer o.end()
	case "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "table", "tr", "td", "th":
		o.end()
		if name == "th" {
			name = "td"
		}
		o.lines = append(o.lines, "<"+name+attr["start"]+">")
		defer func() {
			o.end()
			if o.lines[len(o.lines)-1] == "<td>" { // empty cells may be padding
				o.lines = o.lines[:len(o.lines)-1]
				return
			}
			o.lines = append(o.lines, "</"+name+">")
		}()
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		o.node(child, marks)
	}
}

// address is one without its escapes, which readers of Markdown add.
func address(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		b.WriteString(textOf(child))
	}
	return b.String()
}

// tidyOutline drops what is not shown: breaks at the ends of lines, headers of tables that are empty.
func tidyOutline(lines []string) []string {
	var kept []string
	for _, line := range lines {
		line = strings.TrimRight(line, "⏎ ")
		line = strings.ReplaceAll(strings.ReplaceAll(line, "⏎ ", "⏎"), " ⏎", "⏎")
		if line == "" {
			continue
		}
		if line == "</tr>" && kept[len(kept)-1] == "<tr>" {
			kept = kept[:len(kept)-1]
			continue
		}
		kept = append(kept, line)
	}
	return kept
}

// checkRoundTrip wants the text and structure of HTML in the Markdown, as another program reads it.
func checkRoundTrip(t rapid.TB, document string) {
	t.Helper()
	made := fromHTML(t, document)
	var back bytes.Buffer
	if err := github.Convert([]byte(made), &back); err != nil {
		t.Fatal(err)
	}
	before, after := tidyOutline(outlineOf(t, document)), tidyOutline(outlineOf(t, back.String()))
	if !slices.Equal(before, after) {
		t.Fatalf("HTML\n%s\nMarkdown\n%s\nand back\n%s\nbefore %q\nafter  %q", document, made, &back, before, after)
	}
}

// drawnInline is text with elements in it; in says which are open.
func drawnInline(t *rapid.T, depth int, in string) string {
	var b strings.Builder
	for range rapid.IntRange(1, 4).Draw(t, "pieces") {
		kind := rapid.SampledFrom([]string{"", "", "", "em", "strong", "del", "code", "a", "sup", "br", "img"}).Draw(t, "kind")
		if depth == 0 || strings.Contains(in, "<"+kind+">") {
			kind = ""
		}
		switch kind {
		case "":
			text := rapid.SampledFrom([]string{
				"a", "b ", " c", "(x)", "你好。", "世界", "*", "_", "a_b_c", "**x**", "[l](u)", "`", "``", "~", "~~x~~", "\\", "&lt;b&gt;", "&amp;amp;", "#", "1.", "- ", "+ x", "=", "--", "&gt;", "|", "a | b", "!", "!(x)", "http://x.org/a_b_c?d=1&amp;e=2", "www.x.org/a_b",
				"me@x.org", ".", ", ", "é", "&nbsp;", "🙂", "€", "\n", "  ", "2*3*4", "1) x", ":", "^1", "&copy;", "x&amp;copy;y", "http://", "\u3000", "\"q\"", "a@b", "end#", "---", "|-|", "- [ ] x", "&lt;!-- x --&gt;", "&lt;http://x&gt;",
			}).Draw(t, "text")
			if strings.Contains(in, "<code>") {
				text = strings.ReplaceAll(text, "\u3000", "x")
			}
			b.WriteString(text)
		case "br":
			if !strings.Contains(in, "<code>") {
				b.WriteString("x<br>")
			}
		case "img":
			if !strings.Contains(in, "<code>") {
				b.WriteString(`<img src="` + rapid.SampledFrom([]string{"a.png", "a b.png", "a(b).png", "x_y*z", ""}).Draw(t, "src") + `" alt="` + rapid.SampledFrom([]string{"", "alt", "a]b[", "*x* &amp;amp;", "me@x.org"}).Draw(t, "alt") + `">`)
			}
		case "a":
			b.WriteString(`<a href="` + rapid.SampledFrom([]string{"u", "http://x.org/?a=1&amp;copy;=2", "a b", "a)(b", "&lt;x&gt;", "#", "x\\y", ""}).Draw(t, "href") + `" title="` + rapid.SampledFrom([]string{"", "", "t", "a &quot;b&quot; \\"}).Draw(t, "title") + `">` + "l" + drawnInline(t, depth-1, in+"<a>") + "</a>")
		default:
			b.WriteString("<" + kind + ">" + drawnInline(t, depth-1, in+"<"+kind+">") + "</" + kind + ">")
		}
	}
	return b.String()
}

func drawnBlocks(t *rapid.T, depth int) string {
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "blocks") {
		kinds := []string{"p", "p", "div", "h2", "hr", "pre", "table"}
		if depth > 0 {
			kinds = append(kinds, "blockquote", "ul", "ol", "ul")
		}
		switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
		case "p", "div", "h2":
			b.WriteString("<" + kind + ">x" + drawnInline(t, 3, "") + "</" + kind + ">")
		case "hr":
			b.WriteString("<hr>")
		case "pre":
			b.WriteString("<pre><code>" + rapid.SampledFrom([]string{"a\n  b\n", "```\nx", "&lt;b&gt; *x*", "\n\n a", "~~~", "1. x\n\n\n2"}).Draw(t, "code") + "</code></pre>")
		case "blockquote":
			b.WriteString("<blockquote>" + drawnBlocks(t, depth-1) + "</blockquote>")
		case "table":
			b.WriteString("<table>")
			columns := rapid.IntRange(1, 3).Draw(t, "columns")
			for range rapid.IntRange(1, 3).Draw(t, "rows") {
				b.WriteString("<tr>")
				for range columns {
					b.WriteString("<td>x" + drawnInline(t, 2, "") + "</td>")
				}
				b.WriteString("</tr>")
			}
			b.WriteString("</table>")
		default:
			start := ""
			if kind == "ol" {
				start = rapid.SampledFrom([]string{"", "", ` start="3"`}).Draw(t, "start")
			}
			b.WriteString("<" + kind + start + ">")
			for range rapid.IntRange(1, 3).Draw(t, "items") {
				b.WriteString("<li>")
				switch rapid.IntRange(0, 3).Draw(t, "item") {
				case 0:
				case 1:
					b.WriteString(drawnBlocks(t, depth-1))
				default:
					b.WriteString("x" + drawnInline(t, 2, ""))
					if rapid.Bool().Draw(t, "more") {
						b.WriteString(drawnBlocks(t, depth-1))
					}
				}
				b.WriteString("</li>")
			}
			b.WriteString("</" + kind + ">")
		}
	}
	return b.String()
}

func TestTextAndStructureComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, drawnBlocks(t, 2)) })
}

func TestLinesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checkRoundTrip(t, "<p>"+drawnInline(t, 3, "")+"</p>")
	})
}

func TestWhatLibrariesGetWrong(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"<p>a_b_c 2*3*4</p>":                               `a_b_c 2\*3\*4`,
		"<em>a</em><strong>b</strong>":                     "*a*__b__",
		"<b>(a)</b>b":                                      "**(a)**&#98;",
		"<b>你好。</b>世界":                                     "**你好。**&#19990;界",
		"see http://x.org/a_b_c.":                          "see <http://x.org/a_b_c>.",
		"<table><tr><td>a<br>b<td>c</table>":               "|  |  |\n| --- | --- |\n| a<br>b | c |",
		"<ul><li>a</ul><ul><li>b</ul>":                     "- a\n\n* b",
		"H<sub>2</sub>O":                                   "H<sub>2</sub>O",
		"<b> a </b>b<i><br></i>c":                          "**a** b\\\nc",
		"<pre class='language-go'>\na\n```\n</pre>":        "````go\na\n```\n````",
		"<ul><li><input type=checkbox checked>a<li>b</ul>": "- [x] a\n- b",
		"<a href='a b' title='t \"'>x</a>!<a href=y>y</a>": `[x](<a b> "t \"")\!` + "[y](y)",
		"<ol start=3><li>a<ul><li>b</ul><li>c</ol>":        "3. a\n   - b\n4. c",
		"":        "",
		"<p>1. a": `1\. a`,
	} {
		if got := fromHTML(t, document); got != want {
			t.Errorf("%s\ngot  %q\nwant %q", document, got, want)
		}
	}
}

func TestDeepHTMLIsRefused(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		strings.Repeat("<div>", 600):                                               "Elements are nested deeper than 512 levels.",
		strings.Repeat("<blockquote>", 110) + "a":                                  "Quotations and lists are nested deeper than 100 levels.",
		strings.Repeat("<html a>", 1100):                                           "The document begins more than 100 times.",
		"<table>" + strings.Repeat("<tr><td colspan=100 rowspan=100>", 2000) + "x": "Cells of tables take the place of more than 1000000 others.",
	} {
		f := fault.Of(markdown.FromHTML(strings.NewReader(in), io.Discard))
		if f == nil || f.Code != "FILE_TOO_LARGE" || f.Message != want {
			t.Errorf("%.30s…: %v, want %s", in, f, want)
		}
	}
}

// TestOurDocumentsComeBack takes the repository's own documents from Markdown to HTML, to
// Markdown and to HTML again.
func TestOurDocumentsComeBack(t *testing.T) {
	t.Parallel()
	for _, path := range testneeds.Documents(t) {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := github.Convert(source, &b); err != nil {
			t.Fatal(err)
		}
		checkRoundTrip(t, b.String())
	}
}
