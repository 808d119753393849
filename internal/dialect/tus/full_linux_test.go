package tus_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"claimcheck/internal/testneeds"
)

// TestAFullDiskIsTheServersFault, so that clients come back: what had room is kept, what
// could not begin is not pending.
func TestAFullDiskIsTheServersFault(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=128k"); err != nil {
		testneeds.Missing(t, "the right to mount a small disk (run as root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	f := open(t, t.TempDir(), []string{"CLAIMCHECK_BLOBS=file://" + filepath.Join(disk, "files")}, "")
	body := strings.Repeat("x", 200_000)
	path := f.create(len(body))
	full := func(a answer) {
		t.Helper()
		if a.status != http.StatusServiceUnavailable || !strings.HasPrefix(a.body, "UNAVAILABLE: ") || strings.Contains(a.body, disk) {
			t.Errorf("got %v", a)
		}
	}
	at := []string{"Upload-Offset", "0", "Content-Type", chunk}
	full(f.call("ann", "PATCH", path, body, append(at, "Upload-Checksum", "sha1 "+sum1(body))...))
	if got := f.offset(path); got != "0" {
		t.Errorf("of a body that could not be judged %s bytes are there", got)
	}
	full(f.call("ann", "PATCH", path, body, at...))
	kept := f.offset(path)
	for range 5 { // of 4 that may be pending
		full(f.call("ann", "POST", "/files/", "", "Upload-Length", "1", "Upload-Metadata", named("a.json")))
	}
	f.want(http.StatusNoContent, "ann", "DELETE", path, "")
	if n := files(t, filepath.Join(disk, "files", "growing=")); kept == "0" || n != 0 {
		t.Errorf("%s bytes were kept, %d files are left", kept, n)
	}
	f.patch(http.StatusNoContent, f.create(9), 0, "abcdefghi")
	if u := f.want(http.StatusOK, "ann", "GET", "/usage", ""); !strings.Contains(u.body, fmt.Sprintf(`"stored_bytes":{"used":%d,`, 9)) {
		t.Errorf("usage is %s", u.body)
	}
}

// TestASilentJudgedBodyMayBeSentAgain: after 20 s; nothing of it is kept.
func TestASilentJudgedBodyMayBeSentAgain(t *testing.T) {
	f := serve(t, worlds[0], "")
	path := f.create(9)
	body := newSlowBody()
	first := f.begin(path, 0, body, "Upload-Checksum", "sha1 "+sum1("abcdefghi"))
	body.send(t, "abc")
	a := first.wait(t)
	body.end(t)
	if a.status != http.StatusServiceUnavailable && a.status != 0 {
		t.Errorf("got %v", a)
	}
	if got := f.offset(path); got != "0" {
		t.Errorf("there are %s bytes", got)
	}
}
