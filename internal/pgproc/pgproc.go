// Package pgproc starts PostgreSQL for tests: a throw-away cluster on a free
// loopback port, run by an unprivileged user, with a database for each test. It
// ends with its test, or with the process. Only tests import it.
package pgproc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

const (
	startPatience = 60 * time.Second
	debianFolder  = "/usr/lib/postgresql"
	memoryFolder  = "/dev/shm" // fsync costs nothing there
	superuser     = "postgres"
)

// Options says how to start a cluster.
type Options struct {
	Disk     bool              // on the disk, where fsync takes its time
	Settings map[string]string // of postgresql.conf
	Standby  *Cluster          // begin as a streaming copy of this one
	Parent   string            // folder to make its own in; empty: one of its own
	Port     int               // 0: a free one
}

// A Cluster is one running PostgreSQL.
type Cluster struct {
	Port   int
	Folder string // its data

	t     testing.TB
	cmd   *exec.Cmd
	ended chan struct{}
	log   *os.File
	n     atomic.Int64 // databases made
}

// Bin returns the path of one of PostgreSQL's programs, found on the PATH or in
// Debian's folder, or ends the test because it is missing.
func Bin(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, err := filepath.Glob(filepath.Join(debianFolder, "*", "bin", name))
	if err != nil || len(found) == 0 {
		testneeds.Missing(t, "PostgreSQL's "+name+" (apt-get install postgresql)")
		return ""
	}
	slices.Sort(found)
	return found[len(found)-1]
}

// shared is the cluster of a test binary.
var shared struct {
	mu sync.Mutex // guards the field below
	c  *Cluster
}

// Main runs the tests of a package that uses [Database], and ends the cluster
// that it used. TestMain calls it.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.c != nil {
		shared.c.end()
	}
	return code
}

// Database returns the address of a new, empty database in a cluster that all
// tests of this binary share.
func Database(t testing.TB) string {
	t.Helper()
	return Shared(t).Database(t)
}

// Shared is the cluster that all tests of this binary share, started at its
// first use.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.c == nil {
		shared.c = start(t, Options{})
	}
	return shared.c
}

// Start starts a cluster that ends with the test.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c := start(t, o)
	t.Cleanup(c.end)
	return c
}

func start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c := &Cluster{t: t, Port: o.Port, ended: make(chan struct{})}
	if c.Port == 0 {
		c.Port = freePort(t)
	}
	c.Folder = filepath.Join(c.parent(o), "data")
	if o.Standby != nil {
		c.copyFrom(o.Standby)
	} else {
		c.run("initdb", "-D", c.Folder, "-U", superuser, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
	}
	c.configure(o.Settings)
	if err := c.launch(); err != nil {
		t.Fatal(err)
	}
	return c
}

// parent makes a folder that the unprivileged user owns.
func (c *Cluster) parent(o Options) string {
	base := os.TempDir()
	if _, err := os.Stat(memoryFolder); err == nil && !o.Disk {
		base = memoryFolder
	}
	if o.Parent != "" {
		base = o.Parent
	}
	parent, err := os.MkdirTemp(base, "cc-pg-")
	if err != nil {
		c.t.Fatal(err)
	}
	if id, ok := owner(c.t); ok {
		if err := os.Chown(parent, int(id.Uid), int(id.Gid)); err != nil {
			c.t.Fatal(err)
		}
	}
	return parent
}

