package yamlform_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
)

// records is a document of records such as services keep in YAML.
func records(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "- id: %d\n  name: \"user %d\"\n  tags: [a, b, %d]\n  address: # of the office\n    street: Some street %d\n    zip: '%05d'\n  score: %d.%d\n  note: |\n    first line %d\n    second line\n", i, i, i, i, i, i%100, i, i)
	}
	return b.String()
}

func benchmark(b *testing.B, run func(in io.Reader) error) {
	b.Helper()
	src := records(10_000)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if err := run(strings.NewReader(src)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	benchmark(b, func(in io.Reader) error { return yamlform.Format(in, io.Discard, &data.Options{TabSpace: 2}) })
}

func BenchmarkValidate(b *testing.B) {
	benchmark(b, func(in io.Reader) error { return yamlform.Validate(in, io.Discard, &data.Options{TabSpace: 2}) })
}

func BenchmarkMinify(b *testing.B) {
	benchmark(b, func(in io.Reader) error { return yamlform.Minify(in, io.Discard, &data.Options{}) })
}

type nobody struct{}

func (nobody) Put(data.Token) error { return nil }

func BenchmarkRead(b *testing.B) {
	benchmark(b, func(in io.Reader) error { return yamlform.Read(in, &data.Options{}, nobody{}) })
}

// BenchmarkRewrite reads and writes.
func BenchmarkRewrite(b *testing.B) {
	benchmark(b, func(in io.Reader) error {
		w := yamlform.NewWriter(io.Discard, &data.Options{TabSpace: 2})
		if err := yamlform.Read(in, &data.Options{}, w); err != nil {
			return err
		}
		return w.End()
	})
}
