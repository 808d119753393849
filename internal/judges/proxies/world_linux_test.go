package proxies_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
)

// A world is a server behind a proxy.
type world struct {
	kind  *kind
	at    string // the proxy's address, with its scheme
	proxy *proxyproc.Proxy
	key   string
	http  *http.Client

	server *serverproc.Server
	args   []string
	gates  *gates
}

// gates are doors that jobs of the tool gated wait at: each input names one.
type gates struct {
	mu   sync.Mutex // guards the field below
	open map[string]chan struct{}
}

func (g *gates) door(name string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[name] == nil {
		g.open[name] = make(chan struct{})
	}
	return g.open[name]
}

func (g *gates) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	select {
	case <-g.door(strings.Trim(string(name), `"`)):
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"passed":true}`) // the server may be gone
	case <-r.Context().Done():
	}
}

// build starts a server, and a proxy before it.
func build(t *testing.T, k *kind, secure bool) *world {
	t.Helper()
	k.program.Path(t)
	w := &world{kind: k, gates: &gates{open: map[string]chan struct{}{}}}
	tool := httptest.NewServer(w.gates)
	t.Cleanup(func() {
		tool.CloseClientConnections()
		tool.Close()
	})
	config := filepath.Join(t.TempDir(), "claimcheck.yaml")
	yaml := "plans: {default: {status_per_minute: 0, submit_per_minute: 0, max_input_bytes: 0, max_output_bytes: 0, max_stored_bytes: 0}, " +
		"narrow: {status_per_minute: 0, submit_per_minute: 0, max_held: 1}, pair: {status_per_minute: 0, submit_per_minute: 0, max_held: 2}}\n" +
		"tools: [{name: gated, target: '" + tool.URL + "/', extensions: [json], timeout: 10m}]\n"
	if err := os.WriteFile(config, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	listen := proxyproc.FreeAddress(t)
	w.at = "http://" + listen
	if secure {
		w.at = "https://" + listen
	}
	w.args = []string{"--config=" + config, "--public-url=" + w.at, "--trusted-proxies=127.0.0.1/32", "--listen=" + proxyproc.FreeAddress(t), "--workers=8", "--shutdown-timeout=1s"}
	w.server = serverproc.Start(t, serverproc.Options{Args: w.args})
	w.key = w.server.Key("ann")
	w.proxy = k.start(t, listen, w.server.URL, secure)
	w.http = client(t, w.proxy.Dir, "", secure)
	return w
}

// client calls from an address of this machine, by HTTP/2 where the proxy speaks it.
func client(t *testing.T, dir, from string, secure bool) *http.Client {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true, DisableCompression: true}
	if from != "" {
		transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext
	}
	if secure {
		pem, err := os.ReadFile(filepath.Join(dir, "cert.pem"))
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// ask makes a call through the proxy; headers are pairs of names and values.
func (w *world) ask(t *testing.T, method, path, body string, headers ...string) serverproc.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	a, err := w.call(method, path, body, headers...).Do(ctx, w.http)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (w *world) call(method, path, body string, headers ...string) *serverproc.Call {
	return &serverproc.Call{Base: w.at, Key: w.key, Method: method, Path: path, Body: []byte(body), Headers: headers}
}

// want makes a call and wants a status.
func (w *world) want(t *testing.T, status int, method, path, body string, headers ...string) serverproc.Answer {
	t.Helper()
	a := w.ask(t, method, path, body, headers...)
	if a.Status != status {
		t.Fatalf("%s %.100s: got %s, want %d", method, path, a, status)
	}
	return a
}

// open makes a call whose answer is read while it comes; it ends with the test.
func (w *world) open(t *testing.T, method, path, body string, headers ...string) (*http.Response, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	res, err := w.opened(ctx, w.http, method, path, body, headers...)
	if err != nil {
		cancel()
		t.Fatalf("%s %s: %v", method, path, err)
	}
	t.Cleanup(func() {
		cancel()
		res.Body.Close()
	})
	return res, cancel
}

func (w *world) opened(ctx context.Context, c *http.Client, method, path, body string, headers ...string) (*http.Response, error) {
	var from io.Reader = http.NoBody
	if body != "" {
		from = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, w.at+path, from)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	r.ContentLength = int64(len(body))
	r.Header.Set("x-api-key", w.key)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.Do(r)
}

// waiting hands in a job that waits at a door and returns its id.
func (w *world) waiting(t *testing.T, door string) string {
	t.Helper()
	a := w.want(t, http.StatusAccepted, http.MethodPost, "/gated-api", door, "Prefer", "respond-async", "Content-Type", "application/json")
	id := decode[api.Accepted](t, a.Body).JobID
	serverproc.Until(t, patience, func() (bool, string) {
		is := w.status(t, id)
		return is == "processing", is
	})
	return id
}

func (w *world) status(t *testing.T, id string) string {
	t.Helper()
	return decode[api.Status](t, w.want(t, http.StatusOK, http.MethodGet, "/jobs/"+id, "").Body).Status
}

func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return v
}
