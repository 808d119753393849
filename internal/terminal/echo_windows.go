package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// echoOff lets the console show no more of what is typed, until restore is
// called. With look it changes nothing. It is an error if the file is no console.
func echoOff(f *os.File, look bool) (restore func() error, err error) {
	console := windows.Handle(f.Fd())
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil || look {
		return nil, err
	}
	silent := before&^windows.ENABLE_ECHO_INPUT | windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_LINE_INPUT
	return func() error { return windows.SetConsoleMode(console, before) }, windows.SetConsoleMode(console, silent)
}
