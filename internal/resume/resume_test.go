package resume_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"claimcheck/internal/resume"
)

func TestANoteIsReadAsItWasWritten(t *testing.T) {
	home := t.TempDir()
	notes, err := resume.In(home)
	if err != nil {
		t.Fatal(err)
	}
	name := resume.NameOf("server", "owner", "a.csv")
	if _, ok := notes.Get(name); ok {
		t.Error("there is a note that nobody has written")
	}
	want := resume.Note{Input: "a.csv", Digest: "d", IdempotencyKey: "k", RunAt: "1", Upload: "u", JobID: "j", Output: "o", Done: true}
	for range 2 { // the second one goes into the place of the first
		if err := notes.Put(name, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := notes.Get(name); !ok || got != want {
		t.Errorf("got %v %+v, want %+v", ok, got, want)
	}
	files, err := filepath.Glob(filepath.Join(home, "claimcheck", "submitted", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got files %q, %v, want one", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	for _, text := range []string{"", "{", "{}", `{"digest":"d"}`} {
		if err := os.WriteFile(files[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ok := notes.Get(name); ok {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestNamesAreOfAllTheirParts(t *testing.T) {
	seen := map[resume.Name]bool{}
	for _, parts := range [][]string{{}, {""}, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"b", "a"}, {"1:a"}} {
		name := resume.NameOf(parts...)
		if seen[name] {
			t.Errorf("%q has the name of others", parts)
		}
		seen[name] = true
	}
}

func TestOldNotesGo(t *testing.T) {
	home := t.TempDir()
	notes, err := resume.In(home)
	if err != nil {
		t.Fatal(err)
	}
	notes.Tidy(time.Now()) // before there is a folder
	names := []resume.Name{resume.NameOf("a"), resume.NameOf("b")}
	for _, name := range names {
		if err := notes.Put(name, resume.Note{Digest: "d", IdempotencyKey: "k"}); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(home, "claimcheck", "submitted")
	for _, other := range []string{".new-123", "README"} {
		if err := os.WriteFile(filepath.Join(dir, other), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-resume.KeptFor)
	for _, name := range []string{string(names[0]) + ".json", ".new-123", "README"} {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	notes.Tidy(time.Now())
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("got %v, %v, want the younger note and what is somebody else's", left, err)
	}
	if _, ok := notes.Get(names[1]); !ok {
		t.Error("the younger note is gone")
	}
}

func TestWithoutAFolderForSettingsThereAreNoNotes(t *testing.T) {
	if _, err := resume.In(""); err == nil {
		t.Error("want an error")
	}
}
