package dialects_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
)

// patience is how long anything may take on a slow machine.
const patience = 60 * time.Second

// configuration is that of every house, and the address of the endpoint and its
// port are filled in. An owner's plan is what a story is about.
const configuration = `workers: 64
max_attempts: 1
sync_timeout: 100ms
sync_max_bytes: 64KiB
fetch: {allow_networks: [127.0.0.0/8], allow_ports: [%[2]s]}
plans:
  open: {status_per_minute: 0, submit_per_minute: 0, jobs_per_month: 0, max_input_bytes: 0, max_output_bytes: 0, max_running_jobs: 0, max_queued_jobs: 0, max_pending_uploads: 0, max_stored_bytes: 0}
  small: {max_input_bytes: 1000}
  thin: {max_output_bytes: 2000}
  month: {jobs_per_month: 1}
  line: {max_queued_jobs: 1}
  minute: {submit_per_minute: 1}
  brief: {retention: 2s}
tools:
  - {name: gate, target: "%[1]s/work", extensions: [txt], max_attempts: 1, headers: [{name: x-level, kind: integer, min: 1, max: 3}]}
  - {name: down, target: "%[1]s/work", extensions: [txt], max_attempts: 1}
  - {name: short, target: "%[1]s/work", extensions: [txt], max_attempts: 1, timeout: 1s}
`

// A house is a whole server in this process, and the endpoint of its configured
// tools, which also has the inputs that stories fetch.
type house struct {
	t     *testing.T
	url   string
	files []string // folders in which files may be
	log   *serverproc.Log
	keys  *app.Operator
	admin string // an operator's key
	work  *httptest.Server

	mu     sync.Mutex // guards the fields below
	held   map[string]*held
	inputs map[string]string // by path
}

// A held is work that goes on until a story lets it.
type held struct {
	begun, over chan struct{}
	begins      func() // closes begun, once
}

// open opens a house on a store.
func open(t *testing.T, flags ...string) *house {
	t.Helper()
	h := &house{t: t, log: &serverproc.Log{}, held: map[string]*held{}, inputs: map[string]string{}}
	h.work = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.work.Close)
	u, err := url.Parse(h.work.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()

	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "claimcheck.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, h.work.URL, u.Port()), 0o600); err != nil {
		t.Fatal(err)
	}
	h.files = []string{data}
	for _, f := range flags {
		if folder, ok := strings.CutPrefix(f, "--blobs=file://"); ok {
			h.files = []string{folder}
		}
	}
	args := append([]string{"--config=" + file, "--listen=127.0.0.1:0", "--data=" + data}, flags...)
	cfg, err := config.Load(args, config.Sources{ReadFile: os.ReadFile, Judges: app.Judges()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Open(t.Context(), cfg, "test", h.log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	h.url, h.keys = s.URL(), s.Operator()
	if cfg.PublicURL != "" {
		h.url = cfg.PublicURL
	}
	h.admin = h.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	return h
}

// below are the flags of a house that an nginx has below a path.
func below(t *testing.T, strips bool) []string {
	t.Helper()
	listen := proxyproc.FreeAddress(t)
	return []string{"--listen=" + listen, "--public-url=" + proxyproc.Below(t, listen, "/team/jobs-1.0", strips)}
}

func (h *house) newKey(k auth.NewKey) string {
	h.t.Helper()
	made, err := h.keys.CreateKey(h.t.Context(), k)
	if err != nil {
		h.t.Fatal(err)
	}
	return made.Secret
}

// serve is the endpoint: its input says what it does.
func (h *house) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		h.mu.Lock()
		text, ok := h.inputs[r.URL.Path]
		h.mu.Unlock()
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, text)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	word, rest, _ := strings.Cut(string(body), " ")
	switch word {
	case "hold":
		x := h.holding(rest)
		x.begins()
		select {
		case <-x.over:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, `{"held": true}`)
	case "refuse":
		status, said, _ := strings.Cut(rest, " ")
		n, _ := strconv.Atoi(status)
		w.WriteHeader(n)
		_, _ = io.WriteString(w, said)
	case "cut":
		panic(http.ErrAbortHandler)
	case "sleep":
		<-r.Context().Done()
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, rest)
	case "level":
		_, _ = io.WriteString(w, `{"level":"`+r.Header.Get("x-level")+`"}`)
	default: // the answer itself
		_, _ = w.Write(body)
	}
}

// holding is the held work of a name.
func (h *house) holding(name string) *held {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held[name] == nil {
		x := &held{begun: make(chan struct{}), over: make(chan struct{})}
		x.begins = sync.OnceFunc(func() { close(x.begun) })
		h.held[name] = x
	}
	return h.held[name]
}

// at puts an input where it can be fetched.
func (h *house) at(path, text string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inputs["/"+path] = text
	return h.work.URL + "/" + path
}

// ask makes a call and decodes its answer, whatever its status. Headers are pairs.
func (h *house) ask(t *testing.T, into any, key, method, path, body string, headers ...string) (status int, header http.Header) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := serverproc.Call{Base: h.url, Key: key, Method: method, Path: path, Body: []byte(body), Headers: headers}
	a, err := call.Do(ctx, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	if into == nil {
		if a.Status >= http.StatusBadRequest {
			t.Fatalf("%s %s: %s", method, path, a)
		}
		return a.Status, a.Header
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, a, err)
	}
	return a.Status, a.Header
}

// upload hands a file in before the jobs that read it, and returns its key.
func (h *house) upload(t *testing.T, key, name, text string) string {
	t.Helper()
	var u api.Upload
	h.ask(t, &u, key, "POST", "/upload-api", `{"filename":"`+name+`"}`)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for field, value := range u.Upload.Fields {
		if err := w.WriteField(field, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(u.Upload.URL, w.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		t.Fatalf("upload: %s", res.Status)
	}
	return u.Upload.Fields["key"]
}
