package console_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// A chromium is the one browser of all tests. Each visitor has a context of its
// own in it, as in a private window.
type chromium struct {
	once    sync.Once
	address string // of its debugging protocol, ws://…
	err     error

	cmd  *exec.Cmd
	home string
	log  io.Closer
}

var browser chromium

// open starts the browser, if that was not done before, and returns its address.
func (b *chromium) open(t *testing.T) string {
	t.Helper()
	exe := testneeds.Program(t, "Chromium (apt-get install chromium)", "chromium", "chromium-browser", "google-chrome")
	b.once.Do(func() { b.err = b.start(exe) })
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.address
}

func (b *chromium) start(exe string) error {
	var err error
	if b.home, err = os.MkdirTemp("", "cc-chromium-"); err != nil {
		return fmt.Errorf("a folder for Chromium's profile: %w", err)
	}
	b.cmd = exec.Command(exe, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-GB",
		"--user-data-dir="+filepath.Join(b.home, "profile"), "--remote-debugging-port=0", "about:blank")
	b.cmd.Env = append(b.cmd.Environ(), "HOME="+b.home, "XDG_CONFIG_HOME="+b.home, "XDG_CACHE_HOME="+b.home)
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // its children with it
	b.cmd.WaitDelay = time.Second
	said, to, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("a pipe for Chromium: %w", err)
	}
	b.log, b.cmd.Stderr = said, to
	err = b.cmd.Start()
	_ = to.Close()
	if err != nil {
		return fmt.Errorf("start Chromium: %w", err)
	}
	late := time.AfterFunc(patience, func() { _ = said.Close() })
	defer late.Stop()
	var all strings.Builder
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if address, found := strings.CutPrefix(lines.Text(), "DevTools listening on "); found {
			b.address = address
			go func() { _, _ = io.Copy(io.Discard, said) }() // until close
			return nil
		}
		fmt.Fprintln(&all, lines.Text())
	}
	return errors.New("Chromium did not say where it listens: " + all.String())
}

// close ends the browser and removes its profile.
func (b *chromium) close() {
	if b.cmd != nil && b.cmd.Process != nil {
		_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
		_ = b.cmd.Wait()
		_ = b.log.Close()
	}
	if b.home != "" {
		_ = os.RemoveAll(b.home)
	}
}
