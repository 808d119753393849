//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd || windows)

package terminal

import (
	"errors"
	"os"
)

// echoOff cannot be done here: secrets come by a pipe.
func echoOff(*os.File, bool) (restore func() error, err error) { return nil, errors.ErrUnsupported }
