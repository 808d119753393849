package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) {
	code := pgproc.Main(m)
	serverproc.Clean()
	os.Exit(code) //nolint:forbidigo // of the test binary
}

const (
	formatter = "/json-formatter-api"
	sleeper   = "/test-sleep-api"
	patience  = 60 * time.Second // for what happens in a moment, on a slow machine
)

// A town is servers that share a database and a folder of files.
type town struct {
	t     *testing.T
	db    string // address of the database
	blobs string // address of the folder
}

func newTown(t *testing.T) *town {
	t.Helper()
	return &town{t: t, db: pgproc.Database(t), blobs: "file://" + filepath.Join(t.TempDir(), "files")}
}

// flags are those of a server of the town.
func (w *town) flags(roles string, more ...string) []string {
	return append([]string{"--store=" + w.db, "--blobs=" + w.blobs, "--roles=" + roles}, more...)
}

// start starts a server of the town.
func (w *town) start(roles string, more ...string) *serverproc.Server {
	w.t.Helper()
	return serverproc.Start(w.t, serverproc.Options{Args: w.flags(roles, more...)})
}

// key makes a key.
func (w *town) key(owner string, flags ...string) string {
	w.t.Helper()
	return w.command(append([]string{"keys", "create", "--owner=" + owner}, flags...)...)
}

// command runs an operator command on the town's database and returns what it
// printed.
func (w *town) command(args ...string) string {
	w.t.Helper()
	r := serverproc.Run(w.t, nil, append(args, "--store="+w.db)...)
	if r.Code != 0 {
		w.t.Fatalf("%v: exit code %d, %s", args, r.Code, r.Stderr)
	}
	return strings.TrimSpace(r.Stdout)
}

// A caller makes calls with one key.
type caller struct {
	t    *testing.T
	base string
	key  string
}

func newCaller(t *testing.T, s *serverproc.Server, key string) *caller {
	t.Helper()
	return &caller{t: t, base: s.URL, key: key}
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return serverproc.Answer{Status: a.status, Body: a.body}.String() }

var connections = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// try makes a call; headers are "Name: value".
func (c *caller) try(ctx context.Context, method, path, body string, headers ...string) (answer, error) {
	call := serverproc.Call{Base: c.base, Key: c.key, Method: method, Path: path, Body: []byte(body)}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		call.Headers = append(call.Headers, name, value)
	}
	a, err := call.Do(ctx, connections)
	return answer{a.Status, a.Header, a.Body}, err
}

func (c *caller) call(method, path, body string, headers ...string) answer {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	a, err := c.try(ctx, method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (c *caller) get(path string, headers ...string) answer {
	c.t.Helper()
	return c.call(http.MethodGet, path, "", headers...)
}

// want makes a call that must be answered with this status.
func (c *caller) want(status int, method, path, body string, headers ...string) answer {
	c.t.Helper()
	a := c.call(method, path, body, headers...)
	if a.status != status {
		c.t.Fatalf("%s %s: got %s, want %d", method, path, a, status)
	}
	return a
}

// submit hands in work and returns the job's id.
func (c *caller) submit(path, body string, headers ...string) string {
	c.t.Helper()
	return decode[api.Accepted](c.t, c.want(202, "POST", path, body, append(headers, "Prefer: respond-async")...)).JobID
}

func (c *caller) status(id string) api.Status {
	c.t.Helper()
	return decode[api.Status](c.t, c.want(200, "GET", "/jobs/"+id, ""))
}

// becomes waits until a job has a status.
func (c *caller) becomes(id, status string) api.Status {
	c.t.Helper()
	var is api.Status
	serverproc.Until(c.t, patience, func() (bool, string) {
		is = c.status(id)
		return is.Status == status, "job " + id + " is " + is.Status
	})
	return is
}

// output is the file of a finished job.
func (c *caller) output(is api.Status) string {
	c.t.Helper()
	var result api.Result
	if err := json.Unmarshal(is.Result, &result); err != nil {
		c.t.Fatalf("result of job %s: %v: %s", is.JobID, err, is.Result)
	}
	keyless := &caller{t: c.t, base: c.base}
	return string(keyless.want(200, "GET", result.File, "").body)
}

func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("decode %s: %v", a, err)
	}
	return v
}

// metric returns the value of a metric line that begins with name.
func metric(t *testing.T, s *serverproc.Server, name string) string {
	t.Helper()
	a := newCaller(t, s, "").get("/metrics")
	for line := range bytes.Lines(a.body) {
		if value, ok := strings.CutPrefix(string(line), name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
