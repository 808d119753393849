package app_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/tool"
)

// A target is somebody's service; it remembers what it was asked.
type target struct {
	*httptest.Server

	mu    sync.Mutex // guards the field below
	asked []asked
}

type asked struct {
	path   string
	header http.Header
	body   string
	host   string
}

// newTarget answers each request with answer, which is given the number of the
// request, from 1 on.
func newTarget(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *target {
	t.Helper()
	s := &target{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the other side gave up
		}
		s.mu.Lock()
		s.asked = append(s.asked, asked{r.URL.String(), r.Header.Clone(), string(body), r.Host})
		n := len(s.asked)
		s.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *target) all() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked{}, s.asked...)
}

func saysJSON(body string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

func configOf(s *target, more ...string) string {
	return "tools:\n  - name: thumb\n    target: " + s.URL + "/thumb?fixed=1\n    extensions: [png, jpg]\n    " + strings.Join(more, "\n    ") + "\n"
}

func TestAnEndpointsJSONIsTheResultByteForByte(t *testing.T) {
	t.Parallel()
	const odd = "{\n  \"b\" : 1.0e5 , \"a\":\"<\\u00e9&é>\",\"a\":12345678901234567890.10 }\r\n"
	s := newTarget(t, saysJSON(odd))
	f := serve(t, configOf(s))
	direct := f.call("POST", "/thumb-api", "input bytes")
	if direct.status != http.StatusOK || string(direct.body) != odd {
		t.Errorf("synchronous answer %d %q, want the endpoint's own", direct.status, direct.body)
	}
	id := f.submit("thumb", "input bytes")
	f.finished(id)
	if body := f.call("GET", "/jobs/"+id, "").body; !bytes.HasSuffix(body, []byte(`"result":`+odd+"}")) {
		t.Errorf("status %q lacks the endpoint's bytes", body)
	}
	if a := f.call("GET", "/jobs/"+id+"/result", ""); a.status != http.StatusOK || !bytes.Equal(a.body, direct.body) {
		t.Errorf("result %d %q differs from the synchronous answer", a.status, a.body)
	}
	for _, a := range s.all() {
		if a.body != "input bytes" {
			t.Errorf("the endpoint got %q", a.body)
		}
	}
}

func TestWhatIsNoSmallJSONIsAFile(t *testing.T) {
	t.Parallel()
	large := `{"x":"` + strings.Repeat("y", 256<<10) + `"}`
	answers := []struct{ contentType, body, preview, ext, shown string }{
		{"application/json", large, `{"x":"yyy`, ".json", "application/json"},
		{"image/png", "\x89PNG\x00\xff", "", ".png", "image/png"},
		{"text/plain; charset=utf-8", "hello", "hello", ".txt", "text/plain; charset=utf-8"},
		{"application/json", `{"cut":`, `{"cut":`, ".json", "application/json"},
		{"application/json", "{\"a\":\"\xff\"}", `{"a":"`, ".json", "application/json"},
		{"", "what is it", "", ".bin", "application/octet-stream"},
	}
	s := newTarget(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		a := answers[(n-1)/2]
		w.Header()["Content-Type"] = []string{a.contentType}
		_, _ = io.WriteString(w, a.body)
	})
	f := serve(t, configOf(s))
	for _, want := range answers {
		var direct, async api.Result
		a := f.call("POST", "/thumb-api", "in")
		a.decode(t, &direct)
		id := f.submit("thumb", "in")
		f.finished(id)
		f.call("GET", "/jobs/"+id+"/result", "").decode(t, &async)
		for _, got := range []api.Result{direct, async} {
			file := f.call("GET", got.File, "")
			name, _, _ := strings.Cut(got.File, "?")
			if string(file.body) != want.body || !strings.HasSuffix(name, want.ext) || got.ContentType != want.shown ||
				!strings.HasPrefix(got.Preview, want.preview) || (want.preview == "") != (got.Preview == "") || got.Status != "success" {
				t.Errorf("answer %+v with %d bytes, want %d bytes of %s", got, len(file.body), len(want.body), want.shown)
			}
			if file.header.Get("Content-Type") != want.shown {
				t.Errorf("the file is served as %q, want %q", file.header.Get("Content-Type"), want.shown)
			}
		}
	}
}

