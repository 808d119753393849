package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// slowTool is a tool whose jobs are done when the test says so: it is the pull
// worker.
const slowTool = "slow"

const configuration = `
plans: {default: {status_per_minute: 0, submit_per_minute: 0}}
tools:
  - {name: ` + slowTool + `, mode: pull, summary: Is done when somebody says so., extensions: [txt]}
`

// A house is a server with a visitor's key, behind a line that the test can cut.
type house struct {
	*serverproc.Server

	line    *line
	args    []string
	env     []string
	key     string // of owner ann
	workers string // the pull worker's key, made when it is needed
	lease   api.WorkLease
}

// newHouse starts a server.
func newHouse(t *testing.T) *house {
	t.Helper()
	return openHouse(t, serverproc.Folder(t))
}

// openHouse is newHouse on a data folder that may be filled, with more flags of
// serve.
func openHouse(t *testing.T, data string, flags ...string) *house {
	t.Helper()
	return openHouseWith(t, nil, data, flags...)
}

// openHouseWith is openHouse with variables of the environment, NAME=value.
func openHouseWith(t *testing.T, env []string, data string, flags ...string) *house {
	t.Helper()
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &house{line: newLine(t), env: env}
	h.args = append([]string{"--config=" + file, "--public-url=" + h.line.URL}, flags...)
	h.start(t, data)
	h.key = h.Key("ann", "--name=first")
	return h
}

// houseBelow is openHouse of a server that visitors find below a path, by an nginx.
func houseBelow(t *testing.T, strips bool, flags ...string) *house {
	t.Helper()
	listen := proxyproc.FreeAddress(t)
	address := proxyproc.Below(t, listen, "/team/jobs-1.0", strips)
	h := openHouse(t, serverproc.Folder(t), append(flags, "--listen="+listen, "--public-url="+address)...)
	h.line.URL = address
	return h
}

func (h *house) start(t *testing.T, data string) {
	t.Helper()
	h.Server = serverproc.Start(t, serverproc.Options{Data: data, Args: h.args, Env: h.env})
	h.line.lead(t, h.URL)
}

// restart kills the server and starts it again on its data.
func (h *house) restart(t *testing.T) any {
	t.Helper()
	h.Kill()
	h.start(t, h.Data)
	return nil
}

// way is a visitor's way through the house.
func (h *house) way(script string, say map[string]any, ask map[string]func(t *testing.T) any) way {
	settings := map[string]any{"key": h.key, "owner": "ann"}
	maps.Copy(settings, say)
	return way{script: script, server: h.line.URL, say: settings, ask: ask}
}

// call makes a call past the line and decodes the answer, whose status must be
// good.
func (h *house) call(t *testing.T, key, method, path, body string, headers ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := serverproc.Call{Base: h.URL, Key: key, Method: method, Path: path, Body: []byte(body), Headers: headers}
	a, err := call.Do(ctx, http.DefaultClient)
	if err != nil || a.Status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %v %s", method, path, err, a)
	}
	return a.Body
}

// submit hands a job in as ann and returns its id.
func (h *house) submit(t *testing.T, tool, input string, headers ...string) string {
	t.Helper()
	body := h.call(t, h.key, http.MethodPost, "/"+tool+"-api", input, append(headers, "Prefer", "respond-async")...)
	return decode[api.Accepted](t, body).JobID
}

// take has the pull worker take a job of the slow tool, which it then works on.
func (h *house) take(t *testing.T) any {
	t.Helper()
	if h.workers == "" {
		h.workers = h.Key("workers", "--scopes=work", "--tools="+slowTool)
	}
	for range 3 {
		leases := decode[api.WorkLeases](t, h.call(t, h.workers, http.MethodPost, "/work/claim", `{"tools":["`+slowTool+`"],"max":1,"wait":20,"worker":"judge"}`)).Leases
		if len(leases) == 1 {
			h.lease = leases[0]
			return h.lease.JobID
		}
	}
	t.Fatal("there is no job to take")
	return nil
}

// revoke ends the key of a name.
func (h *house) revoke(t *testing.T, name string) any {
	t.Helper()
	list := serverproc.Run(t, nil, "keys", "list", "--json", "--data="+h.Data)
	for _, k := range decode[[]struct{ ID, Name string }](t, []byte(list.Stdout)) {
		if k.Name != name {
			continue
		}
		if r := serverproc.Run(t, nil, "keys", "revoke", k.ID, "--data="+h.Data); r.Code != 0 {
			t.Fatalf("revoke: %+v", r)
		}
		return nil
	}
	t.Fatalf("no key %s in %s", name, list.Stdout)
	return nil
}

// work says something of the job that was taken: heartbeat, finish or fail.
func (h *house) work(what, body string) func(t *testing.T) any {
	return func(t *testing.T) any {
		t.Helper()
		h.call(t, h.workers, http.MethodPost, "/work/"+h.lease.Lease+"/"+what, body)
		return nil
	}
}

// A line is what stands between a browser and the server: a proxy that can be
// cut, led to another server, and bad at streams. Its address stays.
type line struct {
	*httptest.Server

	mu        sync.Mutex // guards the fields below
	to        *url.URL
	down      bool
	noStreams bool
}

func newLine(t *testing.T) *line {
	t.Helper()
	l := &line{}
	proxy := testneeds.Proxy(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			l.mu.Lock()
			defer l.mu.Unlock()
			r.SetURL(l.to)
		},
		ModifyResponse: func(res *http.Response) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.noStreams && strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
				res.Body = &cutBody{ReadCloser: res.Body}
			}
			return nil
		},
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // what a visitor sees is a lost connection
		ErrorLog:      slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		FlushInterval: -1,
	})
	l.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		down := l.down
		l.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	l.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	l.Start()
	t.Cleanup(func() {
		l.CloseClientConnections()
		l.Close()
	})
	return l
}

// lead has the line go to a server.
func (l *line) lead(t *testing.T, to string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = u
}

// cut ends all connections, and each that is made until mend.
func (l *line) cut(*testing.T) any {
	l.set(&l.down, true)
	l.CloseClientConnections()
	return nil
}

func (l *line) mend(*testing.T) any {
	l.set(&l.down, false)
	return nil
}

// badAtStreams has each event stream cut after its first piece.
func (l *line) badAtStreams() { l.set(&l.noStreams, true) }

func (l *line) set(what *bool, to bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*what = to
}

// A cutBody ends in an error after the first read.
type cutBody struct {
	io.ReadCloser
	read bool
}

func (c *cutBody) Read(p []byte) (int, error) {
	if c.read {
		return 0, fmt.Errorf("cut: %w", io.ErrUnexpectedEOF)
	}
	c.read = true
	return c.ReadCloser.Read(p)
}

func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return v
}
