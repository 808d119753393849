package blobtest

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/iotest"

	"claimcheck/internal/blob"
)

func invisibleBeforeCommit(t *testing.T, s blob.Store) {
	w := create(t, s, "inputs/a")
	write(t, w, content(100_000, 1))
	wantNone(t, s, "inputs/a")
	wantKeys(t, s)
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFile(t, s, "inputs/a", content(100_000, 1))
	wantKeys(t, s, "inputs/a")
}

func abortLeavesNothing(t *testing.T, s blob.Store) {
	put(t, s, "inputs/a", content(10, 1))
	w := create(t, s, "inputs/a")
	write(t, w, content(100_000, 2))
	w.Abort()
	w.Abort()
	wantFile(t, s, "inputs/a", content(10, 1))
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("wrote after abort")
	}
	if err := w.Commit(t.Context()); err == nil {
		t.Error("committed after abort")
	}
	if r, err := w.Reopen(); err == nil {
		r.Close()
		t.Error("reopened after abort")
	}
	create(t, s, "inputs/b").Abort() // nothing was written
	wantKeys(t, s, "inputs/a")
}

func endsWithCommit(t *testing.T, s blob.Store) {
	w := create(t, s, "inputs/a")
	write(t, w, content(10, 1))
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); err == nil {
		t.Error("committed twice")
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("wrote after commit")
	}
	w.Abort()
	wantFile(t, s, "inputs/a", content(10, 1))
}

func concurrentWriters(t *testing.T, s blob.Store) {
	const writers, size = 8, 300_000
	var group sync.WaitGroup
	for i := range writers {
		w := create(t, s, "outputs/one")
		group.Go(func() {
			if _, err := w.Write(content(size, byte(i))); err != nil {
				t.Error(err)
			}
			if err := w.Commit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	r, err := s.Open(t.Context(), "outputs/one")
	got := read(t, r, err)
	for i := range writers {
		if bytes.Equal(got, content(size, byte(i))) {
			return
		}
	}
	t.Error("the file is none of those written")
}

func manyFiles(t *testing.T, s blob.Store) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 10 {
				key, b := fmt.Sprintf("many/%d-%d", i, j), content(i*1000+j, byte(j))
				w, err := s.Create(t.Context(), key)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err = w.Write(b); err == nil {
					err = w.Commit(t.Context())
				}
				if err != nil {
					w.Abort()
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for i := range 8 {
		for j := range 10 {
			wantFile(t, s, fmt.Sprintf("many/%d-%d", i, j), content(i*1000+j, byte(j)))
		}
	}
}

func seekAndRanges(t *testing.T, s blob.Store) {
	want := content(70_000, 3)
	put(t, s, "outputs/a", want)
	r, err := s.Open(t.Context(), "outputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(r, want); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ from, n int64 }{{69_999, 1}, {0, 1}, {65_530, 20}, {1, 69_999}, {70_000, 0}} {
		if at, err := r.Seek(c.from, io.SeekStart); err != nil || at != c.from {
			t.Fatalf("seek to %d: at %d, %v", c.from, at, err)
		}
		got, err := io.ReadAll(io.LimitReader(r, c.n))
		if err != nil || !bytes.Equal(got, want[c.from:c.from+c.n]) {
			t.Errorf("range %d+%d: %d bytes, not those written: %v", c.from, c.n, len(got), err)
		}
	}
	if at, err := r.Seek(0, io.SeekEnd); err != nil || at != r.Size() {
		t.Errorf("seek to the end: at %d, %v, want %d", at, err, r.Size())
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("seek before the start: accepted")
	}
}

func reopenWhileWriting(t *testing.T, s blob.Store) {
	w := create(t, s, "inputs/a")
	var readers []blob.Reader
	want := content(6<<20, 5)
	sizes := []int{0, 1, 100_000, 6 << 20}
	for i, size := range sizes {
		if i > 0 {
			write(t, w, want[sizes[i-1]:size])
		}
		r, err := w.Reopen()
		if err != nil {
			t.Fatalf("reopen after %d bytes: %v", size, err)
		}
		if r.Size() != int64(size) {
			t.Errorf("reopened with size %d, want %d", r.Size(), size)
		}
		readers = append(readers, r)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, r := range readers { // each has what was there when it was opened
		if got := read(t, r, nil); !bytes.Equal(got, want[:sizes[i]]) {
			t.Errorf("reopened at %d bytes: got %d", sizes[i], len(got))
		}
	}
	wantFile(t, s, "inputs/a", want)
}

func reopenAfterCommit(t *testing.T, s blob.Store) {
	w := create(t, s, "inputs/a")
	write(t, w, content(50_000, 6))
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Abort() // does nothing
	r, err := w.Reopen()
	if got := read(t, r, err); !bytes.Equal(got, content(50_000, 6)) {
		t.Error("not what was written")
	}
}
