package cluster_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

const roomBytes = 2 << 30 // two databases with their logs, and half an hour of files

// A room is a disk of limited size in memory, where the test may mount one; else
// it is a folder that is never full.
type room struct {
	t       *testing.T
	path    string
	limited bool
	n       int
}

func newRoom(t *testing.T) *room {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc-room-") //nolint:usetesting // others than its owner pass through it
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, path: dir}
	err = syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0755", roomBytes))
	r.limited = err == nil
	if err != nil {
		t.Logf("no disk of limited size: %v", err)
	}
	t.Cleanup(func() {
		if r.limited {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return r
}

// folder makes a new folder in the room.
func (r *room) folder(name string) string {
	r.t.Helper()
	r.n++
	path := filepath.Join(r.path, fmt.Sprint(name, r.n))
	if err := os.Mkdir(path, 0o755); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// fill takes all the room; it reports false where that cannot be done.
func (r *room) fill() bool {
	if !r.limited {
		return false
	}
	f, err := os.Create(filepath.Join(r.path, "filler"))
	if err != nil {
		return errors.Is(err, syscall.ENOSPC)
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for len(block) > 0 {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	return true
}

// used is how much of the room is taken, in bytes; 0 if it has no limit.
func (r *room) used() int64 {
	var is syscall.Statfs_t
	if !r.limited || syscall.Statfs(r.path, &is) != nil {
		return 0
	}
	return int64(is.Blocks-is.Bfree) * is.Bsize
}

func (r *room) empty() {
	if err := os.Remove(filepath.Join(r.path, "filler")); err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Error(err)
	}
}
