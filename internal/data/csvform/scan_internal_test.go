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
	piece := rapid.SampledFrom([]string{"a", "bcdefghijk", "é", "🙂", ",", ",", `"`, `"`, `""`, "\n", "\r\n", "\r", " ", "\t"})
	rapid.Check(t, func(t *rapid.T) {
		document := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
		large := newScanner(strings.NewReader(document), bufferBytes)
		large.delimiter = ','
		large.blanks = rapid.Bool().Draw(t, "blanks")
		want, wantErr := scanned(large)
		small := newScanner(iotest.HalfReader(strings.NewReader(document)), rapid.IntRange(1, 9).Draw(t, "buffer"))
		small.delimiter, small.blanks = ',', large.blanks
		got, err := scanned(small)
		if fmt.Sprintf("%q %v", got, err) != fmt.Sprintf("%q %v", want, wantErr) {
			t.Fatalf("%q: %q %v, want %q %v", document, got, err, want, wantErr)
		}
	})
}

// TestHashesComeBackFromTheirParts has more of them than memory takes.
func TestHashesComeBackFromTheirParts(t *testing.T) {
	t.Parallel()
	p := newParts()
	defer p.Close()
	const n = 500_000
	made := func(i uint64) hash { return hash{i * 0x9E3779B97F4A7C15, i} }
	for i := range uint64(n) {
		if err := p.add(made(i), i); err != nil {
			t.Fatal(err)
		}
	}
	rows, ends := map[uint64]bool{}, 0
	var last hash
	if err := p.each(func(h hash, row uint64) {
		if h != made(row) || rows[row] || last != (hash{}) && (last[0]>>56 != h[0]>>56 || last[1] >= row) {
			t.Fatalf("row %d comes with %v behind %v", row, h, last)
		}
		rows[row], last = true, h
	}, func() {
		last = hash{}
		ends++
	}); err != nil || len(rows) != n || ends != partCount {
		t.Errorf("%d rows, %d parts, %v", len(rows), ends, err)
	}
}
