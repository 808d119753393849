package claimcheck_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	maxPackageLines = 3500 // without tests
	maxMedianLines  = 120  // of all files
)

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

// TestLayoutOfPackages keeps packages to what a reader can know.
func TestLayoutOfPackages(t *testing.T) {
	lines := map[string]int{}
	for _, name := range goFiles(t) {
		if !strings.HasSuffix(name, "_test.go") {
			lines[filepath.ToSlash(filepath.Dir(name))] += countLines(t, name)
		}
	}
	for dir, n := range lines {
		if n > maxPackageLines {
			t.Errorf("%s has %d lines, at most %d: which part of it would a reader look for under a name of its own?", dir, n, maxPackageLines)
		}
	}
}

func countLines(t *testing.T, name string) int {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		n++
	}
	return n
}
