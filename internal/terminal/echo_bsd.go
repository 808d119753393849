//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package terminal

import "golang.org/x/sys/unix"

// The requests that read and set how a terminal works, termios(4).
const (
	getState = unix.TIOCGETA
	setState = unix.TIOCSETA
)
