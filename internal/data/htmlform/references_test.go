package htmlform_test

import (
	"bytes"
	"html"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"claimcheck/internal/data/htmlform"
)

func run(tb testing.TB, f func(io.Reader, io.Writer) error, in string) string {
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
		if got := run(t, htmlform.Decode, in); got != want {
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
	if got, want := run(t, htmlform.Encode, `<a href="x">Tom's & é "🙂"</a>`), `&lt;a href=&quot;x&quot;&gt;Tom&#39;s &amp; é &quot;🙂&quot;&lt;/a&gt;`; got != want {
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
		if got := run(t, htmlform.Decode, run(t, htmlform.Encode, in)); got != in {
			t.Errorf("encoded and decoded %q: %q", in, got)
		}
		if got, want := run(t, htmlform.Decode, in), html.UnescapeString(in); got != want && !strings.Contains(in, "&#") { // of long numbers the library makes others
			t.Errorf("decoded %q: %q, want %q", in, got, want)
		}
	})
}
