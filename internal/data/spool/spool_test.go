package spool_test

import (
	"bytes"
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
