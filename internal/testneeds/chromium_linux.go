package testneeds

import (
	"bytes"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Browse opens an address in a headless Chromium with a profile of its own, with more
// flags than it has here; it is killed at the end of the test.
func Browse(t *testing.T, address string, flags ...string) {
	t.Helper()
	exe := Program(t, "Chromium (apt-get install chromium)", "chromium", "chromium-browser", "google-chrome")
	home := t.TempDir()
	cmd := exec.Command(exe, append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+home, address)...)
	cmd.Env = append(cmd.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home) // where downloads and the like go
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // its children with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
			t.Errorf("kill chromium: %v", err)
		}
		_ = cmd.Wait() // until the last of its processes closed its pipe
		if t.Failed() {
			t.Logf("chromium: %.2000s", log.Bytes())
		}
	})
}
