// Package proxyproc runs other people's proxies for tests: each with a
// configuration in a folder of its own, on a free port of the loopback interface,
// until its test ends. Only tests import it.
package proxyproc

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// patience is how long a proxy may take to listen on a slow machine.
const patience = 60 * time.Second

// Config is the name of the file that has the configuration.
const Config = "proxy.conf"

// A Program is a proxy that a Debian package has.
type Program struct {
	Name  string
	Paths []string // of the program, the first that is there counts
	Apt   string   // the package
}

// The proxies that tests run.
var (
	Nginx   = Program{"nginx", []string{"nginx", "/usr/sbin/nginx"}, "nginx"}
	Apache  = Program{"Apache", []string{"apache2", "/usr/sbin/apache2"}, "apache2"}
	HAProxy = Program{"HAProxy", []string{"haproxy", "/usr/sbin/haproxy"}, "haproxy"}
	Caddy   = Program{"Caddy", []string{"caddy"}, "caddy"}
)

// Path returns where the program is, or ends the test because it is missing.
func (p Program) Path(t testing.TB) string {
	t.Helper()
	return testneeds.Program(t, p.Name+" (apt-get install "+p.Apt+")", p.Paths...)
}

// A Proxy is one that runs.
type Proxy struct {
	Dir string // with its configuration and what it writes
	PID int
}

// Folder makes a folder for a proxy; some give their rights up before they read it.
func Folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Write writes a configuration into a folder and returns its name.
func Write(t testing.TB, dir, config string) string {
	t.Helper()
	name := filepath.Join(dir, Config)
	if err := os.WriteFile(name, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// Start runs a proxy with arguments and more environment, and returns when it
// accepts connections at listen. It is told to end with the test.
func Start(t testing.TB, p Program, dir, listen string, env []string, args ...string) *Proxy {
	t.Helper()
	exe := p.Path(t)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, exe, args...)
	testneeds.DieWithParent(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var said serverproc.Log
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is told to end
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%.4000s", p.Name, said.String())
		}
	})
	serverproc.Until(t, patience, func() (bool, string) {
		select {
		case <-ended:
			t.Fatalf("%s ended:\n%s", p.Name, said.String())
		default:
		}
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listen)
		if err != nil {
			return false, fmt.Sprint(err, "; ", said.String())
		}
		return conn.Close() == nil, ""
	})
	return &Proxy{Dir: dir, PID: cmd.Process.Pid}
}

// FreeAddress is an address and port of the loopback interface that nobody
// listens on just now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
