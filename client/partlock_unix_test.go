//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package client_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"claimcheck/client"
)

// TestWhatAKilledDownloadLeftIsTakenOver at once, and what somebody still writes to
// is not.
func TestWhatAKilledDownloadLeftIsTakenOver(t *testing.T) {
	s, c, id := copier(t)
	path := filepath.Join(t.TempDir(), "out.json")
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := c.DownloadFile(ctx, id, path, client.WithProgress(func(done, _ int64) {
		if done > 0 {
			cancel()
		}
	})); err == nil {
		t.Fatal("not ended")
	}
	left := filepath.Join(filepath.Dir(path), names(t, filepath.Dir(path))[0])
	stem := strings.TrimSuffix(left, "part")
	dead, older, alive := stem+"DEAD.part", stem+"OLDER.part", stem+"ALIVE.part"
	if err := os.Rename(left, dead); err != nil { // as if it had been killed
		t.Fatal(err)
	}
	for _, name := range []string{older, alive} {
		if err := os.WriteFile(name, large[:1000], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(alive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	before := len(ranges(s))
	if n, err := c.DownloadFile(t.Context(), id, path); err != nil || n != int64(len(large)) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if got := ranges(s)[before:]; len(got) != 1 || !strings.HasPrefix(got[0], "bytes=") {
		t.Errorf("asked for %q, want what was left", got)
	}
	if is := strings.Join(names(t, filepath.Dir(path)), " "); is != filepath.Base(alive)+" out.json" {
		t.Errorf("left: %s", is)
	}
}
