package dirblob_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/dirblob"
)

func TestSharedStore(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { t.Helper(); return share(t, t.TempDir()) })
}

func share(t *testing.T, folder string) *dirblob.Store {
	t.Helper()
	s, err := dirblob.Share(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestServersThatShareAFolderDoNotDisturbEachOther(t *testing.T) {
	folder := t.TempDir()
	first := share(t, folder)
	var writers []blob.Writer
	for i := range 5 { // a second server opens the folder between the beginnings and the commits
		w, err := first.Create(t.Context(), fmt.Sprintf("inputs/first-%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "first"); err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	second := share(t, folder)
	for i := range 5 {
		put(t, second, fmt.Sprintf("inputs/second-%d", i), "second")
	}
	for i, w := range writers {
		if _, err := io.WriteString(w, " and last"); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := second.Open(t.Context(), fmt.Sprintf("inputs/first-%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || string(b) != "first and last" {
			t.Errorf("got %q, %v", b, err)
		}
		r.Close()
	}
	if n := len(files(t, folder)); n != 10 {
		t.Errorf("%d files, want 10", n)
	}
}

func TestOnlyAbandonedFilesOfASharedFolderAreRemoved(t *testing.T) {
	folder := t.TempDir()
	dead := share(t, folder)
	for _, key := range []string{"inputs/new", "inputs/old"} {
		w, err := dead.Create(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, key); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range files(t, folder) {
		name = filepath.Join(folder, name)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) == "inputs/old" {
			old := time.Now().Add(-25 * time.Hour)
			if err := os.Chtimes(name, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	share(t, folder)
	left := files(t, folder)
	if len(left) != 1 {
		t.Fatalf("files %q, want the one that was just written", left)
	}
	if text, err := os.ReadFile(filepath.Join(folder, left[0])); err != nil || string(text) != "inputs/new" || !strings.HasPrefix(left[0], "tmp/") {
		t.Errorf("%s: got %q, %v", left[0], text, err)
	}
}

func TestAWalkRemovesWhatADeadProcessBegan(t *testing.T) {
	folder := t.TempDir()
	dead, alive := share(t, folder), share(t, folder)
	w, err := dead.Create(t.Context(), "inputs/lost")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "lost"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{23 * time.Hour, 1}, {25 * time.Hour, 0}} {
		err := alive.Walk(t.Context(), time.Now().Add(c.after), func(key string) error {
			t.Errorf("visited %s", key)
			return nil
		})
		if got := len(files(t, folder)); err != nil || got != c.want {
			t.Errorf("a walk up to %s from now: %d files, %v, want %d", c.after, got, err, c.want)
		}
	}
}
