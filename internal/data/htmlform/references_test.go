package htmlform_test

import (
	"bytes"
	"html"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	xhtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"claimcheck/internal/data/htmlform"
	"claimcheck/internal/fault"
)

func do(tb rapid.TB, f func(io.Reader, io.Writer) error, in string) string {
	tb.Helper()
	var out bytes.Buffer
	if err := f(strings.NewReader(in), &out); err != nil {
		tb.Fatalf("%v of %q", err, in)
	}
	return out.String()
}

func TestReferencesAreDecodedWhereverTheyAreCut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"&lt;p&gt; &amp;amp; &quot;&#39;&apos;":   "<p> &amp; \"''",
		"&copy &copy; &notit; &notin; &nosuch; &": "© © ¬it; ∉ &nosuch; &",
		"&#65;&#x41;&#X4a;&#0065":                 "AAJA",
		"&#128;&#x9f;&#0;&#xD800;&#x110000;":      "€Ÿ\uFFFD\uFFFD\uFFFD",
		"&#4294967361; &#99999999999999999999999": "\uFFFD \uFFFD",
		"&#" + strings.Repeat("0", 40000) + "65;": "A",
		"&#; &#x; &#xg; &;":                       "&#; &#x; &#xg; &;",
		"&CounterClockwiseContourIntegral;":       "∳",
		"&amp" + strings.Repeat("a", 50) + ";":    "&" + strings.Repeat("a", 50) + ";",
		"&acE;é🙂&nbsp":                            "∾̳é🙂\u00a0",
		"&&amp;&":                                 "&&&",
		"":                                        "",
	} {
		if got := do(t, htmlform.Decode, in); got != want {
			t.Errorf("%.60q: %q, want %q", in, got, want)
		}
		var out bytes.Buffer
		if err := htmlform.Decode(iotest.OneByteReader(strings.NewReader(in)), &out); err != nil || out.String() != want {
			t.Errorf("%.60q byte by byte: %v %q, want %q", in, err, &out, want)
		}
	}
}

func TestFiveCharactersAreEncoded(t *testing.T) {
	t.Parallel()
	if got, want := do(t, htmlform.Encode, `<a href="x">Tom's & é "🙂"</a>`), `&lt;a href=&quot;x&quot;&gt;Tom&#39;s &amp; é &quot;🙂&quot;&lt;/a&gt;`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzReferences(f *testing.F) {
	for _, s := range []string{"&lt;", "&notit;", "&#65", "&#x1F642;", "<&\"'>", "&#128;", "&ampa"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		in = strings.ToValidUTF8(strings.TrimLeft(in, "\uFEFF"), "")
		if strings.ContainsRune(in, 0) {
			return // may be another encoding
		}
		if got := do(t, htmlform.Decode, do(t, htmlform.Encode, in)); got != in {
			t.Errorf("encoded and decoded %q: %q", in, got)
		}
		if got, want := do(t, htmlform.Decode, in), html.UnescapeString(in); got != want && !strings.Contains(in, "&#") { // of long numbers the library makes others
			t.Errorf("decoded %q: %q, want %q", in, got, want)
		}
	})
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<p>a</p> <p>b", "<b><p>x</b>y", "<table>x<tr><td>", "<pre>\n a</pre>", "<!DOCTYPE html><p>a<table>", "<svg><title><a>", "<ul><li>a<li>b", "a<!-- b -->c", "<script><!--<script></script>", "</body>x", "<select><p>", "<a/b=c d=e/>", "<template><tr>",
		"<textarea>\n", "<div style=white-space:pre> ", "&am<!-- -->p;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, document string) {
		if strings.ContainsAny(document, "\x00\uFEFF\uFFFD") || strings.ToValidUTF8(document, "") != document || strings.Contains(strings.ToLower(document), "charset") {
			return // another encoding, perhaps
		}
		if _, err := xhtml.Parse(strings.NewReader(document)); err != nil {
			return // deeper than the judge reads
		}
		checkLaws(t, document)
	})
}

func BenchmarkFormat(b *testing.B) { benchmark(b, htmlform.Format) }
func BenchmarkMinify(b *testing.B) { benchmark(b, htmlform.Minify) }
func BenchmarkEncode(b *testing.B) { benchmark(b, htmlform.Encode) }
func BenchmarkDecode(b *testing.B) { benchmark(b, htmlform.Decode) }

func benchmark(b *testing.B, run func(io.Reader, io.Writer) error) {
	b.Helper()
	page, err := os.ReadFile("testdata/page.html")
	if err != nil {
		b.Fatal(err)
	}
	_, body, _ := strings.Cut(string(page), "<header>")
	body, _, _ = strings.Cut(body, "<p>unclosed")
	in := strings.Repeat("<section>"+body+"</main></section>", 500)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := run(strings.NewReader(in), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func TestLimitsOfHTML(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in      string
		refused bool
	}{
		"deep":           {strings.Repeat("<div>", htmlform.MaxDepth), false},
		"deeper":         {strings.Repeat("<div>", htmlform.MaxDepth+1), true},
		"lines of <b>":   {strings.Repeat("<b>", htmlform.MaxDepth+1), true},
		"end tags":       {strings.Repeat("</div></b>", 100_000), false},
		"paragraphs":     {strings.Repeat("<p><b>x", 100_000), false},
		"a long comment": {"<!--" + strings.Repeat("x", htmlform.MaxTokenBytes), true},
	} {
		for way, f := range map[string]func(io.Reader, io.Writer) error{"format": htmlform.Format, "minify": htmlform.Minify} {
			err := fault.Of(f(strings.NewReader(c.in), io.Discard))
			if (err != nil) != c.refused || err != nil && err.Code != "FILE_TOO_LARGE" {
				t.Errorf("%s, %s: %v, refused %v", name, way, err, c.refused)
			}
		}
	}
}
