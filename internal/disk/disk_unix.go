//go:build unix

package disk

import (
	"os"
	"syscall"
)

var fulls = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}

func syncFolder(folder *os.File) error { return folder.Sync() }
