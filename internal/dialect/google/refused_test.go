package google_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRefusalsAreGooglesForm(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	const run = "/v1/tools/json-formatter:run"
	const text = "/v1/tools/test-sleep:run"
	const id = "/v1/operations/0190aaaa-0000-7000-8000-000000000000"
	for _, c := range []struct {
		method, path, body string
		status             int
		name, reason       string
	}{
		{"POST", run, ``, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `[]`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `null`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"content":1}{}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"content":1,"url":"https://example.org/a.json"}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"content":1,"contents":1}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"url":""}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"url":7}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"content":1,"options":[]}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"content":1,"requestId":"\u00e9"}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", run, `{"content":1,"options":{"tabSpaces":1}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", run, `{"content":1,"options":{"tabSpace":99}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", run, `{"content":1,"options":{"tabSpace":[1]}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", run, `{"content":1,"options":{"tabSpace":1,"tab_space":2}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", run, `{"content":1,"options":{"priority":11}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", run, `{"content":1,"options":{"metadata":[]}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", run, `{"content":1,"options":{"webhookUrl":{}}}`, 400, "INVALID_ARGUMENT", "INVALID_OPTION"},
		{"POST", text, `{"content":1}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", text, `{"content":null}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", text, `{"content":""}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", text, `{"content":"` + strings.Repeat("x", 4<<20) + `"}`, 413, "INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE"},
		{"POST", "/v1/tools/nothing:run", `{"content":1}`, 404, "NOT_FOUND", "NOT_FOUND"},
		{"POST", "/v1/tools/json-formatter:walk", `{}`, 404, "NOT_FOUND", "NOT_FOUND"},
		{"GET", run, ``, 405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED"},
		{"PUT", id, `{}`, 405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED"},
		{"GET", "/v1/operations/x", ``, 400, "INVALID_ARGUMENT", "INVALID_JOB_ID"},
		{"DELETE", "/v1/operations/" + strings.Repeat("z", 36), ``, 400, "INVALID_ARGUMENT", "INVALID_JOB_ID"},
		{"POST", id + ":wait", `{"timeout":"20"}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", id + ":wait", `{"timeout":"-1s"}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", id + ":wait", `{"timeout":20}`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", id + ":wait", `[`, 400, "INVALID_ARGUMENT", "INVALID_REQUEST"},
		{"POST", id + ":wait", strings.Repeat(" ", 5000), 413, "INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE"},
		{"GET", "/v1/", ``, 404, "NOT_FOUND", "NOT_FOUND"},
	} {
		a := s.call(c.method, c.path, c.body)
		s.wantRefused(a, c.status, c.name, c.reason)
		if t.Failed() {
			t.Fatalf("%s %s %.100s", c.method, c.path, c.body)
		}
	}
	a := s.call("POST", run, `{"content":1,"requestId":"a"}`, "Idempotency-Key", "b")
	s.wantRefused(a, 400, "INVALID_ARGUMENT", "INVALID_REQUEST")
	if got, _ := s.list(""); len(got) != 0 {
		t.Errorf("refused, and a job all the same: %v", got)
	}
}

func TestKeysAreAskedFor(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	path := s.run("test-sleep", `{"content":"0s"}`)
	bearer := &service{Server: s.Server, t: t}
	if a := bearer.call("GET", path, "", "Authorization", "Bearer "+s.key); a.Status != http.StatusOK {
		t.Errorf("Bearer: %s", a)
	}
	for _, c := range [][2]string{{"GET", path}, {"GET", "/v1/nothing"}, {"POST", path + ":wait"}, {"POST", "/v1/tools/test-sleep:run"}} {
		a := bearer.call(c[0], c[1], "")
		s.wantRefused(a, 401, "UNAUTHENTICATED", "UNAUTHORIZED")
		if a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", c[1])
		}
	}
	reads := &service{Server: s.Server, t: t, key: s.Key("ann", "--scopes=read")}
	if op := reads.done(path); op.Response == nil { // by POST :wait, which only reads
		t.Errorf("a key that reads: %+v", op)
	}
	for _, c := range [][2]string{{"POST", path + ":cancel"}, {"DELETE", path}, {"POST", "/v1/tools/test-sleep:run"}} {
		s.wantRefused(reads.call(c[0], c[1], `{"content":"0s"}`), 403, "PERMISSION_DENIED", "FORBIDDEN")
	}
}

// TestNoLimitIs429: generated clients give up at 429, and come again after 503.
func TestNoLimitIs429(t *testing.T) {
	t.Parallel()
	s := start(t, "plans: {default: {submit_per_minute: 3, status_per_minute: 3, jobs_per_month: 1}}\n")
	const run = "/v1/tools/test-sleep:run"
	path := s.run("test-sleep", `{"content":"0s"}`)
	a := s.call("POST", run, `{"content":"0s"}`)
	s.wantRefused(a, 503, "UNAVAILABLE", "QUOTA_EXCEEDED")
	if after := seconds(t, a.Header); after < 1 || after > 86_400 {
		t.Errorf("the month: Retry-After %d", after)
	}
	s.call("POST", run, `{"content":"0s"}`)
	a = s.call("POST", run, `{"content":"0s"}`)
	s.wantRefused(a, 503, "UNAVAILABLE", "RATE_LIMITED")
	seconds(t, a.Header)
	for range 3 {
		s.call("GET", path, "")
	}
	for _, a := range []func() (method, url, body string){
		func() (string, string, string) { return "GET", path, "" },
		func() (string, string, string) { return "POST", path + ":wait", "{}" },
		func() (string, string, string) { return "GET", "/v1/operations", "" },
	} {
		got := s.call(a())
		s.wantRefused(got, 503, "UNAVAILABLE", "RATE_LIMITED")
		seconds(t, got.Header)
	}
}

func seconds(t *testing.T, h http.Header) int64 {
	t.Helper()
	n, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64)
	if err != nil {
		t.Errorf("Retry-After: %v", err)
	}
	return n
}

// TestWaitEndsInTime: after what was asked for, and at the job's end if that is
// sooner; and it does not wait for what is done.
func TestWaitEndsInTime(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	slow := s.run("test-sleep", `{"content":"10m"}`)
	for _, body := range []string{`{"timeout":"0s"}`, `{"timeout":"0.5s","name":"operations/x"}`} {
		a := s.call("POST", slow+":wait", body)
		if op := decode[operation](t, a); a.Status != http.StatusOK || *op.Done || a.Header.Get("Retry-After") == "" || op.Metadata.Value["status"] == "success" || op.Metadata.Value["retry_after"] == nil {
			t.Errorf("%s: %s", body, a)
		}
	}
	quick := s.run("test-sleep", `{"content":"300ms"}`)
	if op := decode[operation](t, s.call("POST", quick+":wait", "")); !*op.Done {
		t.Errorf("not waited for: %+v", op)
	}
	began := time.Now()
	if op := decode[operation](t, s.call("POST", quick+":wait", `{"timeout":"315576000000s"}`)); !*op.Done || time.Since(began) > 20*time.Second {
		t.Errorf("waited %s for what is done: %+v", time.Since(began), op)
	}
}
