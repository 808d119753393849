package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// watchSize tells nothing here: the size is asked for whenever lines are drawn.
func watchSize() (resized chan os.Signal, end func()) { return nil, func() {} }

// understandSequences has the console understand control sequences, until restore is
// called.
func understandSequences(out *os.File) (restore func() error, err error) {
	console := windows.Handle(out.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return nil, err
	}
	if err := windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING|windows.ENABLE_PROCESSED_OUTPUT); err != nil {
		return nil, err
	}
	return func() error { return windows.SetConsoleMode(console, mode) }, nil
}
