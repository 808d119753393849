package terminal

import "golang.org/x/sys/unix"

// The requests that read and set how a terminal works, ioctl_tty(2).
const (
	getState = unix.TCGETS
	setState = unix.TCSETS
)
