package dirblob_test

import (
	"bytes"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"claimcheck/internal/testneeds"
)

// TestAFullDiskKeepsWhatAnAppendHadRoomFor and goes on from there when there is room.
func TestAFullDiskKeepsWhatAnAppendHadRoomFor(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		testneeds.Missing(t, "the right to mount a small disk (run as root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	s := open(t, folder)
	const key = "uploads/ann/upl_1/a.json"
	want := bytes.Repeat([]byte("0123456789abcde\n"), 900<<10/16)
	put(t, s, "inputs/large", strings.Repeat("x", 500<<10))
	if err := s.Begin(t.Context(), key, int64(len(want))); err != nil {
		t.Fatal(err)
	}
	n, err := s.Append(t.Context(), key, 0, bytes.NewReader(want))
	if wantFull(t, folder, err); n < 300<<10 || n >= int64(len(want)) {
		t.Fatalf("%d of %d bytes are kept", n, len(want))
	}
	if is, err := s.Length(t.Context(), key); err != nil || is != n {
		t.Fatalf("length %d, %v, want %d", is, err, n)
	}
	none, err := s.Append(t.Context(), key, n, bytes.NewReader(want[n:]))
	if wantFull(t, folder, err); none > 4096 { // what is left of a page may fit
		t.Fatalf("%d more bytes on a full disk", none)
	}
	n += none
	if err := s.Remove(t.Context(), "inputs/large"); err != nil {
		t.Fatal(err)
	}
	if m, err := s.Append(t.Context(), key, n, bytes.NewReader(want[n:])); err != nil || n+m != int64(len(want)) {
		t.Fatalf("%d more bytes, %v", m, err)
	}
	if err := s.Finish(t.Context(), key, int64(len(want))); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestAFullDiskBeginsNothing: neither the file nor its note is left.
func TestAFullDiskBeginsNothing(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64k"); err != nil {
		testneeds.Missing(t, "the right to mount a small disk (run as root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	s := open(t, folder)
	put(t, s, "inputs/large", strings.Repeat("x", 64<<10))
	const key = "uploads/ann/upl_1/a.json"
	for range 2 {
		wantFull(t, folder, s.Begin(t.Context(), key, 9))
		err := filepath.WalkDir(filepath.Join(folder, "growing="), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("%s is left", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
