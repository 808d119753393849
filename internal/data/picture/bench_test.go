package picture_test

import (
	"bytes"
	"io"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/picture"
)

// BenchmarkConvert measures each pair of formats on an image of a million pixels; MB/s are of
// its pixels, four bytes each.
func BenchmarkConvert(b *testing.B) {
	raw := asPNG(b, photo(1250, 800))
	for _, from := range []string{"jpg", "png", "gif", "webp"} {
		in := converted(b, raw, "png", from)
		for _, to := range []string{"jpg", "png", "gif", "webp"} {
			b.Run(from+" to "+to, func(b *testing.B) {
				b.SetBytes(4 * 1250 * 800)
				b.ReportAllocs()
				for b.Loop() {
					if err := picture.Convert(b.Context(), bytes.NewReader(in), io.Discard, &data.Options{From: from, To: to}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
