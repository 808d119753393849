package pgproc

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// A Bouncer is a running PgBouncer that gives each transaction any session.
type Bouncer struct{ port int }

// StartBouncer starts one in front of a cluster; it ends with the test.
func StartBouncer(t testing.TB, c *Cluster) *Bouncer {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer"
		if _, err := os.Stat(program); err != nil {
			testneeds.Missing(t, "pgbouncer (apt-get install pgbouncer)")
		}
	}
	b := &Bouncer{port: freePort(t)}
	folder := (&Cluster{t: t}).parent(Options{})
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	settings := filepath.Join(folder, "settings")
	// Any user is let in; to the server they are all one.
	text := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%d user=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\n"+
		"auth_type = any\npool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = 6\nserver_idle_timeout = 1\n", c.Port, superuser, b.port)
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, settings)
	unprivileged(t, cmd)
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := spawn(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		log.Close()
	})
	for until := time.Now().Add(startPatience); ; {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port)), time.Second)
		if err == nil {
			conn.Close()
			return b
		}
		if time.Now().After(until) {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("PgBouncer does not answer:\n%s", said)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// URL is the address of a database of the cluster, through the pooler.
func (b *Bouncer) URL(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port))
	u.RawQuery = "default_query_exec_mode=cache_describe"
	return u.String()
}
