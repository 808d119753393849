//go:build unix

package blobtest

import "syscall"

// What makes a process stand still, and go on.
const (
	stopSignal = syscall.SIGSTOP
	goOnSignal = syscall.SIGCONT
)
