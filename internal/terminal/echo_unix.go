//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// echoOff lets the terminal show no more of what is typed, until restore is
// called; lines and interrupts stay as they are. With look it changes nothing.
// It is an error if the file is no terminal.
func echoOff(f *os.File, look bool) (restore func() error, err error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getState)
	if err != nil || look {
		return nil, err
	}
	silent := *before
	silent.Lflag &^= unix.ECHO
	silent.Lflag |= unix.ICANON | unix.ISIG
	silent.Iflag |= unix.ICRNL
	return func() error { return unix.IoctlSetTermios(fd, setState, before) }, unix.IoctlSetTermios(fd, setState, &silent)
}
