package xmlform_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/fault"
)

func formatted(t *testing.T, document string, spaces int) string {
	t.Helper()
	var b strings.Builder
	if err := xmlform.Format(strings.NewReader(document), &b, &data.Options{TabSpace: spaces}); err != nil {
		t.Fatalf("format %.500q: %v %v", document, err, fault.Of(err).Details)
	}
	return b.String()
}

func minified(t *testing.T, document string) string {
	t.Helper()
	var b strings.Builder
	if err := xmlform.Minify(strings.NewReader(document), &b, &data.Options{}); err != nil {
		t.Fatalf("minify %.500q: %v %v", document, err, fault.Of(err).Details)
	}
	return b.String()
}

// documents are well-formed, with all that a formatter must take care of.
var documents = rapid.Custom(func(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"", "<?xml version='1.0'?>", "<?xml version=\"1.0\"  encoding='utf-8' standalone='no' ?>\r\n"}).Draw(t, "declaration"))
	aside := rapid.SampledFrom([]string{"", "", "\n", "<!-- - -->", " <?a?> ", "<?a b ?>\n\n"})
	b.WriteString(aside.Draw(t, "before"))
	b.WriteString(rapid.SampledFrom([]string{"", "", "<!DOCTYPE a>", "<!DOCTYPE a [\n <!ELEMENT a ANY><!--[-->\n]>\n"}).Draw(t, "type"))
	b.WriteString(aside.Draw(t, "then"))
	anElement(t, &b, 4)
	b.WriteString(aside.Draw(t, "behind"))
	return b.String()
})

func anElement(t *rapid.T, b *strings.Builder, depth int) {
	name := rapid.SampledFrom([]string{"a", "b", "é", "x:y", "long-name.1", "a_x0020_b"}).Draw(t, "name")
	spaces := rapid.SampledFrom([]string{" ", " ", " ", "\n  ", "\t "})
	b.WriteString("<" + name)
	if strings.HasPrefix(name, "x:") {
		b.WriteString(" xmlns:x='urn:x'")
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "attributes") {
		b.WriteString(spaces.Draw(t, "space") + rapid.SampledFrom([]string{"p", "q:", "r", "é"}).Draw(t, "attribute"))
		fmt.Fprintf(b, "%d", i)
		b.WriteString(rapid.SampledFrom([]string{"=", "=", " = ", "=\n"}).Draw(t, "equals"))
		b.WriteString(rapid.SampledFrom([]string{`""`, `'"'`, `"1 2"`, `'&lt;&#10;&#x1F642;'`, "\"\n\t>\r\n\"", `"é🙂"`}).Draw(t, "value"))
	}
	if kept := rapid.SampledFrom([]string{"", "", "", "", " xml:space='preserve'", ` xml:space="default"`}).Draw(t, "kept"); kept != "" {
		b.WriteString(kept)
	}
	children := rapid.IntRange(0, 4).Draw(t, "children")
	if children == 0 && rapid.Bool().Draw(t, "short") {
		b.WriteString(rapid.SampledFrom([]string{"/>", " />"}).Draw(t, "end"))
		return
	}
	b.WriteString(rapid.SampledFrom([]string{">", ">", " >"}).Draw(t, "end"))
	for range children {
		switch kind := rapid.IntRange(0, 11).Draw(t, "kind"); {
		case kind < 4 && depth > 0:
			anElement(t, b, depth-1)
		case kind < 8:
			b.WriteString(rapid.SampledFrom([]string{"\n", " ", "\r\n\t", "\r", "   ", "\n\n"}).Draw(t, "white space"))
		case kind < 9:
			b.WriteString(rapid.SampledFrom([]string{"text", " é ", "]]", "&amp;", "&#32;", "&#xD;", "a\r\nb", "🙂 ", "a>", "]"}).Draw(t, "text"))
		case kind < 10:
			b.WriteString(rapid.SampledFrom([]string{"<![CDATA[]]>", "<![CDATA[ ]]>", "<![CDATA[<a>&]]]]>", "<![CDATA[\r\n]]>"}).Draw(t, "data"))
		case kind < 11:
			b.WriteString(rapid.SampledFrom([]string{"<!---->", "<!-- a\r\n - b -->", "<!--é<&-->"}).Draw(t, "comment"))
		default:
			b.WriteString(rapid.SampledFrom([]string{"<?a?>", "<?a b?c>?>", "<?é  d ?>"}).Draw(t, "instruction"))
		}
	}
	b.WriteString("</" + name + rapid.SampledFrom([]string{">", ">", " >", "\n>"}).Draw(t, "close"))
}

