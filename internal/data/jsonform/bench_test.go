package jsonform_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
)

// BenchmarkRun measures the tools on 100 MB of records such as services
// exchange, as they come from a program (compact) and from a formatter. The
// aim is 100 MB/s on one core (docs/DESIGN.md).
func BenchmarkRun(b *testing.B) {
	const size = 100_000_000
	compact := records(size)
	pretty := new(bytes.Buffer)
	if err := run(b, "json-formatter", bytes.NewReader(compact), pretty); err != nil {
		b.Fatal(err)
	}
	for _, name := range allTools {
		for _, doc := range []struct {
			kind string
			text []byte
		}{{"compact", compact}, {"pretty", pretty.Bytes()}} {
			b.Run(name+"/"+doc.kind, func(b *testing.B) {
				b.SetBytes(int64(len(doc.text)))
				b.ReportAllocs()
				for b.Loop() {
					if err := run(b, name, bytes.NewReader(doc.text), io.Discard); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkValue measures what conversions read and write, 10 MB of documents of different kinds.
func BenchmarkValue(b *testing.B) {
	const size = 10_000_000
	for _, doc := range []struct{ name, part string }{
		{"coordinates", `[-73.98765432101234,40.748817],[2.294481,48.858370123456]`},
		{"escapes", `"\u00e9\u4f60\u597d, \ud83d\ude00: \"quoted\"\n"`},
		{"words of Chinese", `"你好世界，这是一个例子","日本語のテキスト"`},
		{"small objects", `{"a":1},{"b":[true,null]},{}`},
		{"long strings", `"` + strings.Repeat("lorem ipsum dolor ", 200) + `"`},
	} {
		text := []byte("[" + strings.Repeat(doc.part+",", size/len(doc.part)) + "0]")
		for name, do := range map[string]func(in io.Reader) error{
			"read":     func(in io.Reader) error { return jsonform.Read(in, nil, nowhere{}) },
			"format":   func(in io.Reader) error { return jsonform.Format(in, io.Discard, &data.Options{TabSpace: 1}) },
			"escape":   func(in io.Reader) error { return jsonform.Escape(in, io.Discard, nil) },
			"re-write": func(in io.Reader) error { return jsonform.Read(in, nil, jsonform.NewCompactWriter(io.Discard)) },
		} {
			b.Run(doc.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if err := do(bytes.NewReader(text)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// records returns an array of about size bytes.
func records(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var out bytes.Buffer
	out.WriteByte('[')
	for id := 1; out.Len() < size; id++ {
		if id > 1 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"id":%d,"name":"Käthe Müller-%d","email":"user%d@example.com","active":%t,"score":%.2f,`+
			`"tags":["alpha","beta","gamma"],"address":{"street":"%d Long Street","city":"Göteborg","zip":"%05d"},`+
			`"note":"A sentence with \"quotes\" and a line break.\nAnd more.","parent":null}`,
			id, random.IntN(1000), id, id%3 == 0, random.Float64()*100, random.IntN(200), random.IntN(99999))
	}
	out.WriteByte(']')
	return out.Bytes()
}
