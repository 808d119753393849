package xmlform_test

import (
	"bytes"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/data/text"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/fault"
)

// FuzzFormat lays documents out: an error is inside the input; an output is one that is laid
// out so already, that minifies to the same as the input, and that has the same value.
func FuzzFormat(f *testing.F) {
	for seed := range 40 {
		f.Add([]byte(documents.Example(seed)), uint8(seed))
	}
	f.Add([]byte("<!DOCTYPE a [<!ATTLIST a xmlns:p CDATA 'u' b (c|d) #REQUIRED><!ENTITY % e SYSTEM 'x'>%e;<!NOTATION n PUBLIC 'p'>]><p:a/>"), uint8(1))
	f.Add([]byte("\xff\xfe<\x00a\x00/\x00>\x00"), uint8(0))
	f.Add([]byte("<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>"), uint8(0))
	f.Fuzz(func(t *testing.T, document []byte, spaces uint8) {
		o := &data.Options{TabSpace: int(spaces % 17)}
		var pretty, small bytes.Buffer
		err := xmlform.Format(bytes.NewReader(document), &pretty, o)
		if other := xmlform.Minify(bytes.NewReader(document), &small, o); (other == nil) != (err == nil) {
			t.Fatalf("formatting says %v, minifying %v", err, other)
		}
		if err != nil {
			inside(t, document, err)
			return
		}
		var again, smallAgain bytes.Buffer
		if err := xmlform.Format(bytes.NewReader(pretty.Bytes()), &again, o); err != nil || again.String() != pretty.String() {
			t.Fatalf("%q is laid out as %q: %v", pretty.Bytes(), again.Bytes(), err)
		}
		if err := xmlform.Minify(bytes.NewReader(pretty.Bytes()), &smallAgain, o); err != nil || smallAgain.String() != small.String() {
			t.Fatalf("%q is minified as %q, not %q: %v", pretty.Bytes(), smallAgain.Bytes(), small.Bytes(), err)
		}
		if a, b := toJSON(t, string(document)), toJSON(t, pretty.String()); a != b {
			t.Fatalf("%q is %s, laid out %s", document, a, b)
		}
	})
}

// inside fails if a fault names a place that the document does not have.
func inside(t *testing.T, document []byte, err error) {
	t.Helper()
	if fault.IsCode(err, "FILE_TOO_LARGE") {
		return
	}
	at := position(t, err)
	whole, decodeErr := text.All(bytes.NewReader(document), "XML")
	if decodeErr != nil || bytes.Contains(document, []byte("encoding")) {
		return
	}
	if end := data.Start.After(whole); at.Line < 1 || at.Column < 1 || at.Line > end.Line || at.Line == end.Line && at.Column > end.Column {
		t.Fatalf("%q: %v is not in it", document, at)
	}
}

// FuzzWrite writes values of JSON as XML: what is written is well-formed, and what is lost is lost at the
// second time at the latest, when members such as @name of an array have become texts.
func FuzzWrite(f *testing.F) {
	for seed := range 40 {
		f.Add(values.Example(seed))
	}
	f.Add(`{"@a":"\u0001"}`)
	f.Add(`{"@xmlns:p":"u","@p:a":1,"@xmlns:q":"u","@q:a":2,"b":{"@xml:space":"preserve","c":[[]],"#text":{}}}`)
	f.Fuzz(func(t *testing.T, value string) {
		var b strings.Builder
		w := xmlform.NewWriter(&b, &data.Options{TabSpace: 1})
		if err := jsonform.Read(strings.NewReader(value), nil, w); err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		if err := xmlform.Validate(strings.NewReader(b.String()), nil); err != nil {
			t.Fatalf("%s is written as %q: %v", value, b.String(), err)
		}
		first := toJSON(t, b.String())
		second := toJSON(t, toXML(t, first, data.Options{RootName: xmlform.NoRoot}))
		if third := toJSON(t, toXML(t, second, data.Options{RootName: xmlform.NoRoot})); second != third {
			t.Fatalf("%s\ncomes back as\n%s\nthen as\n%s\nand then as\n%s", value, first, second, third)
		}
	})
}
