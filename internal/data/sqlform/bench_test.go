package sqlform_test

import (
	"strings"
	"testing"

	"claimcheck/internal/data/sqlform"
)

// statements are a text of about a MiB.
var statements = strings.Repeat(`SELECT o.id, o.total, count(*) AS items -- of each order
FROM orders o JOIN items i ON i.order_id = o.id AND i.price BETWEEN 1 AND 10
WHERE o.status IN ('open', 'it''s paid') AND EXISTS (SELECT 1 FROM customers c WHERE c.id = o.customer)
GROUP BY o.id, o.total HAVING count(*) > 1 ORDER BY o.total DESC LIMIT 10;
INSERT INTO log (id, message) VALUES (1, 'a message of some length'), (2, 'another');
`, 2000)

func BenchmarkLayout(b *testing.B) {
	run(b, func(src []byte) ([]byte, error) { return sqlform.Layout(src, "postgresql", 2) })
}

func BenchmarkCompact(b *testing.B) {
	run(b, func(src []byte) ([]byte, error) { return sqlform.Compact(src, "postgresql") })
}

func run(b *testing.B, do func(src []byte) ([]byte, error)) {
	b.Helper()
	src := []byte(statements)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := do(src); err != nil {
			b.Fatal(err)
		}
	}
}
