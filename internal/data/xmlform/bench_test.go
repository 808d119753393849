package xmlform_test

import (
	"bytes"
	"io"
	"testing"

	"claimcheck/internal/data"
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
		if err := xmlform.Validate(bytes.NewReader(doc)); err != nil {
			b.Fatal(err)
		}
	}
}
