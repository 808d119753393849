package tus_test

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
	"os"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) {
	code := pgproc.Main(m)
	serverproc.Clean()
	os.Exit(code) //nolint:forbidigo // of the test binary
}

// patience is how long a client may take for a small file on a slow machine.
const patience = 2 * time.Minute

// A world is a server of which clients know the line only, with a key and a tool
// that says what it was sent.
type world struct {
	*line
	t    *testing.T
	data string
	args []string
	env  []string
	key  string

	server *serverproc.Server
	peak   int64 // memory of the servers so far, in bytes
}

// storages are the kinds of storages of files.
var storages = []struct {
	name string
	set  func(t *testing.T) (args, env []string)
}{
	{"the data folder", func(*testing.T) (args, env []string) { return nil, nil }},
	{"a shared folder", func(t *testing.T) (args, env []string) {
		t.Helper()
		return []string{"--blobs=file://" + filepath.Join(t.TempDir(), "files")}, nil
	}},
	{"a bucket", func(t *testing.T) (args, env []string) {
		t.Helper()
		b := blobtest.StartBucket(t)
		return []string{"--blobs=s3://" + blobtest.BucketName + "?endpoint=" + b.Endpoint}, b.Env()
	}},
}

// newWorld starts a server; origin may be a page's that calls it.
func newWorld(t *testing.T, origin string, args, env []string) *world {
	t.Helper()
	digest := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		n, err := io.Copy(sum, r.Body)
		if err != nil {
			http.Error(w, "cut off", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"sha256":"%x","bytes":%d}`, sum.Sum(nil), n) // the server may have been killed
	}))
	t.Cleanup(digest.Close)
	yaml := "plans: {default: {status_per_minute: 0, submit_per_minute: 0, max_input_bytes: 0, max_stored_bytes: 0, max_pending_uploads: 50}}\n" +
		"tools: [{name: digest, target: '" + digest.URL + "/', extensions: [log], timeout: 5m}]\n"
	if origin != "" {
		yaml += "cors_origins: " + origin + "\n"
	}
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &world{line: newLine(t), t: t, data: serverproc.Folder(t), env: env}
	w.args = append([]string{"--config=" + file, "--public-url=" + w.URL}, args...)
	w.start()
	w.key = w.server.Key("ann")
	return w
}

func (w *world) start() {
	w.t.Helper()
	w.server = serverproc.Start(w.t, serverproc.Options{Data: w.data, Args: w.args, Env: w.env})
	w.to(w.t, w.server.URL)
}

// kill ends the server as kill -9 does, and starts another on the same data.
func (w *world) kill() {
	w.peak = max(w.peak, peakMemory(w.t, w.server.PID()))
	w.server.Kill()
	w.start()
}

// wantDigest has a job read an upload and wants this content.
func (w *world) wantDigest(key, sum string, size int64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Minute)
	defer cancel()
	call := func(want int, c serverproc.Call) []byte {
		w.t.Helper()
		c.Base, c.Key = w.server.URL, w.key
		a, err := c.Do(ctx, http.DefaultClient)
		if err != nil || a.Status != want {
			w.t.Fatalf("%s %s: %s, %v, want %d", c.Method, c.Path, a, err, want)
		}
		return a.Body
	}
	body, err := json.Marshal(map[string]string{"file": key})
	if err != nil {
		w.t.Fatal(err)
	}
	var accepted api.Accepted
	decode(w.t, call(http.StatusAccepted, serverproc.Call{Method: http.MethodPost, Path: "/digest-api", Body: body, Headers: []string{"x-source-type", "file", "Content-Type", "application/json"}}), &accepted)
	var is api.Status
	for is.Status != "success" {
		decode(w.t, call(http.StatusOK, serverproc.Call{Method: http.MethodGet, Path: "/jobs/" + accepted.JobID, Headers: []string{"Prefer", "wait=25"}}), &is)
		if is.Status == "failed" {
			w.t.Fatalf("the job failed: %+v", is.Error)
		}
	}
	var said struct {
		SHA256 string `json:"sha256"`
		Bytes  int64  `json:"bytes"`
	}
	decode(w.t, is.Result, &said)
	if said.SHA256 != sum || said.Bytes != size {
		w.t.Errorf("the job read %d bytes with SHA-256 %s, want %d with %s", said.Bytes, said.SHA256, size, sum)
	}
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
}

// largeFile makes a file of random bytes.
func largeFile(t *testing.T, size int64) (name, sum string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "large.log")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	_, err = io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{7}), size)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return name, hex.EncodeToString(h.Sum(nil))
}

// spread returns so many cuts at random bytes of a file, some of which kill.
func spread(size int64, n int, kill func(i int) func()) (cuts []cut) {
	random := rand.New(rand.NewPCG(uint64(size), uint64(n)))
	step := size / int64(n+1)
	for i := range n {
		cuts = append(cuts, cut{step*int64(i) + 1 + random.Int64N(step), kill(i)})
	}
	return cuts
}
