//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreSignals has a file-size limit be an error of the write, not the end.
func ignoreSignals() { signal.Ignore(syscall.SIGXFSZ) }
