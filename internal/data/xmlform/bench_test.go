package xmlform_test

import (
	"bytes"
	"io"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/data/xmlform"
)

func BenchmarkFormat(b *testing.B) {
	doc := osm(16 << 20)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if err := xmlform.Format(bytes.NewReader(doc), io.Discard, &data.Options{TabSpace: 2}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	doc := osm(16 << 20)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if err := xmlform.Validate(bytes.NewReader(doc), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	doc := osm(16 << 20)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		w := jsonform.NewCompactWriter(io.Discard)
		if err := xmlform.Read(bytes.NewReader(doc), nil, w); err != nil {
			b.Fatal(err)
		}
		if err := w.End(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	var value bytes.Buffer
	w := jsonform.NewCompactWriter(&value)
	if err := xmlform.Read(bytes.NewReader(osm(16<<20)), nil, w); err != nil {
		b.Fatal(err)
	}
	if err := w.End(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(value.Len()))
	b.ReportAllocs()
	for b.Loop() {
		w := xmlform.NewWriter(io.Discard, &data.Options{TabSpace: 2})
		if err := jsonform.Read(bytes.NewReader(value.Bytes()), nil, w); err != nil {
			b.Fatal(err)
		}
		if err := w.End(); err != nil {
			b.Fatal(err)
		}
	}
}
