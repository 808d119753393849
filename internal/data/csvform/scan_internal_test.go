package csvform

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// scanned are the records of a document, and what the scanner ended with.
func scanned(s *scanner) (records [][]string, err error) {
	for {
		if err := s.next(); errors.Is(err, io.EOF) {
			return records, nil
		} else if err != nil {
			return records, err
		}
		records = append(records, names(s.cells))
	}
}

// TestRecordsAreTheSameWhereverTheBufferEnds scans documents with a buffer that has to be filled and to grow in
// the middle of fields, quotes and line breaks.
func TestRecordsAreTheSameWhereverTheBufferEnds(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"a", "bcdefghijk", "é", "🙂", ",", ",", `"`, `"`, `""`, "\n", "\r\n", "\r", " "})
	rapid.Check(t, func(t *rapid.T) {
		document := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
		large := newScanner(strings.NewReader(document), bufferBytes)
		large.delimiter = ','
		want, wantErr := scanned(large)
		small := newScanner(iotest.HalfReader(strings.NewReader(document)), rapid.IntRange(1, 9).Draw(t, "buffer"))
		small.delimiter = ','
		got, err := scanned(small)
		if fmt.Sprintf("%q %v", got, err) != fmt.Sprintf("%q %v", want, wantErr) {
			t.Fatalf("%q: %q %v, want %q %v", document, got, err, want, wantErr)
		}
	})
}

// TestRunsAreMerged has more hashes than memory takes, some of them twice or more.
func TestRunsAreMerged(t *testing.T) {
	t.Parallel()
	s := newSorter()
	defer s.Close()
	const n = 3*runEntries + 1000
	for i := range uint64(n) {
		if err := s.add(entry{hash{i % 700_000 * 0x9E3779B97F4A7C15, 1}, i}); err != nil {
			t.Fatal(err)
		}
	}
	groups := map[uint64]bool{}
	if err := s.groups(func(first, last uint64) {
		if want := first + (n-1-first)/700_000*700_000; first >= 700_000 || last != want || groups[first] {
			t.Fatalf("a group from %d to %d, want to %d", first, last, want)
		}
		groups[first] = true
	}); err != nil || len(groups) != 700_000 {
		t.Errorf("%d groups, %v", len(groups), err)
	}
}
