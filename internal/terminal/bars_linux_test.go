package terminal_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"

	"claimcheck/internal/terminal"
)

// screen opens a terminal of 100 columns and returns what is shown on it, to be
// called when the terminal has been closed.
func screen(t *testing.T) (tty *os.File, shown func() string) {
	t.Helper()
	keys, tty := pair(t)
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	if got := terminal.Columns(tty); got != 100 {
		t.Errorf("the terminal has %d columns, want 100", got)
	}
	var text bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&text, keys) // it ends with an error: nobody has the terminal open any more
	}()
	return tty, func() string {
		tty.Close()
		<-read
		return text.String()
	}
}

func TestBarsAreDrawnOnATerminalAndTakenAway(t *testing.T) {
	tty, shown := screen(t)
	bars := terminal.NewBars(tty, false)
	if bars == nil {
		t.Fatal("no bars on a terminal")
	}
	up := bars.Add("evil\x1b[2Jname.csv", "upload", terminal.Bytes)
	up.Set(1536, 3072)
	bars.Say("a line above")
	wait := bars.Add("b.csv", "wait", terminal.Percent)
	wait.Set(40, 100)
	wait.Doing("run")
	all := bars.Add("all", "", terminal.Things)
	all.Set(3, 12)
	done := bars.Add("done", "download", terminal.Bytes)
	done.Set(5, 5)
	done.End()
	done.End()
	bars.Close()
	bars.Close()
	up.Set(3072, 3072)
	if bars.Add("late", "x", terminal.Bytes) != nil {
		t.Error("a bar is drawn after the end")
	}
	bars.Say("the end")
	got := shown()
	for _, want := range []string{`evil\x1b[2Jname.csv`, "1.5 KiB / 3.0 KiB", "a line above", "b.csv", "40 %", "3 of 12", "the end"} {
		if !strings.Contains(got, want) {
			t.Errorf("the terminal does not show %q, but\n%q", want, got)
		}
	}
	if last := got[strings.LastIndex(got, "\x1b[J")+1:]; strings.Contains(last, "%") || strings.Contains(last, "KiB") {
		t.Errorf("bars stay on the terminal, which shows last %q", last)
	}
	if strings.Contains(got, "\x1b[2J") {
		t.Errorf("a name has cleared the terminal: %q", got)
	}
}

func TestATerminalThatGoesAwayStopsNothing(t *testing.T) {
	for _, size := range []pty.Winsize{{}, {Rows: 1, Cols: 1}, {Rows: 24, Cols: 20}} { // of no size too
		keys, tty := pair(t)
		if err := pty.Setsize(tty, &size); err != nil {
			t.Fatal(err)
		}
		bars := terminal.NewBars(tty, false)
		bars.Add(strings.Repeat("世", 40), "upload", terminal.Bytes).Set(1, 2)
		if size.Cols > 0 {
			keys.Close()
		}
		bars.Say("lost")
		bars.Close()
	}
}

func TestNothingIsDrawnInAPipeNorForTheQuiet(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	tty, shown := screen(t)
	var buffer bytes.Buffer
	if got := terminal.Columns(w); got != 80 {
		t.Errorf("a pipe has %d columns, want 80", got)
	}
	for _, bars := range []*terminal.Bars{terminal.NewBars(w, false), terminal.NewBars(&buffer, false), terminal.NewBars(tty, true)} {
		if bars != nil {
			t.Error("bars are drawn")
		}
		bar := bars.Add("a", "upload", terminal.Bytes)
		bar.Set(1, -1)
		bar.Doing("x")
		bar.End()
		bars.Say("a line")
		bars.Close()
	}
	if got := shown(); got != "" || buffer.Len() > 0 {
		t.Errorf("got %q and %q, want nothing", got, &buffer)
	}
}

func TestSizesAreForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 20: "5.0 MiB", 1 << 40: "1.0 TiB"} {
		if got := terminal.Size(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}
