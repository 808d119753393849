package dirblob_test

import (
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// wantFull wants the fault of a full disk, its path for the log only.
func wantFull(t *testing.T, folder string, err error) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Unavailable || f.Code != "UNAVAILABLE" || f.Cause == nil {
		t.Fatalf("got %v, want UNAVAILABLE with its cause", err)
	}
	if strings.Contains(f.Message, folder) || strings.Contains(f.Message, "tmp/") {
		t.Errorf("message %q names a path", f.Message)
	}
}

// fill writes until the disk takes no more, which must be soon.
func fill(t *testing.T, w blob.Writer) error {
	t.Helper()
	for range 100 {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return err
		}
	}
	t.Fatal("6 MiB fit")
	return nil
}

func TestAFullDiskIsUnavailableAndRecovers(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		testneeds.Missing(t, "the right to mount a small disk (run as root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	s := open(t, folder)
	put(t, s, "inputs/before", "x")
	w, err := s.Create(t.Context(), "inputs/a")
	if err != nil {
		t.Fatal(err)
	}
	wantFull(t, folder, fill(t, w))
	wantFull(t, folder, w.Commit(t.Context())) // what was not written wholly is not committed
	if _, err := w.Reopen(); err == nil {
		t.Error("reopened a file that is not whole")
	}
	wantFull(t, folder, s.Ping(t.Context()))
	w.Abort()
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("after the abort: %v", err)
	}
	put(t, s, "inputs/after", "x")
	if got := files(t, folder); len(got) != 2 {
		t.Errorf("files %q, want the two committed", got)
	}
}

func TestAFullDiskAtCommitLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m,nr_inodes=5"); err != nil {
		testneeds.Missing(t, "the right to mount a small disk (run as root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	s := open(t, folder) // two inodes: the folder and tmp
	w, err := s.Create(t.Context(), "inputs/a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Create(t.Context(), "inputs/b")
	if err != nil {
		t.Fatal(err)
	}
	wantFull(t, folder, w.Commit(t.Context())) // no inode for the second folder
	w.Abort()
	if err := other.Commit(t.Context()); err != nil {
		t.Errorf("after the abort: %v", err)
	}
	if got := files(t, folder); len(got) != 1 {
		t.Errorf("files %q, want the one committed", got)
	}
}

func TestAFileSizeLimitIsUnavailable(t *testing.T) {
	// The limit counts for a whole process, so the test runs itself in another.
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur == math.MaxUint64 {
		again := exec.CommandContext(t.Context(), testneeds.Program(t, "sh", "sh"), "-c", `ulimit -f 64 && exec "$0" -test.run=^TestAFileSizeLimitIsUnavailable$`, os.Args[0])
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	folder := t.TempDir()
	s := open(t, folder)
	w, err := s.Create(t.Context(), "inputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	wantFull(t, folder, fill(t, w))
}

func TestOpeningOnAFullDiskIsUnavailable(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "nr_inodes=1"); err != nil {
		testneeds.Missing(t, "the right to mount a small disk (run as root): "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	_, err := dirblob.Open(folder)
	wantFull(t, folder, err)
}
