package disk_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/disk"
)

func TestOneHasTheLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	first, second := open(t, name), open(t, name)
	if err := disk.Lock(first); err != nil {
		t.Fatal(err)
	}
	if err := disk.Lock(second); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("a second lock: got %v, want %v", err, disk.ErrLocked)
	}
	// It keeps nobody from the content.
	if _, err := second.WriteString("hello"); err != nil {
		t.Errorf("write to a locked file: %v", err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "hello" {
		t.Errorf("a locked file reads %q, %v, want hello", text, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := disk.Lock(second); err != nil {
		t.Errorf("after the first is closed: %v", err)
	}
}

// TestTheLockEndsWithItsProcess has this program run again as the process that
// has the lock, which is killed.
func TestTheLockEndsWithItsProcess(t *testing.T) {
	const variable = "CLAIMCHECK_TEST_LOCK"
	if name := os.Getenv(variable); name != "" { //nolint:forbidigo // this program, run by the test
		if err := disk.Lock(open(t, name)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
		return
	}
	name := filepath.Join(t.TempDir(), "file")
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheLockEndsWithItsProcess$", "-test.v")
	other.Env = append(os.Environ(), variable+"="+name)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := other.StdoutPipe()
	if err == nil {
		err = other.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said, buffer := "", make([]byte, 1024)
	for !strings.Contains(said, "locked") {
		n, err := out.Read(buffer)
		if said += string(buffer[:n]); err != nil {
			t.Fatalf("the other process said %q: %v", said, err)
		}
	}
	if err := disk.Lock(open(t, name)); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("while the other process lives: got %v, want %v", err, disk.ErrLocked)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	if err := disk.Lock(open(t, name)); err != nil {
		t.Errorf("after its end: %v", err)
	}
}

func TestANamelessFileLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	f, err := disk.Nameless(folder, "spool-")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	back := make([]byte, 5)
	if _, err := f.ReadAt(back, 0); err != nil || string(back) != "hello" {
		t.Errorf("it reads %q, %v, want hello", back, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("after it was closed there are %v, %v", left, err)
	}
}

func TestAFolderIsMadeDurable(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := disk.SyncFolder(folder); err != nil {
		t.Error(err)
	}
}

func TestOnlyAFullDiskIsFull(t *testing.T) {
	for _, err := range []error{nil, io.EOF, os.ErrPermission, os.ErrNotExist} {
		if disk.Full(fmt.Errorf("write: %w", err)) {
			t.Errorf("%v counts as a full disk", err)
		}
	}
}

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
