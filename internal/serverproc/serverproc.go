// Package serverproc runs the real program for tests of the whole: it builds
// the program once for each test binary, with the tools that misbehave, starts
// servers on free ports of the loopback interface, kills and stops them, and
// sees to it that none outlives its test. Only tests import it.
package serverproc

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// How long things may take on a slow machine before the test is failed.
const (
	startPatience = 60 * time.Second
	endPatience   = 60 * time.Second
	pipePatience  = 5 * time.Second // for a pipe to be closed by whoever inherited it
)

// Options says how to start a server.
type Options struct {
	Program string // the program to start; empty: the one that [Program] builds

	Data  string     // the data folder; empty: a new one
	Args  []string   // flags of serve beside --listen and --data
	Env   []string   // NAME=value beside the test's own environment
	Files []*os.File // that the process gets from descriptor 3 on
	Under []string   // a program with arguments that runs the server in its own process, for instance strace -D
}

// A Server is one process of the program.
type Server struct {
	URL  string // http://127.0.0.1:port
	Data string

	t     testing.TB
	cmd   *exec.Cmd
	log   Log
	ended chan struct{} // closed when the process is gone
	over  bool          // the test ended it: its log is of no more interest
}

// Start starts a server and returns when it is ready. It is killed at the end
// of the test at the latest.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Data == "" {
		o.Data = Folder(t)
	}
	if o.Program == "" {
		o.Program = Program(t)
	}
	args := append([]string{}, o.Under...)
	args = append(args, o.Program, "serve", "--listen=127.0.0.1:0", "--data="+o.Data)
	args = append(args, o.Args...)
	s := &Server{Data: o.Data, t: t, cmd: command(t, args, o.Env), ended: make(chan struct{})}
	s.cmd.Stderr, s.cmd.ExtraFiles = &s.log, o.Files
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.cleanUp)
	first := make(chan string, 1)
	go s.wait(stdout, first)
	select {
	case line := <-first:
		url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if !ok {
			s.kill()
			t.Fatalf("the server printed %q, want listening on http://...; its log:\n%s", line, s.Log())
		}
		s.URL = url
	case <-time.After(startPatience):
		s.kill()
		t.Fatalf("the server was not ready after %s; its log:\n%s", startPatience, s.Log())
	}
	return s
}

// wait reads what the server prints and waits for its end.
func (s *Server) wait(stdout io.Reader, first chan<- string) {
	r := bufio.NewReader(stdout)
	line, _ := r.ReadString('\n') // an empty line says as much
	first <- line
	_, _ = io.Copy(io.Discard, r) // until the process is gone
	_ = s.cmd.Wait()              // ExitCode tells
	close(s.ended)
}

func (s *Server) cleanUp() {
	s.kill()
	if s.t.Failed() && !s.over {
		s.t.Logf("the end of the log of the server on %s:\n%s", s.Data, tail(s.Log(), 40))
	}
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Log returns what the server logged so far.
func (s *Server) Log() string { return s.log.String() }

// PID is the server's process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Ended is closed when the process is gone.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Kill ends the process as a crash does (SIGKILL) and waits for it.
func (s *Server) Kill() {
	s.t.Helper()
	s.kill()
	s.Wait()
}

func (s *Server) kill() {
	if err := s.cmd.Process.Kill(); err == nil {
		<-s.ended
	}
}

// Signal sends the process a signal. It may be called from any goroutine.
func (s *Server) Signal(sig os.Signal) error { return s.cmd.Process.Signal(sig) }

// Terminate asks the process to stop (SIGTERM).
func (s *Server) Terminate() {
	s.t.Helper()
	if err := s.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
}

// Wait waits for the end that the test has brought about and returns the exit
// code, -1 if it was by a signal.
func (s *Server) Wait() int {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(endPatience):
		s.t.Fatalf("the server did not end within %s; its log:\n%s", endPatience, tail(s.Log(), 40))
	}
	s.over = true
	return s.cmd.ProcessState.ExitCode()
}

// Stop stops the server in good order; anything but exit code 0 fails the test.
func (s *Server) Stop() {
	s.t.Helper()
	s.Terminate()
	if code := s.Wait(); code != 0 {
		s.t.Fatalf("the server ended with exit code %d, want 0; its log:\n%s", code, tail(s.Log(), 40))
	}
}

// Key makes a key for an owner, with more flags of keys create, and returns its
// text.
func (s *Server) Key(owner string, flags ...string) string {
	s.t.Helper()
	return Key(s.t, s.Data, owner, flags...)
}

// Key is [Server.Key] for a data folder on which no server needs to run.
func Key(t testing.TB, data, owner string, flags ...string) string {
	t.Helper()
	r := Run(t, nil, append([]string{"keys", "create", "--data=" + data, "--owner=" + owner}, flags...)...)
	key := strings.TrimSuffix(r.Stdout, "\n")
	if r.Code != 0 || key == "" || strings.ContainsAny(key, " \n") {
		t.Fatalf("keys create: exit code %d, printed %q and %q, want a key alone", r.Code, r.Stdout, r.Stderr)
	}
	return key
}

// Folder returns a new folder whose path is short enough for the control
// socket of a server, which t.TempDir's often is not. It is removed with the
// test.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cc-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "data")
}