func (c *Cluster) configure(settings map[string]string) {
	lines := []string{
		"listen_addresses = '127.0.0.1'", "port = " + strconv.Itoa(c.Port), "unix_socket_directories = ''", "max_connections = 300",
		"logging_collector = off", "log_min_messages = warning", "wal_level = replica", "max_wal_senders = 8", "hot_standby = on",
		"shared_buffers = 128MB", "max_prepared_transactions = 0",
	}
	for name, value := range settings {
		lines = append(lines, fmt.Sprintf("%s = '%s'", name, value))
	}
	f, err := os.OpenFile(filepath.Join(c.Folder, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("\n" + strings.Join(lines, "\n") + "\n"); err != nil {
		c.t.Fatal(err)
	}
	hba := "local all all trust\nhost all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n"
	if err := os.WriteFile(filepath.Join(c.Folder, "pg_hba.conf"), []byte(hba), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *Cluster) copyFrom(primary *Cluster) {
	c.run("pg_basebackup", "-h", "127.0.0.1", "-p", strconv.Itoa(primary.Port), "-U", superuser, "-D", c.Folder, "-R", "-X", "stream", "-c", "fast")
}

// run runs one of PostgreSQL's programs to its end.
func (c *Cluster) run(name string, args ...string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, Bin(c.t, name), args...)
	unprivileged(c.t, cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// launch starts the server and waits until it answers.
func (c *Cluster) launch() error {
	log, err := os.OpenFile(c.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if c.log != nil {
		c.log.Close()
	}
	c.log = log
	c.cmd = exec.Command(Bin(c.t, "postgres"), "-D", c.Folder) // its end is the test's
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	unprivileged(c.t, c.cmd)
	ended := make(chan struct{})
	c.ended = ended
	if err := spawn(c.cmd); err != nil {
		return err
	}
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // however it ended
		close(ended)
	}(c.cmd)
	for until := time.Now().Add(startPatience); ; {
		conn, err := net.DialTimeout("tcp", c.address(), time.Second)
		if err == nil {
			conn.Close()
			if c.ready() {
				return nil
			}
		}
		select {
		case <-c.ended:
			return fmt.Errorf("PostgreSQL ended:\n%s", c.Log())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(until) {
			return fmt.Errorf("PostgreSQL was not ready after %s:\n%s", startPatience, c.Log())
		}
	}
}

func (c *Cluster) ready() bool {
	cmd := exec.Command(Bin(c.t, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(c.Port))
	return cmd.Run() == nil
}

func (c *Cluster) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)) }

// URL is the address of one of its databases.
func (c *Cluster) URL(database string) string {
	return "postgres://" + superuser + "@" + c.address() + "/" + database
}

// Database makes a new, empty database.
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), c.n.Add(1))
	c.Exec(t, "postgres", "CREATE DATABASE "+name)
	return c.URL(name)
}

// Exec runs SQL with psql and returns what it printed.
func (c *Cluster) Exec(t testing.TB, database, sql string) string {
	t.Helper()
	out, err := c.Try(database, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// Try is Exec for what may fail.
func (c *Cluster) Try(database, sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, Bin(c.t, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, c.URL(database))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// Kill ends the server and all its processes as a crash does.
func (c *Cluster) Kill() {
	_ = c.Signal(syscall.SIGQUIT) // "immediate": no checkpoint, the log is replayed at the next start
	select {
	case <-c.ended:
	case <-time.After(10 * time.Second):
		_ = c.Signal(syscall.SIGKILL)
		<-c.ended
	}
}

// KillHard sends SIGKILL to the server; its own processes notice and end.
func (c *Cluster) KillHard() {
	_ = c.Signal(syscall.SIGKILL)
	<-c.ended
}

// Signal sends the server a signal.
func (c *Cluster) Signal(sig os.Signal) error { return c.cmd.Process.Signal(sig) }

// restartTries is how often a restart is tried: what is left of a killed server
// may still be ending.
const restartTries = 50

// Restart starts a cluster that was killed again, on the same port.
func (c *Cluster) Restart() {
	c.t.Helper()
	var err error
	for range restartTries {
		if err = os.Remove(filepath.Join(c.Folder, "postmaster.pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.t.Fatal(err)
		}
		if err = c.launch(); err == nil {
			return
		}
		<-time.After(200 * time.Millisecond)
	}
	c.t.Fatal(err)
}

// Revive waits until the server answers again, and restarts it if it has ended
// by itself.
func (c *Cluster) Revive() {
	c.t.Helper()
	for until := time.Now().Add(startPatience); time.Now().Before(until); {
		select {
		case <-c.ended:
			c.Restart()
			return
		case <-time.After(100 * time.Millisecond):
		}
		if c.ready() {
			return
		}
	}
	c.t.Fatalf("PostgreSQL does not answer:\n%s", c.Log())
}

// Discard removes what a killed cluster had on disk.
func (c *Cluster) Discard() {
	if err := os.RemoveAll(c.Folder); err != nil {
		c.t.Fatal(err)
	}
}

// Log is what the server has written.
func (c *Cluster) Log() string {
	b, err := os.ReadFile(c.logPath())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func (c *Cluster) logPath() string { return filepath.Join(filepath.Dir(c.Folder), "log") }

func (c *Cluster) end() {
	if c.cmd != nil && c.cmd.Process != nil {
		c.Kill()
	}
	c.log.Close()
	if err := os.RemoveAll(filepath.Dir(c.Folder)); err != nil {
		fmt.Fprintln(os.Stderr, "remove the cluster:", err)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port //nolint:errcheck // it listens on TCP
}

// Template makes a database from which [Cluster.Copy] makes others; prepare is
// given its address and must leave no connection open.
func (c *Cluster) Template(t testing.TB, prepare func(url string)) (name string) {
	t.Helper()
	name = fmt.Sprintf("template_%d_%d", os.Getpid(), c.n.Add(1))
	c.Exec(t, "postgres", "CREATE DATABASE "+name)
	prepare(c.URL(name))
	return name
}

// Copy makes a database like the template and returns its address.
func (c *Cluster) Copy(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), c.n.Add(1))
	c.Exec(t, "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template)
	return c.URL(name)
}