// whole are documents whose prefixes are all declared.
var whole = rapid.Map(documents, func(s string) string {
	return strings.ReplaceAll(s, "q:", "xml:q")
})

func TestLayoutAndMinifyingChangeNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		document := whole.Draw(rt, "document")
		spaces := rapid.IntRange(0, 3).Draw(rt, "spaces")
		pretty, small := formatted(t, document, spaces), minified(t, document)
		for what, pair := range map[string][2]string{
			"formatted twice":         {formatted(t, pretty, spaces), pretty},
			"minified twice":          {minified(t, small), small},
			"formatted when minified": {formatted(t, small, spaces), pretty},
			"minified when formatted": {minified(t, pretty), small},
			"the formatted's value":   {toJSON(t, pretty), toJSON(t, document)},
			"the minified's value":    {toJSON(t, small), toJSON(t, document)},
		} {
			if pair[0] != pair[1] {
				rt.Fatalf("%q\n%s is\n%q\nwant\n%q", document, what, pair[0], pair[1])
			}
		}
	})
}

// TestAWindowMayEndAnywhere puts the end of the scanner's window at each byte of documents.
func TestAWindowMayEndAnywhere(t *testing.T) {
	t.Parallel()
	const window = 128 << 10
	for seed := range 3 {
		document := strings.TrimLeft(whole.Example(seed), " \r\n\t")
		if strings.HasPrefix(document, "<?xml") {
			document = document[strings.Index(document, "?>")+2:]
		}
		want, value := formatted(t, document, 1), toJSON(t, document)
		for at := 0; at <= len(document); at += 1 + len(document)/400 {
			before := "<!--" + strings.Repeat("x", window-at-len("<!---->")) + "-->"
			var b strings.Builder
			if err := xmlform.Format(iotest.HalfReader(strings.NewReader(before+document)), &b, &data.Options{TabSpace: 1}); err != nil {
				t.Fatalf("a window ends at %d of %q: %v", at, document, err)
			}
			if got := b.String(); got != before+"\n"+want {
				t.Fatalf("a window ends at %d of %q: %q", at, document, got[len(before):])
			}
			if got := toJSON(t, before+document); got != value {
				t.Fatalf("a window ends at %d of %q: %s, want %s", at, document, got, value)
			}
		}
	}
}

// TestAMistakeIsTheFirst cuts documents off, whole ones and wrong ones: what
// comes before a mistake is no mistake.
func TestAMistakeIsTheFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		document := whole.Draw(rt, "document")
		if rapid.Bool().Draw(rt, "wrong") {
			at := rapid.IntRange(0, len(document)).Draw(rt, "at")
			document = strings.ToValidUTF8(document[:at]+rapid.SampledFrom([]string{"<", ">", "&", "/", "=", "'", "\"", "]]>", "<!", "?", "-", "\x00", "x", " ", ":", "\uffff"}).Draw(rt, "wrong")+document[at:], "")
		} else {
			document = strings.ToValidUTF8(document[:rapid.IntRange(0, len(document)-1).Draw(rt, "length")], "")
		}
		err := xmlform.Validate(strings.NewReader(document), nil)
		if err == nil {
			return
		}
		at := position(t, err)
		before := upTo(document, at)
		if got := data.Start.After([]byte(before)); got != at {
			rt.Fatalf("%q: %v is outside", document, at)
		}
		if err := xmlform.Validate(strings.NewReader(before), nil); err != nil {
			if got := position(t, err); got != at {
				rt.Fatalf("%q is wrong at %v (%v), but without what comes then at %v already (%v)", document, at, detail(t, err, "reason"), got, detail(t, err, "reason"))
			}
		}
	})
}

