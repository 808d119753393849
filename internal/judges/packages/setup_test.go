package packages_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) { os.Exit(serverproc.Main(m)) } //nolint:forbidigo // of the test binary

// patience is how long anything may take on a slow machine.
const patience = 60 * time.Second

// configuration is that of every server; the address of the endpoint and its port
// are filled in. An owner's plan is what a story is about.
const configuration = `fetch: {allow_networks: [127.0.0.0/8], allow_ports: [%[2]s]}
cors_origins: '%[3]s'
plans:
  open: {status_per_minute: 0, submit_per_minute: 0, jobs_per_month: 0, max_input_bytes: 0, max_output_bytes: 0, max_running_jobs: 0, max_queued_jobs: 0, max_pending_uploads: 0, max_stored_bytes: 0}
  month: {jobs_per_month: 1}
  slow: {status_per_minute: 30}
  waiter: {max_held: 1}
tools:
  - {name: gate, target: "%[1]s/gate", extensions: [txt]}
  - {name: aloud, target: "%[1]s/aloud", extensions: [txt]}
  - {name: digest, target: "%[1]s/digest", extensions: [log, txt]}
`

// A world is a server of which clients know the front only, the endpoint of its
// tools, and a receiver of webhooks.
type world struct {
	*front
	t        *testing.T // of the story that is told
	top      *testing.T // of all of them
	data     string
	args     []string
	server   *serverproc.Server
	endpoint *httptest.Server
	hooks    chan called // what the receiver of webhooks was called with

	mu     sync.Mutex // guards the fields below
	gates  map[string]*gate
	inputs map[string][]byte // that are at the endpoint's address, by path

	relayTo string // a receiver to which calls of webhooks are passed on
}

// A gate is work that goes on until a story lets it.
type gate struct{ begun, over chan struct{} }

// A called is one call of a webhook.
type called struct {
	header http.Header
	body   []byte
}

// newWorld starts a server; origin is a page's that calls it.
func newWorld(t *testing.T, origin string) *world {
	t.Helper()
	return newWorldBelow(t, origin, "")
}

// newWorldBelow is newWorld of a server that is known below a path.
func newWorldBelow(t *testing.T, origin, path string) *world {
	t.Helper()
	w := &world{front: newFront(t, path), t: t, top: t, data: serverproc.Folder(t), hooks: make(chan called, 100), gates: map[string]*gate{}, inputs: map[string][]byte{}}
	w.endpoint = httptest.NewServer(http.HandlerFunc(w.work))
	t.Cleanup(w.endpoint.Close)
	t.Cleanup(func() { w.release("") })
	u, err := url.Parse(w.endpoint.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, w.endpoint.URL, u.Port(), origin), 0o600); err != nil {
		t.Fatal(err)
	}
	w.args = []string{"--config=" + file, "--public-url=" + w.URL}
	w.start()
	return w
}

func (w *world) start() {
	w.top.Helper()
	w.server = serverproc.Start(w.top, serverproc.Options{Data: w.data, Args: w.args})
	w.to(w.top, w.server.URL)
}

// restart ends the server as kill -9 does, and starts another on the same data.
func (w *world) restart() {
	w.top.Helper()
	w.server.Kill()
	w.start()
}

// work is what the tools do: a gate stays closed until it is released.
func (w *world) work(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/aloud":
		w.speak(rw, r)
	case "/gate":
		name, err := io.ReadAll(r.Body)
		if err != nil {
			return // the server was killed
		}
		g := w.gate(string(name))
		w.mu.Lock()
		select {
		case <-g.begun:
		default:
			close(g.begun)
		}
		w.mu.Unlock()
		select {
		case <-g.over:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(rw, `{"open":true}`) // the server may have been killed
	case "/digest":
		sum := sha256.New()
		n, err := io.Copy(sum, r.Body)
		if err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(rw).Encode(map[string]any{"sha256": hex.EncodeToString(sum.Sum(nil)), "bytes": n, "type": r.Header.Get("Content-Type")}) // as above
	case "/hook", "/relay":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c, status := called{r.Header, body}, http.StatusNoContent
		if r.URL.Path == "/relay" {
			w.mu.Lock()
			to := w.relayTo
			w.mu.Unlock()
			status = c.post(w.top, to)
		}
		w.hooks <- c
		rw.WriteHeader(status)
	default:
		w.mu.Lock()
		text, ok := w.inputs[r.URL.Path]
		w.mu.Unlock()
		rw.Header().Set("Content-Type", "text/plain")
		if !ok {
			rw.WriteHeader(http.StatusNotFound)
		}
		_, _ = rw.Write(text) // as above
	}
}

func (w *world) gate(name string) *gate {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gates[name] == nil {
		w.gates[name] = &gate{make(chan struct{}), make(chan struct{})}
	}
	return w.gates[name]
}

// release opens a gate, or all of them.
func (w *world) release(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n, g := range w.gates {
		if name == "" || n == name {
			select {
			case <-g.over:
			default:
				close(g.over)
			}
		}
	}
}

// closed hands in a job that does not end before its gate is released, and waits
// until it runs.
func (w *world) closed(key, name string) (job string) {
	w.t.Helper()
	g := w.gate(name)
	var a api.Accepted
	decode(w.t, w.call(key, http.StatusAccepted, http.MethodPost, "/gate-api", name, "Prefer", "respond-async"), &a)
	w.await(g.begun, "the gate's job runs")
	return a.JobID
}

// await waits for something to happen.
func (w *world) await(what <-chan struct{}, is string) {
	w.t.Helper()
	select {
	case <-what:
	case <-time.After(patience):
		w.t.Fatalf("not within %s: %s", patience, is)
	}
}

// call makes a call past the front and wants one status in answer.
func (w *world) call(key string, want int, method, path, body string, headers ...string) []byte {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	c := serverproc.Call{Base: w.server.URL, Key: key, Method: method, Path: path, Body: []byte(body), Headers: headers}
	a, err := c.Do(ctx, http.DefaultClient)
	if err != nil || a.Status != want {
		w.t.Fatalf("%s %s: got %s, %v, want %d", method, path, a, err, want)
	}
	return a.Body
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
}

// randomFile makes a file of random bytes.
func randomFile(t *testing.T, name string, size int64) (path, sum string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	_, err = io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{11}), size)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, hex.EncodeToString(h.Sum(nil))
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
