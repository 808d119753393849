package tus_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/config"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) {
	code := pgproc.Main(m)
	serverproc.Clean()
	os.Exit(code) //nolint:forbidigo // of the test binary
}

// A world is a store and a storage of files, on which a case runs.
type world struct {
	name     string
	settings func(t *testing.T) []string
}

// worlds are every store, and every storage of files.
var worlds = []world{
	{"embedded store, own folder", func(*testing.T) []string { return nil }},
	{"PostgreSQL, shared folder", func(t *testing.T) []string {
		t.Helper()
		return []string{"CLAIMCHECK_STORE=" + pgproc.Database(t), "CLAIMCHECK_BLOBS=file://" + filepath.Join(t.TempDir(), "files")}
	}},
	{"PostgreSQL, bucket", func(t *testing.T) []string {
		t.Helper()
		return append(bucket(t), "CLAIMCHECK_STORE="+pgproc.Database(t))
	}},
}

func bucket(t *testing.T) []string {
	t.Helper()
	b := blobtest.StartBucket(t)
	for _, e := range b.Env() {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}
	return []string{"CLAIMCHECK_BLOBS=s3://" + blobtest.BucketName + "?endpoint=" + b.Endpoint}
}

// A fixture is a whole server in this process.
type fixture struct {
	t      *testing.T
	srv    *app.Server
	url    string
	log    *serverproc.Log
	folder string            // of files; empty for a bucket
	keys   map[string]string // by owner
	stop   func()
}

// settings is a configuration file with the plans that tests have.
const settings = `
upload_expiry: 1h
public_url: https://files.example
cors_origins: https://page.example
plans:
  default: {status_per_minute: 0, submit_per_minute: 0, max_input_bytes: 1000000, max_stored_bytes: 3000000, max_pending_uploads: 4}
  slow: {submit_per_minute: 120, status_per_minute: 0}
`

// serve starts a server; yaml comes before the usual settings.
func serve(t *testing.T, w world, yaml string) *fixture {
	t.Helper()
	return open(t, t.TempDir(), w.settings(t), yaml)
}

// open starts a server on a folder.
func open(t *testing.T, dir string, env []string, yaml string) *fixture {
	t.Helper()
	f := &fixture{t: t, log: &serverproc.Log{}, keys: map[string]string{}}
	file := filepath.Join(dir, "claim.yaml")
	if yaml == "" {
		yaml = settings
	}
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load([]string{"--config=" + file, "--listen=127.0.0.1:0", "--data=" + filepath.Join(dir, "data")}, config.Sources{
		Environ: env, ReadFile: os.ReadFile, Judges: app.Judges(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.srv, err = app.Open(t.Context(), cfg, "test", f.log); err != nil {
		t.Fatal(err)
	}
	f.url, f.folder = f.srv.URL(), filepath.Join(dir, "data", "files")
	for _, e := range env {
		if blobs, ok := strings.CutPrefix(e, "CLAIMCHECK_BLOBS="); ok {
			f.folder, _ = strings.CutPrefix(blobs, "file://")
			if !strings.HasPrefix(blobs, "file://") {
				f.folder = ""
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.srv.Run(ctx) }()
	f.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(f.stop)
	for owner, plan := range map[string]string{"ann": "default", "bob": "default", "carl": "slow", "max": "unlimited"} {
		made, err := f.srv.Operator().CreateKey(t.Context(), auth.NewKey{Owner: owner, Plan: plan})
		if err != nil {
			t.Fatal(err)
		}
		f.keys[owner] = made.Secret
	}
	return f
}

// An answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %v %q", a.status, a.header, a.body) }

// id is what the answer's Location ends with.
func (a answer) id() string {
	return a.header.Get("Location")[strings.LastIndex(a.header.Get("Location"), "/")+1:]
}

// A request is one to be made; Headers are pairs.
type request struct {
	owner, method, path string
	body                io.Reader
	headers             []string
}

// do makes a request, with the field Tus-Resumable and its owner's key unless its
// headers say otherwise ("" for no field).
func (f *fixture) do(q request) (answer, error) {
	if q.body == nil {
		q.body = http.NoBody
	}
	req, err := http.NewRequestWithContext(f.t.Context(), q.method, f.url+q.path, q.body)
	if err != nil {
		return answer{}, err
	}
	if q.owner != "" {
		req.Header.Set("x-api-key", f.keys[q.owner])
	}
	req.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(q.headers); i += 2 {
		if req.Header.Set(q.headers[i], q.headers[i+1]); q.headers[i+1] == "" {
			req.Header.Del(q.headers[i])
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b)}, err
}

func (f *fixture) call(owner, method, path, body string, headers ...string) answer {
	f.t.Helper()
	a, err := f.do(request{owner, method, path, strings.NewReader(body), headers})
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want makes a call that must be answered with this status.
func (f *fixture) want(status int, owner, method, path, body string, headers ...string) answer {
	f.t.Helper()
	a := f.call(owner, method, path, body, headers...)
	if a.status != status {
		f.t.Fatalf("%s %s: got %v, want %d; log:\n%s", method, path, a, status, f.log)
	}
	return a
}

// named is Upload-Metadata with a file name.
func named(name string) string { return "filename " + base64.StdEncoding.EncodeToString([]byte(name)) }

// create begins ann's upload of so many bytes and returns its path.
func (f *fixture) create(length int) string {
	f.t.Helper()
	a := f.want(http.StatusCreated, "ann", "POST", "/files/", "", "Upload-Length", fmt.Sprint(length), "Upload-Metadata", named("a.json"))
	return "/files/" + a.id()
}

const chunk = "application/offset+octet-stream"

// patch adds to ann's upload.
func (f *fixture) patch(status int, path string, offset int, body string, headers ...string) answer {
	f.t.Helper()
	return f.want(status, "ann", "PATCH", path, body, append([]string{"Upload-Offset", fmt.Sprint(offset), "Content-Type", chunk}, headers...)...)
}

// offset is what HEAD tells of ann's upload.
func (f *fixture) offset(path string) string {
	f.t.Helper()
	return f.want(http.StatusOK, "ann", "HEAD", path, "").header.Get("Upload-Offset")
}

// formatted runs a job on an upload and returns its preview, or its error.
func (f *fixture) formatted(owner, key string) string {
	f.t.Helper()
	body, err := json.Marshal(map[string]string{"file": key})
	if err != nil {
		f.t.Fatal(err)
	}
	a := f.call(owner, "POST", "/json-formatter-api", string(body), "x-source-type", "file", "x-tab-space", "2", "Prefer", "respond-async, wait=20")
	var s struct {
		Preview string `json:"preview"`
		Error   string `json:"error"`
	}
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		f.t.Fatalf("%v: %v", a, err)
	}
	return strings.NewReplacer("\n", "", "  ", "", ": ", ":").Replace(s.Preview + s.Error)
}

// until waits for something to become true.
func (f *fixture) until(what string, is func() bool) {
	f.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); <-tick.C {
		if is() {
			return
		}
	}
	f.t.Fatalf("%s never happened; log:\n%s", what, f.log)
}
