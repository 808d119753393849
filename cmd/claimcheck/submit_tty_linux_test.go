package main_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"claimcheck/internal/serverproc"
)

// A terminal is one at which somebody sits and runs the program.
type terminal struct {
	keys  *os.File
	send  func(os.Signal) error // to the program
	shows serverproc.Log
	ended chan int // the exit code
}

// onATerminal runs claimcheck submit on a new terminal; where stdout is given, it
// goes there.
func (s *submitter) onATerminal(stdout *os.File, args ...string) *terminal {
	s.t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { keys.Close() })
	fd := int(keys.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 100})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer tty.Close()
	cmd := s.command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if stdout != nil {
		cmd.Stdout = stdout
	}
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	term := &terminal{keys: keys, send: cmd.Process.Signal, ended: make(chan int, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&term.shows, keys) // it ends with an error when nobody has the terminal open
	}()
	go func() {
		_ = cmd.Wait() // the exit code tells
		<-read
		term.ended <- cmd.ProcessState.ExitCode()
	}()
	s.t.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	return term
}

// sees waits until the terminal shows a text.
func (t *terminal) sees(tb testing.TB, text string) {
	tb.Helper()
	serverproc.Until(tb, jobLimit, func() (bool, string) {
		shown := t.shows.String()
		return strings.Contains(shown, text), fmt.Sprintf("the terminal does not show %q but\n%s", text, shown)
	})
}

// code waits for the program's end and returns its exit code.
func (t *terminal) code(tb testing.TB) int {
	tb.Helper()
	select {
	case code := <-t.ended:
		return code
	case <-time.After(jobLimit):
		tb.Fatalf("the program does not end; the terminal shows\n%s", t.shows.String())
		return -1
	}
}

func (t *terminal) types(tb testing.TB, text string) {
	tb.Helper()
	if _, err := t.keys.WriteString(text); err != nil {
		tb.Fatal(err)
	}
}

const ctrlC = "\x03"

func TestCtrlCAsksWhetherToLeaveOrToCancel(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("a.txt", "60s")
	s.write("b.txt", "61s")
	for answer, want := range map[string]string{"c\r": "failed", "l\r": "going on", "\r": "going on"} {
		before := len(s.jobs())
		term := s.onATerminal(nil, "test-sleep", "a.txt", "b.txt")
		term.sees(t, "0 of 2")
		serverproc.Until(t, jobLimit, func() (bool, string) { return len(s.jobs()) == before+2, "not both are handed in" })
		term.types(t, ctrlC)
		term.sees(t, "[l/c]")
		term.types(t, answer)
		if code := term.code(t); code != 130 {
			t.Errorf("%q: exit code %d, the terminal showed\n%s", answer, code, term.shows.String())
		}
		shown := term.shows.String()
		for _, id := range s.jobs()[:2] {
			if !strings.Contains(shown, id) {
				t.Errorf("%q: job %s is not told: %s", answer, id, shown)
			}
			if want == "failed" {
				if is := s.caller.finished(t, id); is.Error == nil || is.Error.Code != "CANCELED" {
					t.Errorf("%q: job %s is %s", answer, id, is.Status)
				}
			} else if is := s.caller.status(t, id); is.Status == "failed" {
				t.Errorf("%q: job %s is %s", answer, id, is.Status)
			}
		}
		if !strings.Contains(shown, "claimcheck wait ") {
			t.Errorf("%q: how to come back is not told: %s", answer, shown)
		}
	}
}

func TestBarsAreShownOnATerminalAlone(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("slow.txt", "60s")
	term := s.onATerminal(nil, "test-sleep", "slow.txt")
	term.sees(t, "processing") // on a bar
	term.types(t, ctrlC)
	term.sees(t, "[l/c]")
	term.types(t, "c\r")
	if code := term.code(t); code != 130 {
		t.Errorf("exit code %d", code)
	}
	s.write("a.txt", "1ms \x1b[2Jthe output")
	term = s.onATerminal(nil, "test-sleep", "a.txt")
	if code := term.code(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	shown := term.shows.String()
	if want := `\x1b[2Jthe output`; !strings.Contains(shown, want) {
		t.Errorf("the terminal does not show %q but\n%q", want, shown)
	}
	if strings.Contains(shown, "\x1b[2J") {
		t.Errorf("an output has cleared the terminal: %q", shown)
	}
	term = s.onATerminal(nil, "test-sleep", "a.txt", "--quiet", "-o", "x.txt")
	if code := term.code(t); code != 0 || term.shows.String() != "" {
		t.Errorf("--quiet: exit code %d, the terminal showed\n%q", code, term.shows.String())
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	term = s.onATerminal(w, "test-sleep", "a.txt")
	w.Close()
	text, err := io.ReadAll(r)
	if code := term.code(t); code != 0 || err != nil || string(text) != "\x1b[2Jthe output" {
		t.Errorf("in a pipe: exit code %d, %v, got %q", code, err, text)
	}
}

// TestOtherSignalsAskNothing ends the program as a service manager does.
func TestOtherSignalsAskNothing(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("a.txt", "60s")
	term := s.onATerminal(nil, "test-sleep", "a.txt")
	serverproc.Until(t, jobLimit, func() (bool, string) { return len(s.jobs()) == 1, "it is not handed in" })
	if err := term.send(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := term.code(t); code != 130 || strings.Contains(term.shows.String(), "[l/c]") || !strings.Contains(term.shows.String(), s.jobs()[0]) {
		t.Errorf("exit code %d, the terminal showed\n%s", code, term.shows.String())
	}
}

// TestInAPipeCtrlCAsksNothing has the output read by another program.
func TestInAPipeCtrlCAsksNothing(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("a.txt", "60s")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	term := s.onATerminal(w, "test-sleep", "a.txt")
	w.Close()
	serverproc.Until(t, jobLimit, func() (bool, string) { return len(s.jobs()) == 1, "it is not handed in" })
	term.types(t, ctrlC)
	if code := term.code(t); code != 130 || strings.Contains(term.shows.String(), "[l/c]") || !strings.Contains(term.shows.String(), s.jobs()[0]) {
		t.Errorf("exit code %d, the terminal showed\n%s", code, term.shows.String())
	}
}
