package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/account"
)

// remote is another server of this machine, and a fixture that may reach it.
func remote(t *testing.T, o options, answer http.HandlerFunc) (*fixture, string) {
	t.Helper()
	ts := httptest.NewServer(answer)
	t.Cleanup(ts.Close)
	u, err := url.Parse(ts.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	o.ports = []uint16{uint16(port)}
	return newFixture(t, o), ts.URL
}

func (f *fixture) submitURL(address string, headers ...string) answer {
	f.t.Helper()
	body, err := json.Marshal(map[string]string{"url": address})
	f.must(err)
	return f.do("POST", "/json-minify-api", string(body), append([]string{"x-source-type: url"}, headers...)...)
}

// ended submits a URL and returns the job's status once it is over.
func (f *fixture) ended(address string) answer {
	f.t.Helper()
	a := f.submitURL(address)
	if a.StatusCode != 202 {
		f.t.Fatalf("%s: %d %s", address, a.StatusCode, a.body)
	}
	return f.finished(a.text(f.t, "job_id"))
}

func TestAURLIsTheInputOfAJob(t *testing.T) {
	f, at := remote(t, options{workers: 1}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved.json":
			http.Redirect(w, r, "/a.json", http.StatusFound)
		case "/a.json":
			if r.Header.Get("X-Api-Key") != "" || r.Header.Get("User-Agent") != "claimcheck" {
				w.WriteHeader(400)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{ "a" : 1 }`)
		}
	})
	for _, path := range []string{"/a.json", "/moved.json", "/a.json?x=y#z"} {
		if end := f.ended(at + path); end.text(t, "status") != "success" || !strings.Contains(string(end.body), `{\"a\":1}`) {
			t.Errorf("%s: got %s", path, end.body)
		}
	}
	if a := f.submitURL(at+"/a.json", "Prefer: wait=20"); a.StatusCode != 200 || a.text(t, "preview") != `{"a":1}` {
		t.Errorf("waiting: %d %s", a.StatusCode, a.body)
	}
	first := f.submitURL(at+"/a.json").text(t, "job_id")
	f.finished(first)
	again := f.do("POST", "/jobs/"+first+"/retry", "")
	if end := f.finished(again.text(t, "job_id")); end.text(t, "status") != "success" {
		t.Errorf("retry: %s", end.body)
	}
}

func TestURLsThatAreRefusedAtOnce(t *testing.T) {
	f, at := remote(t, options{}, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	for address, code := range map[string]string{
		"http://10.0.0.1/a.json": "URL_NOT_ALLOWED", "file:///etc/passwd.json": "URL_NOT_ALLOWED", "http://u:p@example.org/a.json": "URL_NOT_ALLOWED",
		"http://[::ffff:169.254.169.254]/a.json": "URL_NOT_ALLOWED", "http://0x7f.1/a.json": "URL_NOT_ALLOWED", "http://example.org:22/a.json": "URL_NOT_ALLOWED", "a.json": "URL_NOT_ALLOWED",
		at + "/a": "UNSUPPORTED_EXTENSION", at + "/a.exe": "UNSUPPORTED_EXTENSION", at + "/?a.json": "UNSUPPORTED_EXTENSION", at + "/a.json/": "UNSUPPORTED_EXTENSION", at: "UNSUPPORTED_EXTENSION",
	} {
		f.wantError(f.submitURL(address), 400, code, "")
	}
	for _, body := range []string{"", "x", `{}`, `{"url":1}`, `{"url":""}`, `{"file":"x"}`, `["` + at + `/a.json"]`} {
		f.wantError(f.do("POST", "/json-minify-api", body, "x-source-type: url"), 400, "INVALID_REQUEST", "")
	}
	f.wantError(f.do("POST", "/json-minify-api", "{}", "x-source-type: ftp"), 400, "INVALID_SOURCE_TYPE", "x-source-type must be body, url or file.")
}

func TestAFetchIsTriedAgainWhenTheFarSideIsAtFault(t *testing.T) {
	var calls [10]atomic.Int64
	f, at := remote(t, options{workers: 4, plan: account.Plan{MaxInputBytes: 1000}}, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:2])
		call := calls[n].Add(1)
		switch n {
		case 0: // fails once
			if call == 1 {
				w.WriteHeader(503)
				return
			}
		case 1: // cuts the connection once
			if call == 1 {
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "{")
				panic(http.ErrAbortHandler)
			}
		case 2: // is always broken
			w.WriteHeader(500)
			return
		case 3, 4, 5:
			w.WriteHeader(map[int]int{3: 404, 4: 401, 5: 304}[n])
			return
		case 6:
			_, _ = fmt.Fprintf(w, `["%s"]`, strings.Repeat("x", 2000))
			return
		case 7: // the same, its length not said
			for range 20 {
				_, _ = fmt.Fprintf(w, `%s`, strings.Repeat(" ", 100))
				w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // it is one
			}
			return
		case 8:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		case 9:
			http.Redirect(w, r, "http://10.0.0.1/a.json", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	for n, want := range []struct {
		calls int64
		text  string
	}{
		{2, `"status":"success"`},
		{2, `"status":"success"`},
		{2, `{"code":"URL_FETCH_FAILED","message":"The address answered with status 500.","details":{"upstream_status":500}}`},
		{1, `"code":"URL_FETCH_FAILED","message":"The address answered with status 404.","details":{"upstream_status":404}`},
		{1, `"upstream_status":401`},
		{1, `"upstream_status":304`},
		{1, `"code":"FILE_TOO_LARGE"`},
		{1, `"code":"FILE_TOO_LARGE"`},
		{1, `"code":"URL_FETCH_FAILED","message":"The address answers with a media type`},
		{1, `"code":"URL_NOT_ALLOWED"`},
	} {
		end := f.ended(at + "/" + strconv.Itoa(n) + ".json")
		if got := calls[n].Load(); got != want.calls || !strings.Contains(string(end.body), want.text) {
			t.Errorf("%d: %d calls, %s; want %d and %s", n, got, end.body, want.calls, want.text)
		}
		if strings.Contains(string(end.body), "127.0.0.1:") && strings.Contains(string(end.body), "failed") {
			t.Errorf("%d: the error tells an address: %s", n, end.body)
		}
	}
}

// TestEncodedFilesAreDecoded, whether a coding was asked for or not; the limit
// is on decoded bytes.
func TestEncodedFilesAreDecoded(t *testing.T) {
	pack := func(text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := io.WriteString(w, text)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Error(err)
		}
		return b.Bytes()
	}
	const limit = 1000
	answers := []struct {
		encoding string
		body     []byte
		want     string
	}{
		{"gzip", pack(`{ "a": 1 }`), `"preview":"{\"a\":1}"`},
		{"x-gzip", pack(`{ "a": 1 }`), `"preview":"{\"a\":1}"`},
		{"identity", []byte(`{ "a": 1 }`), `"preview":"{\"a\":1}"`},
		{"gzip", pack(`"` + strings.Repeat("x", limit-2) + `"`), `"status":"success"`},
		{"gzip", pack(`"` + strings.Repeat("x", limit-1) + `"`), `"code":"FILE_TOO_LARGE","message":"The file is larger than 1000 bytes.","details":{"limit":1000}`},
		{"gzip", pack(`"` + strings.Repeat("x", 20<<20) + `"`), `"code":"FILE_TOO_LARGE","message":"The file is larger than 1000 bytes.","details":{"limit":1000}`},
		{"gzip", []byte(`{ "a": 1 }`), `"code":"URL_FETCH_FAILED","message":"The address's answer is not what its Content-Encoding says."`},
		{"compress", []byte(`{ "a": 1 }`), `"code":"URL_FETCH_FAILED","message":"The address answers in an encoding that is not known here."`},
	}
	f, at := remote(t, options{workers: 4, plan: account.Plan{MaxInputBytes: limit}}, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:2])
		w.Header().Set("Content-Encoding", answers[n].encoding)
		_, _ = w.Write(answers[n].body)
	})
	for n, c := range answers {
		if end := f.ended(at + "/" + strconv.Itoa(n) + ".json"); !strings.Contains(string(end.body), c.want) {
			t.Errorf("%d: got %s, want %s", n, end.body, c.want)
		}
	}
}

