package profile_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"claimcheck/internal/profile"
)

func folder(t *testing.T) profile.Folder {
	t.Helper()
	f, err := profile.In(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAProfileIsKeptForItsUserAlone(t *testing.T) {
	f := folder(t)
	if _, err := f.Get("work"); !errors.Is(err, profile.ErrNone) {
		t.Errorf("before: got %v, want none", err)
	}
	for _, want := range []profile.Profile{{URL: "http://a", Key: "ck_1"}, {URL: "https://b/é", Key: "ck_2"}} {
		if err := f.Put("work", want); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Get("work"); err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	for path, mode := range map[string]os.FileMode{f.Path("work"): 0o600, filepath.Dir(f.Path("work")): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), mode)
		}
	}
	if err := f.Put("b", profile.Profile{URL: "http://b", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if names, err := f.Names(); err != nil || strings.Join(names, " ") != "b work" {
		t.Errorf("got %q, %v", names, err)
	}
	if err := f.Remove("work"); err != nil {
		t.Error(err)
	}
	if err := f.Remove("work"); !errors.Is(err, profile.ErrNone) {
		t.Errorf("removed twice: got %v, want none", err)
	}
	if left, err := os.ReadDir(filepath.Dir(f.Path("b"))); err != nil || len(left) != 1 {
		t.Errorf("what is left: %v, %v, want profile b alone", left, err)
	}
}

func TestAProfileThatOthersCanReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such modes on Windows")
	}
	f := folder(t)
	if err := f.Put("a", profile.Profile{URL: "http://a", Key: "ck_secret"}); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o602} {
		if err := os.Chmod(f.Path("a"), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Get("a"); err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), "ck_secret") {
			t.Errorf("mode %o: got %v", mode, err)
		}
	}
	if err := f.Put("a", profile.Profile{URL: "http://a", Key: "ck_new"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get("a"); err != nil {
		t.Errorf("written anew: %v", err)
	}
}

func TestADamagedProfileIsSaidSo(t *testing.T) {
	f := folder(t)
	for _, text := range []string{"", "{", "null", `{"url":"http://a"}`, `{"url":"","key":"k"}`, `{"url":1,"key":"k"}`, strings.Repeat(" ", 70<<10) + `{"url":"http://a","key":"k"}`} {
		if err := f.Put("a", profile.Profile{URL: "http://a", Key: "k"}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Path("a"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Get("a"); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%.20q: got %v", text, err)
		}
	}
	if err := f.Remove("a"); err != nil {
		t.Error(err)
	}
}

func TestNamesOfProfilesLeadNowhereElse(t *testing.T) {
	f := folder(t)
	for _, name := range []string{"", "..", "../a", "a/b", `a\b`, "A", "-a", "_a", "a.b", "a\x00", "é", "a\n", strings.Repeat("a", 64)} {
		_, get := f.Get(name)
		for _, err := range []error{profile.CheckName(name), get, f.Put(name, profile.Profile{URL: "u", Key: "k"}), f.Remove(name)} {
			if err == nil || errors.Is(err, profile.ErrNone) {
				t.Errorf("%q: got %v, want it refused", name, err)
			}
		}
	}
	if _, err := profile.In(""); err == nil {
		t.Error("a user without a folder: want an error")
	}
}

func TestAProfileIsWholeWhileItIsWritten(t *testing.T) {
	f := folder(t)
	long := profile.Profile{URL: "http://" + strings.Repeat("a", 8000), Key: strings.Repeat("k", 8000)}
	short := profile.Profile{URL: "http://a", Key: "k"}
	if err := f.Put("a", short); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for _, p := range []profile.Profile{long, short} {
		writers.Go(func() {
			for range 20 {
				if err := f.Put("a", p); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		if p, err := f.Get("a"); err != nil || p != long && p != short {
			t.Fatalf("got %.40v, %v", p, err)
		}
	}
	writers.Wait()
}
