package spool_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"claimcheck/internal/data/spool"
)

func TestWhatIsKeptComesBack(t *testing.T) { //nolint:paralleltest // it sets where temporary files go
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	for _, limit := range []int{0, 10, 1 << 20} {
		s := spool.New(limit)
		var want []byte
		for i := range 3000 {
			p := bytes.Repeat([]byte{byte(i)}, i%100)
			if n, err := s.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
			want = append(want, p...)
			if i%1000 == 0 && s.Size() > 7 {
				r, err := s.Section(3, 4)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(r); !bytes.Equal(got, want[3:7]) || err != nil {
					t.Fatalf("%q %v, want %q", got, err, want[3:7])
				}
			}
		}
		r, err := s.Section(0, s.Size())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); !bytes.Equal(got, want) || err != nil {
			t.Errorf("limit %d: %d bytes came back of %d: %v", limit, len(got), len(want), err)
		}
		s.Close()
		s.Close()
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func TestRecordsComeBack(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 100, 1 << 20} {
		s := spool.New(limit)
		defer s.Close()
		if _, err := s.Write([]byte("before")); err != nil {
			t.Fatal(err)
		}
		from := s.Size()
		record := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, i*i%5000) }
		for i := range 300 {
			if err := s.Append(record(i)); err != nil {
				t.Fatal(err)
			}
		}
		records, err := s.Records(from, s.Size())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			if i%3 == 0 {
				if err := records.Skip(); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if got, err := records.Next(); !bytes.Equal(got, record(i)) || err != nil {
				t.Fatalf("limit %d: record %d is %.20q of %d bytes, %v", limit, i, got, len(got), err)
			}
		}
		if _, err := records.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("limit %d: behind the last record: %v", limit, err)
		}
	}
}
