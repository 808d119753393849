package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"claimcheck/internal/terminal"
)

// pair opens a terminal: what is written to keys is typed on it, what it shows
// is read from there.
func pair(t *testing.T) (keys, tty *os.File) {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	t.Cleanup(func() { tty.Close() })
	return keys, tty
}

func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// typist types a line as soon as it is asked for one.
type typist struct {
	io.Writer

	typeLine func()
}

func (p typist) Write(b []byte) (int, error) {
	if strings.HasSuffix(string(b), ": ") {
		p.typeLine()
	}
	return p.Writer.Write(b)
}

func TestASecretIsNotShown(t *testing.T) {
	keys, tty := pair(t)
	if !terminal.Is(tty) {
		t.Fatal("a terminal is not taken for one")
	}
	var asked bytes.Buffer
	silent := false
	out := typist{&asked, func() {
		silent = !echoes(t, tty)
		if _, err := keys.WriteString(" ck_secret \r"); err != nil {
			t.Error(err)
		}
	}}
	got, err := terminal.Secret(t.Context(), tty, out, "API key: ")
	if err != nil || got != "ck_secret" || asked.String() != "API key: \n" {
		t.Errorf("got %q, %v, asked %q", got, err, &asked)
	}
	if !silent || !echoes(t, tty) {
		t.Errorf("silent while it was typed %v, shown afterwards %v, want both", silent, echoes(t, tty))
	}
	if _, err := tty.WriteString("END"); err != nil {
		t.Fatal(err)
	}
	shown := make([]byte, 100)
	n, err := keys.Read(shown)
	if err != nil || string(shown[:n]) != "END" {
		t.Errorf("the terminal showed %q, %v", shown[:n], err)
	}
}

func TestASecretThatIsNotWaitedForRestoresTheTerminal(t *testing.T) {
	_, tty := pair(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := terminal.Secret(ctx, tty, typist{io.Discard, cancel}, "API key: ")
	if !errors.Is(err, context.Canceled) || !echoes(t, tty) {
		t.Errorf("got %v, shown afterwards %v", err, echoes(t, tty))
	}
}

func TestAPipeIsNoTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if terminal.Is(r) {
		t.Error("a pipe is taken for a terminal")
	}
	if _, err := terminal.Secret(t.Context(), r, io.Discard, "?"); err == nil {
		t.Error("a secret was asked for on a pipe")
	}
}