func TestTheToolReadsWhileTheRestIsFetchedAndProgressIsKept(t *testing.T) {
	const half = 200_000
	rest := make(chan struct{})
	f, at := remote(t, options{workers: 1}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(2*half))
		_, _ = io.WriteString(w, `["`+strings.Repeat("x", half-2))
		w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // it is one
		<-rest
		_, _ = io.WriteString(w, strings.Repeat("x", half-2)+`"]`)
	})
	id := f.submitURL(at+"/a.json").text(t, "job_id")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var progress any
	for range 500 {
		if progress = f.do("GET", "/jobs/"+id+"?view=full", "").member(t, "progress"); progress != nil && progress != 0.0 {
			break
		}
		<-tick.C
	}
	close(rest)
	if p, _ := progress.(float64); p < 40 || p > 50 { // the tool has read half of it
		t.Errorf("progress %v while half was there", progress)
	}
	if end := f.finished(id); end.text(t, "status") != "success" {
		t.Errorf("got %s", end.body)
	}
}

func TestACanceledFetchEndsAtOnce(t *testing.T) {
	began := make(chan bool, 10)
	f, at := remote(t, options{workers: 1}, func(_ http.ResponseWriter, r *http.Request) {
		began <- true
		<-r.Context().Done() // it never answers
	})
	id := f.submitURL(at+"/a.json").text(t, "job_id")
	<-began
	if a := f.do("POST", "/jobs/"+id+"/cancel", ""); a.StatusCode != 200 && a.StatusCode != 202 {
		t.Fatalf("cancel: %d %s", a.StatusCode, a.body)
	}
	if end := f.finished(id); !strings.Contains(string(end.body), `"code":"CANCELED"`) {
		t.Errorf("got %s", end.body)
	}
}
