package serverproc

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
)

// CtrlC is what the keys of an interrupt type.
const CtrlC = "\x03"

// The size of the terminals of tests.
const (
	termRows    = 24
	termColumns = 100
)

// A Terminal is one at which somebody sits and runs the program.
type Terminal struct {
	Shows Log // all that was ever shown, with its control sequences

	t     testing.TB
	keys  *os.File
	send  func(os.Signal) error // to the program
	ended chan struct{}
	code  int
}

// OnTerminal runs the program on a new terminal, of 24 lines and 100 columns, with
// variables NAME=value beside the test's own environment, in a folder. Where stdout
// is given, that is where the standard output goes. The program is killed at the
// end of the test at the latest.
func OnTerminal(t testing.TB, folder string, env []string, stdout *os.File, args ...string) *Terminal {
	t.Helper()
	keys, tty := openTerminal(t)
	defer tty.Close()
	cmd := command(t, append([]string{Program(t)}, args...), env)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = folder, tty, tty, tty
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	term := &Terminal{t: t, keys: keys, send: cmd.Process.Signal, ended: make(chan struct{})}
	go func() {
		defer close(term.ended)
		_, _ = io.Copy(&term.Shows, keys) // it ends with an error when nobody has the terminal open any more
		_ = cmd.Wait()                    // the exit code tells
		term.code = cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be over
		<-term.ended
		_ = keys.Close() // nothing is written any more
	})
	return term
}

// openTerminal opens a terminal: what is written to keys is typed on it, what it
// shows is read from there.
func openTerminal(t testing.TB) (keys, tty *os.File) {
	t.Helper()
	keys, tty, err := pty.Open()
	if err == nil {
		err = pty.Setsize(tty, &pty.Winsize{Rows: termRows, Cols: termColumns})
	}
	if err != nil {
		t.Fatal(err)
	}
	return keys, tty
}

// Sees waits until the terminal has shown a text.
func (term *Terminal) Sees(text string) {
	term.t.Helper()
	Until(term.t, endPatience, func() (bool, string) {
		shown := term.Shows.String()
		return strings.Contains(shown, text), fmt.Sprintf("the terminal does not show %q but\n%q", text, shown)
	})
}

// Types types a text.
func (term *Terminal) Types(text string) {
	term.t.Helper()
	if _, err := term.keys.WriteString(text); err != nil {
		term.t.Fatal(err)
	}
}

// Signal sends the program a signal, as others do than the terminal.
func (term *Terminal) Signal(sig os.Signal) {
	term.t.Helper()
	if err := term.send(sig); err != nil {
		term.t.Fatal(err)
	}
}

// End waits for the end of the program and returns its exit code, -1 if a signal
// has ended it.
func (term *Terminal) End() int {
	term.t.Helper()
	Until(term.t, endPatience, func() (bool, string) {
		select {
		case <-term.ended:
			return true, ""
		default:
			return false, fmt.Sprintf("the program goes on; the terminal showed\n%q", term.Shows.String())
		}
	})
	return term.code
}
