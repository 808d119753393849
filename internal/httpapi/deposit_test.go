package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

// A bucket takes what is put to it with the signature good, and refuses the rest.
type bucket struct {
	*httptest.Server
	port  uint16
	fails atomic.Int64 // calls that are to fail for a moment
	taken atomic.Pointer[[]byte]
	kind  atomic.Pointer[string]
	calls atomic.Int64
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.calls.Add(1)
		switch {
		case b.fails.Add(-1) >= 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method != http.MethodPut || r.URL.Query().Get("signature") != "good":
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<Error><Code>SignatureDoesNotMatch</Code></Error>")) // the test sees whether it came
		default:
			body, err := io.ReadAll(r.Body)
			if err != nil || int64(len(body)) != r.ContentLength {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			kind := r.Header.Get("Content-Type")
			b.taken.Store(&body)
			b.kind.Store(&kind)
		}
	}))
	t.Cleanup(b.Close)
	b.port = netip.MustParseAddrPort(b.Listener.Addr().String()).Port()
	return b
}

func TestAnOutputIsPutWhereItsCallerWantsIt(t *testing.T) {
	b := newBucket(t)
	f := newFixture(t, options{workers: 1, ports: []uint16{b.port}})
	for _, size := range []int{10, 3 << 20} { // in the row, and in a file
		in := `"` + strings.Repeat("x", size) + `"`
		b.fails.Store(1)
		a := f.do("POST", "/json-minify-api", in, "x-output-url: "+b.URL+"/dir/out.json?signature=good", "Prefer: respond-async")
		if a.StatusCode != http.StatusAccepted {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		id := a.text(t, "job_id")
		status := f.finished(id)
		var s struct {
			Result struct {
				File      string
				Delivered struct {
					URLHost string `json:"url_host"`
					Bytes   int
				}
			}
		}
		f.must(json.Unmarshal(status.body, &s))
		if got := b.taken.Load(); got == nil || string(*got) != in || *b.kind.Load() != "application/json" {
			t.Fatalf("%d bytes: not taken: %s", size, status.body)
		}
		if s.Result.Delivered.Bytes != len(in) || "http://"+s.Result.Delivered.URLHost != b.URL {
			t.Errorf("told %s", status.body)
		}
		if again := f.do("GET", s.Result.File, ""); string(again.body) != in {
			t.Errorf("%d bytes: it is not kept here as well: %d", size, again.StatusCode)
		}
		f.tellsNothing(id, "signature=good")
	}
}

func TestAnOutputThatIsRefusedFailsItsJob(t *testing.T) {
	b := newBucket(t)
	f := newFixture(t, options{workers: 1, ports: []uint16{b.port}})
	a := f.do("POST", "/json-minify-api", "[1]", "x-output-url: "+b.URL+"/out.json?signature=bad", "Prefer: respond-async")
	id := a.text(t, "job_id")
	status := f.finished(id)
	if !bytes.Contains(status.body, []byte(`"code":"DELIVERY_FAILED"`)) || !bytes.Contains(status.body, []byte(`"upstream_status":403`)) || b.calls.Load() != 1 {
		t.Errorf("put %d times: %s", b.calls.Load(), status.body)
	}
	f.wantError(f.do("GET", "/jobs/"+id+"/result", ""), http.StatusFailedDependency, "DELIVERY_FAILED", "")
	if files := f.stored(); len(files) != 0 {
		t.Errorf("%v are left", files)
	}
	f.tellsNothing(id, "signature=bad")
	for _, address := range []string{"http://8.8.8.8/x", f.url + "/jobs", "ftp://example.org/x", "https://10.0.0.1/x"} {
		f.wantError(f.do("POST", "/json-minify-api", "[1]", "x-output-url: "+address+"?signature=geheim"), http.StatusBadRequest, "INVALID_OPTION", "")
	}
}

// tellsNothing looks for a secret wherever a job is told of, and in the log.
func (f *fixture) tellsNothing(id, secret string) {
	f.t.Helper()
	for _, path := range []string{"/jobs/" + id, "/jobs/" + id + "?view=full", "/jobs", "/jobs?view=full", "/jobs/" + id + "/result", "/jobs/" + id + "/events"} {
		if a := f.do("GET", path, ""); bytes.Contains(a.body, []byte(secret)) {
			f.t.Errorf("%s tells the address: %s", path, a.body)
		}
	}
	if strings.Contains(f.logged.String(), secret) {
		f.t.Error("the log tells the address")
	}
}
