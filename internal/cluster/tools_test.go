package cluster_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// configured writes a configuration file and returns its flag.
func configured(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claim.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "--config=" + path
}

// TestAnEndpointIsATool: two workers together keep its max_running, and its
// answer is the result byte for byte, at any server.
func TestAnEndpointIsATool(t *testing.T) {
	var running, most, calls atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := running.Add(1)
		defer running.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, "{ \"length\":%d , \"n\":1.0e5}", len(body))
	}))
	defer target.Close()
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	config := configured(t, "tools:\n  - name: thumb\n    target: "+target.URL+"/x\n    extensions: [png]\n    max_running: 3\n")
	first, second := newCaller(t, w.start("api", config), key), newCaller(t, w.start("api", config), key)
	w.start("worker", config, "--workers=6")
	w.start("worker", config, "--workers=6")
	const want = "{ \"length\":5 , \"n\":1.0e5}"
	if a := first.want(200, "POST", "/thumb-api", "input"); string(a.body) != want {
		t.Errorf("a synchronous call got %s", a)
	}
	var ids []string
	for range 30 {
		ids = append(ids, first.submit("/thumb-api", "input"))
	}
	for _, id := range ids {
		if is := second.becomes(id, "success"); string(is.Result) != want {
			t.Errorf("job %s: %s", id, is.Result)
		}
	}
	if most.Load() > 3 || most.Load() < 2 || calls.Load() != 31 {
		t.Errorf("%d calls at once, %d in all; want at most 3, and 31", most.Load(), calls.Load())
	}
}

// TestAPullWorkerMayUseAnyServer: it claims at one, sends signs of life to another
// and finishes at a third.
func TestAPullWorkerMayUseAnyServer(t *testing.T) {
	w := newTown(t)
	key, work := w.key("ann", "--plan=unlimited"), w.key("workers", "--scopes=work", "--tools=speech")
	config := configured(t, "tools:\n  - name: speech\n    mode: pull\n    extensions: [txt]\n")
	var servers []*serverproc.Server
	for range 3 {
		servers = append(servers, w.start("api", config))
	}
	client := newCaller(t, servers[0], key)
	var claimed sync.WaitGroup
	var leases api.WorkLeases
	claimed.Go(func() { // it waits before there is anything
		a := newCaller(t, servers[1], work).call("POST", "/work/claim", `{"tools":["speech"],"max":4,"wait":20,"worker":"gpu"}`)
		leases = decode[api.WorkLeases](t, a)
	})
	<-time.After(300 * time.Millisecond)
	id := client.submit("/speech-api", "la la")
	claimed.Wait()
	if len(leases.Leases) != 1 || leases.Leases[0].JobID != id {
		t.Fatalf("claimed %+v, want job %s", leases, id)
	}
	l := leases.Leases[0]
	third := newCaller(t, servers[2], work)
	if in := newCaller(t, servers[0], "").get(l.InputURL); string(in.body) != "la la" {
		t.Errorf("input: %s", in)
	}
	third.want(200, "POST", "/work/"+l.Lease+"/heartbeat", `{"progress":40}`)
	if a := client.get("/jobs/" + id + "?view=full"); !strings.Contains(string(a.body), `"progress":40`) {
		t.Errorf("no progress: %s", a)
	}
	newCaller(t, servers[2], "").want(204, "PUT", l.OutputURL, "spoken", "Content-Type: text/plain")
	newCaller(t, servers[1], work).want(204, "POST", "/work/"+l.Lease+"/finish", `{}`)
	if got := newCaller(t, servers[1], key).output(client.becomes(id, "success")); got != "spoken" {
		t.Errorf("the file is %q", got)
	}
	third.want(409, "POST", "/work/"+l.Lease+"/finish", `{"result":1}`)
	cancel := client.submit("/speech-api", "la")
	l = decode[api.WorkLeases](t, third.call("POST", "/work/claim", `{"tools":["speech"],"wait":20}`)).Leases[0]
	newCaller(t, servers[1], key).want(202, "POST", "/jobs/"+cancel+"/cancel", "")
	if a := third.want(200, "POST", "/work/"+l.Lease+"/heartbeat", `{}`); !strings.Contains(string(a.body), `"cancel_requested":true`) {
		t.Errorf("the worker does not hear of a cancel: %s", a)
	}
}

// TestAnUploadIsGoodAtEveryServer, on both storages.
func TestAnUploadIsGoodAtEveryServer(t *testing.T) {
	t.Run("folder", func(t *testing.T) { uploads(t, newTown(t), nil) })
	t.Run("bucket", func(t *testing.T) {
		b := blobtest.StartBucket(t)
		w := &town{t: t, db: pgproc.Database(t), blobs: "s3://" + blobtest.BucketName + "?endpoint=" + b.Endpoint}
		uploads(t, w, b.Env())
	})
}

func uploads(t *testing.T, w *town, env []string) {
	t.Helper()
	key := w.key("ann", "--plan=unlimited")
	start := func(roles string) *serverproc.Server {
		return serverproc.Start(t, serverproc.Options{Args: w.flags(roles), Env: env})
	}
	first, second := newCaller(t, start("api"), key), newCaller(t, start("api"), key)
	start("worker")
	up := decode[api.Upload](t, first.want(200, "POST", "/upload-api", `{"filename":"data.json"}`))
	text := `["` + strings.Repeat("z", 300_000) + `"]`
	post(t, up, text)
	body := fmt.Sprintf(`{"file":%q}`, up.Upload.Fields["key"])
	id := decode[api.Accepted](t, second.want(202, "POST", formatter, body, "x-source-type: file", "Content-Type: application/json")).JobID
	if got := first.output(second.becomes(id, "success")); len(got) != len(text)+3 {
		t.Errorf("got %d bytes", len(got))
	}
	second.want(404, "POST", formatter, `{"file":"ann/upl_00000000000000000000000000000000/data.json"}`, "x-source-type: file")
	first.want(204, "DELETE", "/jobs/"+id, "")
	second.want(404, "POST", formatter, body, "x-source-type: file") // it went with its last job
}

func post(t *testing.T, up api.Upload, text string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range up.Upload.Fields {
		_ = form.WriteField(name, value) // into memory
	}
	part, err := form.CreateFormFile("file", "data.json")
	if err == nil {
		_, err = io.WriteString(part, text)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, up.Upload.URL, &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := connections.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		said, _ := io.ReadAll(res.Body)
		t.Fatalf("post: %d %s", res.StatusCode, said)
	}
}
