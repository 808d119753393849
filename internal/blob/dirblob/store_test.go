package dirblob_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/dirblob"
)

func TestStore(t *testing.T) { // the whole suite on this backend
	blobtest.Run(t, func(t *testing.T) blob.Store { t.Helper(); return open(t, t.TempDir()) })
}

func open(t *testing.T, folder string) *dirblob.Store {
	t.Helper()
	s, err := dirblob.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	return s
}

// put commits a file.
func put(t *testing.T, s *dirblob.Store, key, text string) {
	t.Helper()
	w, err := s.Create(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// files returns the paths of all that is no folder, sorted.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestCommittedFilesOutliveTheProcessAndOthersDoNot(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "blobs")
	dead := open(t, folder)
	put(t, dead, "inputs/kept", "kept")
	w, err := dead.Create(t.Context(), "inputs/lost")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "lost"); err != nil {
		t.Fatal(err)
	}
	if got := files(t, folder); len(got) != 2 {
		t.Fatalf("files %q, want the committed and the temporary one", got)
	}
	s := open(t, folder) // the first one was never closed
	if got := files(t, folder); len(got) != 1 || !strings.HasPrefix(got[0], "inputs/") {
		t.Errorf("files %q, want the committed one", got)
	}
	r, err := s.Open(t.Context(), "inputs/kept")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != "kept" {
		t.Errorf("got %q, %v", b, err)
	}
	w.Abort()
}

func TestWhatIsInTheFolderIsForItsOwnerOnly(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "blobs")
	put(t, open(t, folder), "inputs/a", "x")
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if want := fs.FileMode(0o600); err == nil && !d.IsDir() && info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
		if want := fs.ModeDir | 0o700; err == nil && d.IsDir() && info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreSpreadOverFolders(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	folders := map[string]bool{}
	for _, c := range "0123456789abcdef" {
		put(t, s, "inputs/0193f1d0-7b1a-7c3e-8f00-0123456789a"+string(c), "x") // ids of one moment
	}
	for _, name := range files(t, folder) {
		folders[filepath.Dir(name)] = true
	}
	if len(folders) < 8 {
		t.Errorf("16 files in %d folders", len(folders))
	}
}

func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	s := open(t, folder)
	put(t, s, "inputs/a", "x")
	fan := filepath.Join(folder, filepath.Dir(files(t, folder)[0]))
	if err := os.Remove(filepath.Join(fan, "a")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(fan, "a")); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Open(t.Context(), "inputs/a"); err == nil {
		r.Close()
		t.Error("read a file outside")
	}
	if err := os.RemoveAll(fan); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, fan); err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(t.Context(), "inputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Commit(t.Context()); err == nil {
		t.Error("wrote a file outside")
	}
	if got := files(t, outside); !slices.Equal(got, []string{"secret"}) {
		t.Errorf("outside has %q, want its one file", got)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	put(t, s, "inputs/a", "x")
	for _, name := range []string{"lost+found", "inputs/README", "inputs/00/UPPER", "inputs/00/a.b.c.d.e", "inputs/zz/a", "inputs/00/sub/deep"} {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	err := s.Walk(t.Context(), time.Now().Add(time.Hour), func(key string) error {
		keys = append(keys, key)
		return nil
	})
	if err != nil || !slices.Equal(keys, []string{"inputs/a"}) {
		t.Errorf("walk: got %q, %v, want our one file", keys, err)
	}
}

func TestAReaderKeepsARemovedFile(t *testing.T) {
	s := open(t, t.TempDir())
	put(t, s, "outputs/a", "still here")
	r, err := s.Open(t.Context(), "outputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := s.Remove(t.Context(), "outputs/a"); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != "still here" {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestAFolderWithoutAParentIsNotMade(t *testing.T) {
	if _, err := dirblob.Open(filepath.Join(t.TempDir(), "a", "b")); err == nil {
		t.Error("opened")
	}
}

func TestAFileInTheFoldersPlaceIsNotOpened(t *testing.T) {
	name := filepath.Join(t.TempDir(), "blobs")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dirblob.Open(name); err == nil {
		t.Error("opened")
	}
}