func TestRefusalsKeepTheEndpointsWords(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status int
		body   string
		code   string
		says   string
		http   int // of the synchronous answer
		result int // of /result
	}{
		{422, `{"error":"BAD_WIDTH","details":{"message":"Too wide.","most":100}}`, "BAD_WIDTH", "Too wide.", 422, 422},
		{400, `{"error":{"code":"bad.input","message":"No."}}`, "bad.input", "No.", 400, 400},
		{404, `{"code":"NO_SUCH","message":"None."}`, "NO_SUCH", "None.", 404, 404},
		{400, `{"error":"it was wrong"}`, "UPSTREAM_ERROR", "it was wrong", 400, 400},
		{400, `{"code":"WORKER_LOST","message":"pay me back"}`, "UPSTREAM_ERROR", "pay me back", 400, 400},
		{422, `{"detail":[{"loc":["body","a"],"msg":"Field required","type":"missing"}]}`, "UPSTREAM_ERROR", "body.a: Field required", 422, 422},
		{403, `not JSON`, "UPSTREAM_ERROR", "not JSON", 403, 403},
		{401, `{"code":"UNAUTHORIZED"}`, "UPSTREAM_ERROR", "The tool's server answered with status 401.", 400, 400},
		{451, `{"code":"RATE_LIMITED"}`, "UPSTREAM_ERROR", "The tool's server answered with status 451.", 451, 451},
		{402, ``, "UPSTREAM_ERROR", "The tool's server answered with status 402.", 402, 402},
		{409, ``, "UPSTREAM_ERROR", "The tool's server answered with status 409.", 409, 409},
		{410, ``, "UPSTREAM_ERROR", "The tool's server answered with status 410.", 410, 410},
		{413, ``, "UPSTREAM_ERROR", "The tool's server answered with status 413.", 413, 413},
		{415, ``, "UPSTREAM_ERROR", "The tool's server answered with status 415.", 415, 415},
		{418, ``, "UPSTREAM_ERROR", "The tool's server answered with status 418.", 400, 400},
		{302, ``, "UPSTREAM_ERROR", "The tool's server answered with status 302.", 502, 424},
		{206, ``, "UPSTREAM_ERROR", "The tool's server answered with status 206.", 502, 424},
	}
	s := newTarget(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		c := cases[(n-1)/2]
		w.Header().Set("Location", "http://169.254.169.254/latest/meta-data/")
		w.WriteHeader(c.status)
		_, _ = io.WriteString(w, c.body)
	})
	f := serve(t, configOf(s))
	for i, c := range cases {
		direct := f.call("POST", "/thumb-api", "in")
		var e api.Error
		direct.decode(t, &e)
		id := f.submit("thumb", "in")
		job := f.finished(id)
		if direct.status != c.http || e.Error != c.code || e.Details.Message != c.says {
			t.Errorf("%d: synchronous answer %d %s, want %d %s %q", i, direct.status, direct.body, c.http, c.code, c.says)
		}
		if job.Status != "failed" || job.Error.Code != c.code || job.Error.Message != c.says {
			t.Errorf("%d: job %+v, want %s %q", i, job.Error, c.code, c.says)
		}
		if a := f.call("GET", "/jobs/"+id+"/result", ""); a.status != c.result || !bytes.Equal(a.body, direct.body) {
			t.Errorf("%d: result %d %s differs from %d %s", i, a.status, a.body, c.result, direct.body)
		}
		var said struct{ Details struct{ Upstream tool.Said } }
		direct.decode(t, &said)
		if want := (tool.Said{Status: c.status, Body: c.body}); c.status/100 == 4 && (said.Details.Upstream.Status != c.status || said.Details.Upstream.Body != c.body) {
			t.Errorf("%d: details.upstream %+v, want %+v", i, said.Details.Upstream, want)
		}
	}
	if n := len(s.all()); n != 2*len(cases) {
		t.Errorf("%d requests, want %d: refusals are not tried again", n, 2*len(cases))
	}
}

func TestTroubleIsTriedAgainWhenTheEndpointSays(t *testing.T) {
	t.Parallel()
	var first, second time.Time
	s := newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			first = time.Now()
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		second = time.Now()
		saysJSON(`"done"`)(n, w, r)
	})
	f := serve(t, configOf(s))
	id := f.submit("thumb", "in")
	if is := f.finished(id); is.Status != "success" || string(is.Result) != `"done"` {
		t.Errorf("got %+v", is)
	}
	if waited := second.Sub(first); waited < 2*time.Second {
		t.Errorf("tried again after %s, was asked to wait 2 s", waited)
	}
	for i, a := range s.all() {
		if key, n := a.header.Get("Idempotency-Key"), a.header.Get("X-Claimcheck-Attempt"); key != id || n != fmt.Sprint(i+1) {
			t.Errorf("Idempotency-Key %q, attempt %q, want %q and %d: the key is the work's", key, n, id, i+1)
		}
	}
	if full := f.full(id); full.Attempt != 2 || len(full.Attempts) != 2 || full.Attempts[0].Error != "UPSTREAM_ERROR" {
		t.Errorf("history %+v", full.Attempts)
	}
}

