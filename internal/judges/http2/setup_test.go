package http2_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

func TestMain(m *testing.M) { serverproc.Main(m) }

// patience is how long a judge may take on a slow machine.
const patience = 60 * time.Second

const (
	streams    = 7       // more than a browser opens by HTTP/1.1
	inputBytes = 1 << 20 // that the plan takes
)

// A gate is a tool whose jobs end when it is opened.
type gate struct {
	opened chan struct{}
	once   sync.Once
}

func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	select {
	case <-g.opened:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"passed":true}`) // the server may be gone
	case <-r.Context().Done():
	}
}

// A service is a server that speaks TLS itself, and a client that trusts it.
type service struct {
	*serverproc.Server
	gate      *gate
	key, cert string
	http      *http.Client
}

func start(t *testing.T, args ...string) *service {
	t.Helper()
	s := &service{gate: &gate{opened: make(chan struct{})}}
	tool := httptest.NewServer(s.gate)
	t.Cleanup(func() {
		tool.CloseClientConnections()
		tool.Close()
	})
	dir := t.TempDir()
	cert, key := testneeds.Certificate(t, dir, 1, time.Now().Add(24*time.Hour))
	yaml, err := json.Marshal(map[string]any{ // which is YAML
		"tls_cert": cert, "tls_key": key, "workers": streams,
		"plans": map[string]any{"default": map[string]any{"max_input_bytes": inputBytes, "submit_per_minute": 0, "status_per_minute": 0}},
		"tools": []any{map[string]any{"name": "gated", "target": tool.URL + "/", "extensions": []string{"json"}, "timeout": "10m"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "claimcheck.yaml")
	if err := os.WriteFile(config, yaml, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Server = serverproc.Start(t, serverproc.Options{Args: append(args, "--config="+config)})
	s.key, s.cert = s.Key("ann"), cert
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	s.http = &http.Client{Transport: transport}
	return s
}

// post makes a call with the key and wants one status in answer.
func (s *service) post(t *testing.T, want int, path, body string, headers ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := serverproc.Call{Base: s.URL, Key: s.key, Method: http.MethodPost, Path: path, Body: []byte(body), Headers: headers}
	a, err := call.Do(ctx, s.http)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != want {
		t.Fatalf("POST %s: got %s, want %d", path, a, want)
	}
	return a.Body
}

// waiting hands in jobs that end when the gate is opened, and returns their ids.
func (s *service) waiting(t *testing.T, n int) (ids []string) {
	t.Helper()
	for range n {
		var is api.Accepted
		if err := json.Unmarshal(s.post(t, http.StatusAccepted, "/gated-api", "[1]", "Prefer", "respond-async"), &is); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, is.JobID)
	}
	return ids
}
