package claimcheck_test

import (
	"slices"
	"testing"
)

const maxMedianLines = 120 // of all files

// TestLayoutOfFiles keeps files short: at most half of them have more than the
// median's limit, and none more than TestLayout says.
func TestLayoutOfFiles(t *testing.T) {
	var sizes []int
	for _, name := range goFiles(t) {
		sizes = append(sizes, countLines(t, name))
	}
	slices.Sort(sizes)
	if median := sizes[len(sizes)/2]; median > maxMedianLines {
		t.Errorf("the median of %d files is %d lines, at most %d", len(sizes), median, maxMedianLines)
	}
}
