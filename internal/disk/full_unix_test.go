//go:build unix

package disk_test

import (
	"os"
	"syscall"
	"testing"

	"claimcheck/internal/disk"
)

func TestAFullDiskIsFull(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if !disk.Full(&os.PathError{Op: "write", Path: "file", Err: cause}) {
			t.Errorf("%v does not count as a full disk", cause)
		}
	}
}
