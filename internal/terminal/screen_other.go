//go:build !unix && !windows

package terminal

import "os"

// watchSize tells nothing here: the size is asked for whenever lines are drawn.
func watchSize() (resized chan os.Signal, end func()) { return nil, func() {} }

// understandSequences has nothing to do: terminals do.
func understandSequences(*os.File) (restore func() error, err error) {
	return func() error { return nil }, nil
}
