package agents_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

func TestMain(m *testing.M) { serverproc.Main(m) }

// patience is how long a judge may take on a slow machine.
const patience = 60 * time.Second

// A house is a server with tools of an endpoint's, behind an address that
// outlives it. While no server is there connections end without an answer.
type house struct {
	*serverproc.Server

	desk *desk
	at   string // the address
	key  string // of owner ann
	args []string

	mu     sync.Mutex // guards the fields below
	target *url.URL   // nil: no server is there
}

// open starts a server. Requests through its address get the key if they have
// none: some judges cannot be told one.
func open(t *testing.T) *house {
	t.Helper()
	h := &house{desk: newDesk(t)}
	front := httptest.NewServer(testneeds.Proxy(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.target != nil {
				r.SetURL(h.target)
			}
			r.Out.Host = r.In.Host
			if r.In.Header.Get("X-Api-Key") == "" && r.In.Header.Get("Authorization") == "" {
				r.Out.Header.Set("X-Api-Key", h.key)
			}
		},
		FlushInterval: -1,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}))
	t.Cleanup(front.Close)
	h.at = front.URL
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, []byte(h.desk.configuration()), 0o600); err != nil {
		t.Fatal(err)
	}
	h.args = []string{"--config=" + file, "--public-url=" + h.at}
	h.start(t, serverproc.Folder(t))
	key := h.Key("ann")
	h.mu.Lock() // a starting server may be asked already
	defer h.mu.Unlock()
	h.key = key
	return h
}

func (h *house) start(t *testing.T, data string) {
	t.Helper()
	h.Server = serverproc.Start(t, serverproc.Options{Data: data, Args: h.args})
	target, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	h.lead(target)
}

func (h *house) lead(target *url.URL) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.target = target
}

// crash kills the server and starts another on what it has left.
func (h *house) crash(t *testing.T) {
	t.Helper()
	h.lead(&url.URL{Scheme: "http", Host: "127.0.0.1:1"})
	h.Kill()
	h.start(t, h.Data)
}

// mcp is the address of the MCP endpoint.
func (h *house) mcp() string { return h.at + "/mcp" }

// askAs makes a call with a key and decodes what is answered.
func askAs[T any](t *testing.T, h *house, key, path string) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := serverproc.Call{Base: h.URL, Key: key, Method: http.MethodGet, Path: path}
	a, err := call.Do(ctx, http.DefaultClient)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("GET %s: %v, %s", path, err, a)
	}
	return decode[T](t, a.Body)
}

func decode[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.500s", err, text)
	}
	return v
}

// A desk is the endpoint of the tools.
type desk struct {
	*httptest.Server

	slow *crossing // what slow-work does
}

// A crossing counts who comes, and lets them pass when it is open.
type crossing struct {
	came chan struct{} // one for each
	open chan struct{} // closed: pass
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{slow: &crossing{came: make(chan struct{}, 100), open: make(chan struct{})}}
	mux := http.NewServeMux()
	for name, answer := range answers {
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) { answer(t, w, r) })
	}
	mux.HandleFunc("/slow-work", func(w http.ResponseWriter, r *http.Request) {
		input(t, r)
		d.slow.came <- struct{}{}
		select {
		case <-d.slow.open:
			say(t, w, "application/json", `{"worked":true}`)
		case <-r.Context().Done(): // the server was killed
		}
	})
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

// wait waits until slow-work has begun once more.
func (d *desk) wait(t *testing.T) {
	t.Helper()
	select {
	case <-d.slow.came:
	case <-time.After(patience):
		t.Fatal("the endpoint was not called")
	}
}

// configuration puts the tools behind a server.
func (d *desk) configuration() string {
	return strings.ReplaceAll(tools, "DESK", d.URL)
}
