package schema_test

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkCheck checks inputs of an ordinary schema, of 1 KB and of 1 MB.
func BenchmarkCheck(b *testing.B) {
	s, err := compile([]byte(`{"type":"object","additionalProperties":false,"required":["orders"],"properties":{"orders":{"type":"array","items":{"$ref":"#/$defs/order"}}},
		"$defs":{"order":{"type":"object","additionalProperties":false,"required":["id","to","price"],"properties":{"id":{"type":"integer","minimum":1},
		"to":{"type":"string","pattern":"^[^@]+@[^@]+$","maxLength":100},"price":{"type":"number","exclusiveMinimum":0},"kind":{"enum":["new","used"]},"tags":{"type":"array","items":{"type":"string"},"uniqueItems":true}}}}}`))
	if err != nil {
		b.Fatal(err)
	}
	const order = `{"id": 9007199254740993, "to": "somebody@example.org", "price": 12.50, "kind": "new", "tags": ["red", "green", "blue"]}`
	for _, n := range []int{9, 9000} {
		input := `{"orders": [` + strings.Repeat(order+",\n", n-1) + order + "]}"
		b.Run(fmt.Sprint(len(input)>>10, "KiB"), func(b *testing.B) {
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Check(b.Context(), strings.NewReader(input)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
