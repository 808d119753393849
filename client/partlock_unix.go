//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package client

import (
	"errors"
	"os"
	"syscall"
)

// keepsLocks reports whether there are locks here, of files that may be renamed
// while they are open.
const keepsLocks = true

// lockPart takes the lock that whoever writes a part has, and that ends with it,
// however it ends. Known is false where the file's system keeps no locks.
func lockPart(f *os.File) (taken, known bool) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return err == nil, err == nil || errors.Is(err, syscall.EWOULDBLOCK)
}
