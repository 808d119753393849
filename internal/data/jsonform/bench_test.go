package jsonform_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
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
