package main_test

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"claimcheck/internal/serverproc"
)

// onATerminal runs claimcheck submit on a new terminal; where stdout is given, it
// goes there.
func (s *submitter) onATerminal(stdout *os.File, args ...string) *serverproc.Terminal {
	s.t.Helper()
	return serverproc.OnTerminal(s.t, s.dir, s.env, stdout, append([]string{"submit"}, args...)...)
}

func TestCtrlCAsksWhetherToLeaveOrToCancel(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("a.txt", "60s")
	s.write("b.txt", "61s")
	for answer, want := range map[string]string{"c\r": "failed", "l\r": "going on", "\r": "going on"} {
		before := len(s.jobs())
		term := s.onATerminal(nil, "test-sleep", "a.txt", "b.txt")
		term.Sees("0 of 2")
		serverproc.Until(t, jobLimit, func() (bool, string) { return len(s.jobs()) == before+2, "not both are handed in" })
		term.Types(serverproc.CtrlC)
		term.Sees("[l/c]")
		term.Types(answer)
		if code := term.End(); code != 130 {
			t.Errorf("%q: exit code %d, the terminal showed\n%s", answer, code, term.Shows.String())
		}
		shown := term.Shows.String()
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
	term.Sees("processing") // on a bar
	term.Types(serverproc.CtrlC)
	term.Sees("[l/c]")
	term.Types("c\r")
	if code := term.End(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	s.write("a.txt", "1ms \x1b[2Jthe output")
	term = s.onATerminal(nil, "test-sleep", "a.txt")
	if code := term.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	shown := term.Shows.String()
	if want := `\x1b[2Jthe output`; !strings.Contains(shown, want) {
		t.Errorf("the terminal does not show %q but\n%q", want, shown)
	}
	if strings.Contains(shown, "\x1b[2J") {
		t.Errorf("an output has cleared the terminal: %q", shown)
	}
	term = s.onATerminal(nil, "test-sleep", "a.txt", "--quiet", "-o", "x.txt")
	if code := term.End(); code != 0 || term.Shows.String() != "" {
		t.Errorf("--quiet: exit code %d, the terminal showed\n%q", code, term.Shows.String())
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	term = s.onATerminal(w, "test-sleep", "a.txt")
	w.Close()
	text, err := io.ReadAll(r)
	if code := term.End(); code != 0 || err != nil || string(text) != "\x1b[2Jthe output" {
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
	term.Signal(syscall.SIGTERM)
	if code := term.End(); code != 130 || strings.Contains(term.Shows.String(), "[l/c]") || !strings.Contains(term.Shows.String(), s.jobs()[0]) {
		t.Errorf("exit code %d, the terminal showed\n%s", code, term.Shows.String())
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
	term.Types(serverproc.CtrlC)
	if code := term.End(); code != 130 || strings.Contains(term.Shows.String(), "[l/c]") || !strings.Contains(term.Shows.String(), s.jobs()[0]) {
		t.Errorf("exit code %d, the terminal showed\n%s", code, term.Shows.String())
	}
}
