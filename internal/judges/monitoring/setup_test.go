package monitoring_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

func TestMain(m *testing.M) {
	code := pgproc.Main(m)
	serverproc.Clean()
	os.Exit(code) //nolint:forbidigo // of the test binary
}

const patience = 60 * time.Second

// deploy is the folder whose files are judged.
var deploy = filepath.Join("..", "..", "..", "deploy")

// promtool runs it with arguments and something to read, and wants it content.
func promtool(t *testing.T, in string, args ...string) {
	t.Helper()
	exe := testneeds.Program(t, "promtool (apt-get install prometheus)", "promtool")
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Stdin = strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// told are the metrics that a server tells.
func told(t *testing.T, s *serverproc.Server) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a, err := (&serverproc.Call{Base: s.URL, Method: http.MethodGet, Path: "/metrics"}).Do(ctx, http.DefaultClient)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("/metrics: %s, %v", a, err)
	}
	return string(a.Body)
}

// busy starts a server to which all has happened that is counted: jobs that end well
// and otherwise, a target that fails, a tool that is taken away, a pause, a webhook.
func busy(t *testing.T, args ...string) *serverproc.Server {
	t.Helper()
	if runtime.GOOS == "windows" {
		testneeds.Missing(t, "SIGHUP, by which a server reads its tools again")
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/fails") {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(other.Close)
	at, err := url.Parse(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "claimcheck.yaml")
	write := func(tools string) {
		t.Helper()
		text := fmt.Sprintf("fetch: {allow_networks: [127.0.0.0/8], allow_ports: [%s]}\ntools: [{name: fails, target: '%s/fails', extensions: [json]}, {name: paced, target: '%s/paced', extensions: [json], max_per: 1/h}%s]\n", at.Port(), other.URL, other.URL, tools)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(", {name: elsewhere, mode: pull}")
	s := serverproc.Start(t, serverproc.Options{Args: append([]string{"--config=" + config}, args...)})
	var store []string
	for _, a := range args {
		if strings.HasPrefix(a, "--store=") {
			store = append(store, a)
		}
	}
	operate := func(args ...string) string {
		t.Helper()
		if len(store) == 0 {
			args = append(args, "--data="+s.Data)
		}
		r := serverproc.Run(t, nil, append(args, store...)...)
		if r.Code != 0 {
			t.Fatalf("claimcheck %v: %+v", args, r)
		}
		return strings.TrimSpace(r.Stdout)
	}
	key := operate("keys", "create", "--owner=ann", "--plan=unlimited")
	submit := func(tool, input string, headers ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		call := serverproc.Call{Base: s.URL, Key: key, Method: http.MethodPost, Path: "/" + tool + "-api", Body: []byte(input), Headers: append(headers, "Prefer", "respond-async")}
		if a, err := call.Do(ctx, http.DefaultClient); err != nil || a.Status != http.StatusAccepted {
			t.Fatalf("submit to %s: %s, %v", tool, a, err)
		}
	}
	submit("json-minify", "[1]", "x-webhook-url", other.URL+"/hook")
	submit("json-minify", "[", "x-webhook-url", other.URL+"/fails")
	submit("elsewhere", "[]")
	submit("elsewhere", "[]", "x-start-by", "1")
	for range 6 {
		submit("fails", "[]")
	}
	for range 3 {
		submit("paced", "[]")
	}
	operate("tools", "pause", "json-validator")
	write("")
	if err := s.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	return s
}

// dump is for messages: what begins with claimcheck_.
func dump(text string) string {
	var b bytes.Buffer
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "claimcheck_") {
			b.WriteString(line)
		}
	}
	return b.String()
}
