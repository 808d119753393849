//go:build unix

package terminal

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSize tells when the terminal has another size.
func watchSize() (resized chan os.Signal, end func()) {
	resized = make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	return resized, func() { signal.Stop(resized) }
}

// understandSequences has nothing to do: terminals do.
func understandSequences(*os.File) (restore func() error, err error) {
	return func() error { return nil }, nil
}