func TestABodyThatBreaksOffIsNeverASuccess(t *testing.T) {
	t.Parallel()
	hijack := func(w http.ResponseWriter, text string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, text)
		conn.Close()
	}
	for name, text := range map[string]string{
		"before its length": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":1}",
		"between chunks":    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"without a length":  "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello",
		"a number":          "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n12",
		"without an answer": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTarget(t, func(_ int, w http.ResponseWriter, _ *http.Request) { hijack(w, text) })
			f := serve(t, configOf(s, "max_attempts: 2"))
			is := f.finished(f.submit("thumb", "in"))
			if is.Status != "failed" || is.Error.Code != "UPSTREAM_ERROR" {
				t.Errorf("got %s %s %+v, want failed with UPSTREAM_ERROR", is.Status, is.Result, is.Error)
			}
			if n := len(s.all()); n != 2 {
				t.Errorf("%d attempts, want max_attempts", n)
			}
		})
	}
	s := newTarget(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		hijack(w, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"whole\":true}")
	})
	f := serve(t, configOf(s))
	if is := f.finished(f.submit("thumb", "in")); string(is.Result) != `{"whole":true}` {
		t.Errorf("a whole object without a length: %+v", is)
	}
}

func TestOnlyListedHeadersArePassedOn(t *testing.T) {
	t.Parallel()
	const secret = "Bearer hush-hush-7"
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, configOf(s, "headers: [x-width, Content-Type]", "secret_headers: {authorization: env:THUMB_TOKEN}"), "THUMB_TOKEN="+secret)
	const request = "0b4c3ef8-6a3f-4a53-9f0e-0f6f2f1d2c3b"
	trace := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	f.call("POST", "/thumb-api?fixed=2&url=http://evil.example", "in", "x-width", "80", "x-height", "90", "Content-Type", "image/png", "Cookie", "a=b",
		"X-Request-Id", request, "traceparent", trace, "X-Forwarded-Host", "evil.example", "Host", "evil.example", "Idempotency-Key", "mine")
	all := s.all()
	if len(all) != 1 {
		t.Fatalf("%d requests, want 1", len(all))
	}
	got := all[0]
	want := map[string]string{"X-Width": "80", "Content-Type": "image/png", "Authorization": secret, "X-Request-Id": request, "User-Agent": "claimcheck"}
	for name, v := range want {
		if got.header.Get(name) != v {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), v)
		}
	}
	tp := got.header.Get("Traceparent")
	if !strings.HasPrefix(tp, trace[:36]) || tp[36:52] == trace[36:52] || !strings.HasSuffix(tp, "-00") {
		t.Errorf("traceparent %q does not go on from %q", tp, trace)
	}
	for name := range got.header {
		if _, listed := want[name]; !listed && name != "Traceparent" && name != "Idempotency-Key" && name != "X-Claimcheck-Attempt" && name != "Content-Length" {
			t.Errorf("%s was passed on", name)
		}
	}
	if got.path != "/thumb?fixed=1" || got.host != strings.TrimPrefix(s.URL, "http://") {
		t.Errorf("went to %s at %s", got.path, got.host)
	}
	f.stop()
	if strings.Contains(f.log.String(), "hush") {
		t.Error("the log has the secret")
	}
}

func TestASlowEndpointBecomesAJobWhoseAttemptGoesOn(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	s := newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) {
		select {
		case <-answer:
			saysJSON(`{"slow":true}`)(n, w, r)
		case <-r.Context().Done():
		}
	})
	f := serve(t, "sync_timeout: 100ms\n"+configOf(s))
	a := f.call("POST", "/thumb-api", "in", "Idempotency-Key", "k")
	var accepted api.Accepted
	a.decode(t, &accepted)
	if a.status != http.StatusAccepted || accepted.JobID == "" {
		t.Fatalf("got %d %s, want 202", a.status, a.body)
	}
	close(answer)
	is := f.finished(accepted.JobID)
	if is.Status != "success" || string(is.Result) != `{"slow":true}` || len(s.all()) != 1 {
		t.Errorf("got %+v after %d requests, want one", is, len(s.all()))
	}
	again := f.call("POST", "/thumb-api", "in", "Idempotency-Key", "k")
	if again.status != http.StatusAccepted || !bytes.Equal(again.body, a.body) || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %d %s, want the 202 of the first time", again.status, again.body)
	}
}

func TestASynchronousAnswerIsReplayed(t *testing.T) {
	t.Parallel()
	s := newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) { saysJSON(fmt.Sprint(n))(n, w, r) })
	f := serve(t, configOf(s))
	for range 2 {
		a := f.call("POST", "/thumb-api", "in", "Idempotency-Key", "k")
		if a.status != http.StatusOK || string(a.body) != "1" {
			t.Errorf("got %d %s, want 200 and the first answer", a.status, a.body)
		}
	}
	if len(s.all()) != 1 {
		t.Errorf("%d requests, want 1", len(s.all()))
	}
}

func TestAnEndpointThatIsTooSlowTimesOut(t *testing.T) {
	t.Parallel()
	s := newTarget(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f := serve(t, configOf(s, "timeout: 50ms", "max_attempts: 2"))
	id := f.submit("thumb", "in")
	is := f.finished(id)
	if n := f.full(id).Attempt; is.Status != "failed" || is.Error.Code != "TIMEOUT" || n != 2 {
		t.Errorf("got %+v after %d attempts, want TIMEOUT after 2", is.Error, n)
	}
}
