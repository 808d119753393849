package table

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Spread writes the least and the greatest of some rates.
func Spread(rates []float64) string {
	return fmt.Sprintf("%.0f to %.0f", slices.Min(rates), slices.Max(rates))
}

// Rate writes a number of things a second.
func Rate(perSecond float64) string { return fmt.Sprintf("%.0f/s", perSecond) }

// Millis writes a time in milliseconds.
func Millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// Megabytes writes a number of bytes in millions.
func Megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// Median returns the middle of some numbers, at least one.
func Median(all []float64) float64 { return Quantile(all, 0.5) }

// Quantile returns the number that a share q of all are at most, the nearest
// one; there must be at least one.
func Quantile[T cmp.Ordered](all []T, q float64) T {
	sorted := slices.Sorted(slices.Values(all))
	at := int(q*float64(len(sorted)-1) + 0.5)
	return sorted[at]
}