// position is where a fault says that the mistake is.
func position(t *testing.T, err error) data.Position {
	t.Helper()
	line, _ := detail(t, err, "line").(int)
	column, _ := detail(t, err, "column").(int)
	return data.Position{Line: line, Column: column}
}

func detail(t *testing.T, err error, name string) any {
	t.Helper()
	f := fault.Of(err)
	if f == nil {
		t.Fatalf("no fault: %v", err)
	}
	for _, d := range f.Details {
		if d.Name == name {
			return d.Value
		}
	}
	t.Fatalf("%v has no %s", f, name)
	return nil
}

// upTo is the text before a position.
func upTo(text string, at data.Position) string {
	p := data.Start
	for i, r := range text {
		if p == at {
			return text[:i]
		}
		p = p.After([]byte(string(r)))
	}
	return text
}

// A repeated reader gives a text, then another so many times, then a third.
func repeated(before, again string, times int, after string) io.Reader {
	readers := []io.Reader{strings.NewReader(before)}
	block := strings.Repeat(again, 1+times/64)
	for range 64 {
		readers = append(readers, strings.NewReader(block))
	}
	return io.MultiReader(append(readers, strings.NewReader(after))...)
}

func TestLimitsAreTold(t *testing.T) {
	t.Parallel()
	o := &data.Options{}
	var attributes strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&attributes, " a%d=''", i)
	}
	var defaults strings.Builder
	for i := range 65 {
		fmt.Fprintf(&defaults, " xmlns:a%d CDATA 'u'", i)
	}
	for name, c := range map[string]struct {
		document io.Reader
		want     string
	}{
		"depth":       {repeated("", "<a>", 10_001, ""), "nested more than 10000 deep"},
		"attributes":  {strings.NewReader("<a" + attributes.String() + "/>"), "more than 10000 attributes"},
		"tag":         {repeated("<a x='", "0123456789abcdef", 2<<20, "'/>"), "longer than the 16777216 bytes"},
		"doctype":     {repeated("<!DOCTYPE a [", "<!ELEMENT a ANY>", 2<<20, "]><a/>"), "longer than the 16777216 bytes"},
		"namespaces":  {strings.NewReader("<!DOCTYPE a [<!ATTLIST a" + defaults.String() + ">]><a/>"), "more than 64 namespaces"},
		"names":       {repeated("", "<"+strings.Repeat("a", 10_000)+">", 1000, ""), "more than 8388608 bytes"},
		"late text":   {repeated("<a>", "<b>0123456789</b>\n", 1<<20, "text</a>"), "text behind more than about"},
		"white space": {repeated("<a><b/>", " ", 2<<20, "<c/>text</a>"), ""},
	} {
		err := xmlform.Format(c.document, io.Discard, o)
		if c.want == "" && err != nil || c.want != "" && (!fault.IsCode(err, "FILE_TOO_LARGE") || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextsHaveNoLimit(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]io.Reader{
		"text":        repeated("<a><b/>", "0123456789abcdef\n", 2<<20, "</a>"),
		"data":        repeated("<a><![CDATA[", "0123456789]]\n", 2<<20, "]]></a>"),
		"comment":     repeated("<a><!--", "0123456789-\n", 2<<20, "--></a>"),
		"instruction": repeated("<a><?a ", "0123456789?\n", 2<<20, "?></a>"),
	} {
		if err := xmlform.Minify(document, io.Discard, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsOfReadersAndWritersPass(t *testing.T) {
	t.Parallel()
	document := osm(1 << 20)
	if err := xmlform.Format(iotest.TimeoutReader(bytes.NewReader(document)), io.Discard, &data.Options{}); !strings.Contains(fmt.Sprint(err), iotest.ErrTimeout.Error()) {
		t.Errorf("a reader's error becomes %v", err)
	}
	out, in := io.Pipe()
	_ = out.Close()
	if err := xmlform.Format(bytes.NewReader(document), in, &data.Options{}); !strings.Contains(fmt.Sprint(err), io.ErrClosedPipe.Error()) {
		t.Errorf("a writer's error becomes %v", err)
	}
}
