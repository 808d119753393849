package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/serverproc"
)

// A fixture is a whole server in this process, configured by a file.
type fixture struct {
	t      *testing.T
	server *app.Server
	url    string
	file   string
	log    *serverproc.Log
	env    []string
	hup    chan os.Signal
	key    string // of owner ann
	stop   func()
}

// serve starts a server with a configuration file and variables NAME=value.
func serve(t *testing.T, yaml string, env ...string) *fixture {
	t.Helper()
	dir := t.TempDir()
	f := &fixture{t: t, file: filepath.Join(dir, "claim.yaml"), log: &serverproc.Log{}, env: env, hup: make(chan os.Signal)}
	f.configure(yaml)
	f.start(dir)
	t.Cleanup(func() { f.stop() })
	f.key = f.newKey(auth.NewKey{Owner: "ann", Plan: "unlimited"})
	return f
}

func (f *fixture) configure(yaml string) {
	f.t.Helper()
	if err := os.WriteFile(f.file, []byte(yaml), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) load() (config.Config, error) {
	args := []string{"--config=" + f.file, "--listen=127.0.0.1:0", "--data=" + filepath.Join(filepath.Dir(f.file), "data")}
	return config.Load(args, config.Sources{Environ: f.env, ReadFile: os.ReadFile, Judges: app.Judges()})
}

func (f *fixture) start(string) {
	f.t.Helper()
	cfg, err := f.load()
	if err != nil {
		f.t.Fatal(err)
	}
	f.server, err = app.Open(f.t.Context(), cfg, "test", f.log)
	if err != nil {
		f.t.Fatal(err)
	}
	f.url = f.server.URL()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.server.RunReloading(ctx, app.Reloading{Signal: f.hup, Load: f.load}) }()
	f.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			f.t.Error(err)
		}
	})
}

func (f *fixture) newKey(k auth.NewKey) string {
	f.t.Helper()
	made, err := f.server.Operator().CreateKey(f.t.Context(), k)
	if err != nil {
		f.t.Fatal(err)
	}
	return made.Secret
}

// An answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

// call makes a call with ann's key; headers are pairs. An x-api-key among them
// counts instead.
func (f *fixture) call(method, path, body string, headers ...string) answer {
	f.t.Helper()
	url := path
	if !strings.HasPrefix(path, "http") {
		url = f.url + path
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("x-api-key", f.key)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return f.do(req)
}

func (f *fixture) do(req *http.Request) answer {
	f.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}
}

// submit hands work in asynchronously and returns the job's id.
func (f *fixture) submit(tool, body string, headers ...string) string {
	f.t.Helper()
	a := f.call("POST", "/"+tool+"-api", body, append(headers, "Prefer", "respond-async")...)
	if a.status != http.StatusAccepted {
		f.t.Fatalf("submit: %d %s", a.status, a.body)
	}
	var accepted api.Accepted
	a.decode(f.t, &accepted)
	return accepted.JobID
}

// finished waits for a job's end and returns its status body.
func (f *fixture) finished(id string) api.Status {
	f.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		a := f.call("GET", "/jobs/"+id, "", "Prefer", "wait=10")
		var s api.Status
		a.decode(f.t, &s)
		if s.Status == "success" || s.Status == "failed" {
			return s
		}
	}
	f.t.Fatalf("job %s does not end; log:\n%s", id, f.log)
	return api.Status{}
}

// full is a job's view=full.
func (f *fixture) full(id string) api.FullJob {
	f.t.Helper()
	var full api.FullJob
	f.call("GET", "/jobs/"+id+"?view=full", "").decode(f.t, &full)
	return full
}

// until waits for something to become true.
func (f *fixture) until(what string, is func() bool) {
	f.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-tick.C {
		if is() {
			return
		}
	}
	f.t.Fatalf("%s never happened; log:\n%s", what, f.log)
}
