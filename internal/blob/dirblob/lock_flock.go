//go:build !windows && !solaris && !aix

package dirblob

import (
	"errors"
	"os"
	"syscall"

	"claimcheck/internal/blob"
)

// lockFile keeps other processes from writing to a growing file while it is
// open; the lock ends with the process that has it, on NFS with its machine's lease.
func lockFile(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return blob.ErrLocked
	}
	if err != nil {
		return trouble("lock growing blob", err)
	}
	return nil
}
