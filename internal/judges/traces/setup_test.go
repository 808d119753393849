package traces_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/trace/tracetest"
)

func TestMain(m *testing.M) {
	code := pgproc.Main(m)
	serverproc.Clean()
	os.Exit(code) //nolint:forbidigo // of the test binary
}

const patience = 60 * time.Second

// stores are the stores and how servers use them; each has the protocol that its
// servers speak to the collector.
var stores = map[string]string{"the embedded store": "http/protobuf", "a shared store, by two servers": "grpc"}

// A house is servers with a collector, and one other that has targets, receivers
// and files.
type house struct {
	t         *testing.T
	collector *tracetest.Collector
	front     *serverproc.Server // answers requests
	back      *serverproc.Server // runs jobs; perhaps the same
	other     *other
	key       string
	operate   []string // flags of operators' commands
	args, env []string // of back
}

// An other is somebody else's server.
type other struct {
	URL string

	mu     sync.Mutex // guards the fields below
	asked  map[string]int
	header map[string][]http.Header // by path
	bodies map[string][]string
}

func newOther(t *testing.T) *other {
	t.Helper()
	o := &other{asked: map[string]int{}, header: map[string][]http.Header{}, bodies: map[string][]string{}}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	o.URL = s.URL
	return o
}

// ServeHTTP answers by the path: /ok, /hook and /file.json well, /twice the second
// time, /never never, /later with 202.
func (o *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	o.asked[r.URL.Path]++
	n := o.asked[r.URL.Path]
	o.header[r.URL.Path] = append(o.header[r.URL.Path], r.Header.Clone())
	o.bodies[r.URL.Path] = append(o.bodies[r.URL.Path], string(body))
	o.mu.Unlock()
	switch {
	case r.URL.Path == "/never", r.URL.Path == "/twice" && n == 1:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/later":
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "[1]")
	}
}

// got are the headers of the n-th request for a path, counted from 1, once it is there.
func (o *other) got(t *testing.T, path string, n int) (h http.Header, body string) {
	t.Helper()
	serverproc.Until(t, patience, func() (bool, string) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.header[path]) >= n {
			h, body = o.header[path][n-1], o.bodies[path][n-1]
		}
		return h != nil, path + " was not asked for"
	})
	return h, body
}

func build(t *testing.T, store, protocol string, env ...string) *house {
	t.Helper()
	h := &house{t: t, collector: tracetest.Start(t, false), other: newOther(t)}
	at, err := url.Parse(h.other.URL)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "claimcheck.yaml")
	tools := ""
	for name, mode := range map[string]string{"ok": "body", "twice": "body", "never": "body", "quiet": "body", "later": "json"} {
		tools += fmt.Sprintf("\n- {name: %s, target: '%s/%s?secret=1', mode: %s, extensions: [json], max_attempts: 2}", name, h.other.URL, name, mode)
	}
	text := fmt.Sprintf("fetch: {allow_networks: [127.0.0.0/8], allow_ports: [%s]}\ntools:%s\n- {name: pulled, mode: pull, extensions: [json]}\n", at.Port(), tools)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.args, h.env = []string{"--config=" + config, "--workers=2"}, append(h.collector.Env(protocol), env...)
	if store == "the embedded store" {
		h.front = serverproc.Start(t, serverproc.Options{Args: h.args, Env: h.env})
		h.back, h.operate = h.front, []string{"--data=" + h.front.Data}
	} else {
		h.operate = []string{"--store=" + pgproc.Database(t)}
		shared := append(h.args, h.operate[0], "--blobs=file://"+filepath.Join(t.TempDir(), "files"), "--lease=2s")
		h.front = serverproc.Start(t, serverproc.Options{Args: append(slices.Clip(shared), "--roles=api"), Env: h.env})
		h.args = append(slices.Clip(shared), "--roles=worker")
		h.back = serverproc.Start(t, serverproc.Options{Args: h.args, Env: h.env})
	}
	h.key = h.command("keys", "create", "--owner=ann", "--plan=unlimited")
	return h
}

// command runs an operator's command and returns what it printed.
func (h *house) command(args ...string) string {
	h.t.Helper()
	r := serverproc.Run(h.t, nil, append(args, h.operate...)...)
	if r.Code != 0 {
		h.t.Fatalf("claimcheck %v: %+v", args, r)
	}
	return strings.TrimSpace(r.Stdout)
}

// call makes a request that must be answered with a status.
func (h *house) call(want int, method, path, body string, headers ...string) serverproc.Answer {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	key := h.key
	if len(headers) > 1 && headers[0] == "x-api-key" {
		key = headers[1]
	}
	base := h.front.URL
	if strings.HasPrefix(path, "http") {
		base = ""
	}
	a, err := (&serverproc.Call{Base: base, Key: key, Method: method, Path: path, Body: []byte(body), Headers: headers}).Do(ctx, http.DefaultClient)
	if err != nil || a.Status != want {
		h.t.Fatalf("%s %s: %s, %v, want %d", method, path, a, err, want)
	}
	return a
}

// submit hands work in, in a trace that is new, and returns the job and the trace.
func (h *house) submit(path, body string, headers ...string) (job, trace string) {
	h.t.Helper()
	trace = newTrace()
	a := h.call(http.StatusAccepted, "POST", path, body, append(headers, "Prefer", "respond-async", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")...)
	var accepted api.Accepted
	if err := json.Unmarshal(a.Body, &accepted); err != nil {
		h.t.Fatal(err)
	}
	return accepted.JobID, trace
}

// done waits for the end of a job.
func (h *house) done(job string) {
	h.t.Helper()
	var is api.Status
	serverproc.Until(h.t, patience, func() (bool, string) {
		a := h.call(http.StatusOK, "GET", "/jobs/"+job, "", "Prefer", "wait=5")
		if err := json.Unmarshal(a.Body, &is); err != nil {
			h.t.Fatal(err)
		}
		return is.Status == "success" || is.Status == "failed", string(a.Body)
	})
}

func newTrace() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
