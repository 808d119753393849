// Package blobtest is the suite that every [blob.Store] must pass.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

// Run runs the suite. open returns an empty store for one test, which closes
// it when the test is over.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s blob.Store)
	}{
		{"what is committed can be read", roundTrip},
		{"every allowed key is a file of its own", allowedKeys},
		{"keys that are none are refused", badKeys},
		{"a file is invisible before its commit", invisibleBeforeCommit},
		{"an aborted file leaves nothing", abortLeavesNothing},
		{"a writer ends with its commit", endsWithCommit},
		{"a second commit of a key replaces the file", overwrite},
		{"an upload is not replaced", uploadStays},
		{"a tag tells contents apart", tags},
		{"of concurrent writers of a key one wins wholly", concurrentWriters},
		{"many files at once", manyFiles},
		{"readers seek and read ranges", seekAndRanges},
		{"what was written can be read while writing goes on", reopenWhileWriting},
		{"what was written can be read after the commit", reopenAfterCommit},
		{"walk tells files by their time", walkBefore},
		{"walk ends when visit fails", walkEnds},
		{"files can be removed during a walk", walkAndRemove},
		{"remove goes on after an error", removeGoesOn},
		{"a canceled call does nothing", canceled},
		{"a store that takes files answers a ping", ping},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// content returns n bytes that differ for each seed and show a shift.
func content(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7) ^ byte(i>>8) ^ seed
	}
	return b
}

// create begins a file, aborted at the end of the test.
func create(t *testing.T, s blob.Store, key string) blob.Writer {
	t.Helper()
	w, err := s.Create(t.Context(), key)
	if err != nil {
		t.Fatalf("create %q: %v", key, err)
	}
	t.Cleanup(w.Abort)
	return w
}

// write writes all of b, in pieces of a size that fits nothing.
func write(t *testing.T, w io.Writer, b []byte) {
	t.Helper()
	for piece := range slices.Chunk(b, 100_003) {
		if n, err := w.Write(piece); err != nil || n != len(piece) {
			t.Fatalf("wrote %d of %d bytes: %v", n, len(piece), err)
		}
	}
}

// put commits a file.
func put(t *testing.T, s blob.Store, key string, b []byte) {
	t.Helper()
	w := create(t, s, key)
	write(t, w, b)
	if err := w.Commit(t.Context()); err != nil {
		t.Fatalf("commit %q: %v", key, err)
	}
}

// read returns all of an open file and closes it.
func read(t *testing.T, r blob.Reader, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	b, err := io.ReadAll(r)
	if err != nil || int64(len(b)) != r.Size() {
		t.Fatalf("read %d of %d bytes: %v", len(b), r.Size(), err)
	}
	if err := r.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return b
}

// wantFile wants a committed file with this content.
func wantFile(t *testing.T, s blob.Store, key string, want []byte) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if got := read(t, r, err); !bytes.Equal(got, want) {
		t.Errorf("%q has %d bytes, not the %d that were written", key, len(got), len(want))
	}
}

// wantNone wants that there is no such file.
func wantNone(t *testing.T, s blob.Store, key string) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if !fault.Is(err, fault.NotFound) || !fault.IsCode(err, "NOT_FOUND") {
		t.Errorf("open %q: got %v, want NOT_FOUND", key, err)
	}
	if err == nil {
		r.Close()
	}
}

// walk returns all keys last changed before a time, sorted.
func walk(t *testing.T, s blob.Store, before time.Time) []string {
	t.Helper()
	var keys []string
	err := s.Walk(t.Context(), before, func(key string) error {
		keys = append(keys, key)
		return nil
	})
	if err != nil {
		t.Fatalf("walk: %v", err)
	}
	slices.Sort(keys)
	return keys
}

// wantKeys wants exactly these files, given sorted.
func wantKeys(t *testing.T, s blob.Store, want ...string) {
	t.Helper()
	if got := walk(t, s, time.Now().Add(time.Hour)); !slices.Equal(got, want) {
		t.Errorf("got files %q, want %q", got, want)
	}
}

func roundTrip(t *testing.T, s blob.Store) {
	for _, size := range []int{0, 1, 32 << 10, 5 << 20} {
		key := fmt.Sprintf("inputs/%d", size)
		put(t, s, key, content(size, 1))
		wantFile(t, s, key, content(size, 1))
	}
}

func overwrite(t *testing.T, s blob.Store) {
	put(t, s, "outputs/a", content(1000, 1))
	put(t, s, "outputs/a", content(10, 2))
	wantFile(t, s, "outputs/a", content(10, 2))
	wantKeys(t, s, "outputs/a")
}

func uploadStays(t *testing.T, s blob.Store) {
	const key = "uploads/ann/upl_0/A.json"
	first, second := create(t, s, key), create(t, s, key)
	write(t, first, content(1000, 1))
	write(t, second, content(70_000, 2))
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Commit(t.Context()); !fault.Is(err, fault.Conflict) || !fault.IsCode(err, "FILE_EXISTS") {
		t.Errorf("second commit: got %v, want FILE_EXISTS", err)
	}
	second.Abort()
	wantFile(t, s, key, content(1000, 1))
	wantKeys(t, s, key)
}

func tags(t *testing.T, s blob.Store) {
	tag := func() string {
		t.Helper()
		r, err := s.Open(t.Context(), "inputs/a")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		return r.ETag()
	}
	put(t, s, "inputs/a", content(1000, 1))
	was := tag()
	if was == "" || strings.ContainsAny(was, "\" \t") || tag() != was {
		t.Errorf("tags %q and %q of one file", was, tag())
	}
	put(t, s, "inputs/a", content(1000, 2))
	if tag() == was {
		t.Errorf("tag %q of two contents", was)
	}
	w := create(t, s, "inputs/b")
	write(t, w, content(10, 1))
	r, err := w.Reopen()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.ETag() != "" {
		t.Errorf("tag %q of a file that is being written", r.ETag())
	}
}

func removeGoesOn(t *testing.T, s blob.Store) {
	put(t, s, "a/1", content(1, 1))
	put(t, s, "a/2", content(2, 2))
	if err := s.Remove(t.Context()); err != nil {
		t.Errorf("remove nothing: %v", err)
	}
	if err := s.Remove(t.Context(), "a/1", "a/missing", "missing", "../bad", "a/2"); err == nil {
		t.Error("a bad key was removed without an error")
	}
	wantKeys(t, s)
	wantNone(t, s, "a/1")
	if err := s.Remove(t.Context(), "a/1", "a/2"); err != nil {
		t.Errorf("remove what is gone: %v", err)
	}
	put(t, s, "a/1", content(3, 3)) // and the key can be used again
	wantFile(t, s, "a/1", content(3, 3))
}

func canceled(t *testing.T, s blob.Store) {
	put(t, s, "a/1", content(1, 1))
	w := create(t, s, "a/2")
	write(t, w, content(2, 2))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, created := s.Create(ctx, "a/3")
	_, opened := s.Open(ctx, "a/1")
	walked := s.Walk(ctx, time.Now().Add(time.Hour), func(string) error { return nil })
	for name, err := range map[string]error{
		"create": created, "open": opened, "walk": walked,
		"commit": w.Commit(ctx), "remove": s.Remove(ctx, "a/1"), "ping": s.Ping(ctx),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", name, err)
		}
	}
	w.Abort()
	wantKeys(t, s, "a/1")
}

func ping(t *testing.T, s blob.Store) {
	for range 3 {
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantKeys(t, s)
}
