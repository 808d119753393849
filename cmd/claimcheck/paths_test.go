package main_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	job := c.submit(t, formatter, "[]")
	for _, r := range []struct{ methods, path, allowed string }{
		{"POST PUT PATCH DELETE TRACE BREW get", "/usage", "GET HEAD"},
		{"POST PUT PATCH DELETE TRACE", "/healthz", "GET HEAD"},
		{"POST DELETE", "/openapi.json", "GET HEAD"},
		{"POST PUT", "/jobs/" + job, "GET HEAD"},
		{"POST PUT DELETE", "/status-api/" + job, "GET HEAD"},
		{"POST PUT DELETE", "/jobs/" + job + "/result", "GET HEAD"},
		{"POST DELETE", "/downloads/x_" + strings.Repeat("0", 32) + ".json", "GET HEAD"},
		{"GET HEAD PUT PATCH DELETE TRACE CONNECT", formatter, "POST"},
	} {
		for method := range strings.FieldsSeq(r.methods) {
			a := exchange(t, s, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\n\r\n", method, r.path, c.key))
			if method == http.MethodHead {
				if a.status != http.StatusMethodNotAllowed || len(a.body) > 0 {
					t.Errorf("%s %s: got %s, want 405 without a body", method, r.path, a)
				}
			} else {
				wantError(t, method+" "+r.path, a, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
			}
			allow := strings.Split(a.header.Get("Allow"), ", ")
			for want := range strings.FieldsSeq(r.allowed) {
				if !slices.Contains(allow, want) {
					t.Errorf("%s %s: Allow is %q, want %s in it", method, r.path, allow, want)
				}
			}
			if slices.Contains(allow, method) {
				t.Errorf("%s %s: Allow is %q", method, r.path, allow)
			}
		}
	}
}

// oddPaths are request targets, and the status and code that they get with a
// key; JOB stands for a job's id.
var oddPaths = []struct {
	target string
	status int
	code   string
}{
	{"//", 404, "NOT_FOUND"},
	{"//jobs/JOB", 404, "NOT_FOUND"},
	{"/jobs//JOB", 404, "NOT_FOUND"},
	{"/jobs/JOB/", 404, "NOT_FOUND"},
	{"/jobs/JOB//result", 404, "NOT_FOUND"},
	{"/./usage", 404, "NOT_FOUND"},
	{"/jobs/../usage", 404, "NOT_FOUND"},
	{"/../../etc/passwd", 404, "NOT_FOUND"},
	{"/downloads/../../claimcheck.db", 404, "NOT_FOUND"},
	{"/downloads/..%2f..%2fclaimcheck.db", 404, "NOT_FOUND"},
	{"/downloads/%2e%2e", 403, "FORBIDDEN"},
	{"/downloads/claimcheck.db?expires=99999999999&signature=x", 403, "FORBIDDEN"},
	{"/jobs/%2e%2e/usage", 404, "NOT_FOUND"},
	{"/jobs/a%2fb/c", 404, "NOT_FOUND"},
	{"/jobs/%00", 400, "INVALID_JOB_ID"},
	{"/jobs/JOB%00", 400, "INVALID_JOB_ID"},
	{"/jobs/JOB%20", 400, "INVALID_JOB_ID"},
	{"/jobs/JOB;v=1", 400, "INVALID_JOB_ID"},
	{"/jobs/JOB#part", 400, "INVALID_JOB_ID"},
	{"/jobs/{job_id}", 400, "INVALID_JOB_ID"},
	{"/jobs/", 400, "INVALID_JOB_ID"},
	{"/status-api", 400, "INVALID_JOB_ID"},
	{"/status-api/", 400, "INVALID_JOB_ID"},
	{"/usage%00", 404, "NOT_FOUND"},
	{"/usage/", 404, "NOT_FOUND"},
	{"/usage%2f", 404, "NOT_FOUND"},
	{"/USAGE", 404, "NOT_FOUND"},
	{"/Jobs/JOB", 404, "NOT_FOUND"},
	{"/\\usage", 404, "NOT_FOUND"},
	{"/\xff\xfe", 404, "NOT_FOUND"},
	{"/%ff%fe", 404, "NOT_FOUND"},
	{"/%F0%9F%90%B1", 404, "NOT_FOUND"},
	{"/json-formatter-api/", 404, "NOT_FOUND"},
	{"/JSON-FORMATTER-API", 404, "NOT_FOUND"},
	{"/json-formatter-api/../usage", 404, "NOT_FOUND"},
	{"/favicon.ico", 404, "NOT_FOUND"},
	{"/<script>alert(1)</script>", 404, "NOT_FOUND"},
	{"/" + strings.Repeat("a", 30_000), 404, "NOT_FOUND"},
	{"/" + strings.Repeat("a/", 10_000), 404, "NOT_FOUND"},
	{"/jobs/" + strings.Repeat("0", 30_000), 400, "INVALID_JOB_ID"},
	{"/jobs/" + strings.Repeat("%41", 5_000), 400, "INVALID_JOB_ID"},
	{"/usage?" + strings.Repeat("a=b&", 5_000), 200, ""},
	{"/jobs/JOB?x=%zz&y=%00", 200, ""},
	{"http://another.example/usage", 200, ""},
}

func TestOddPathsAreAnsweredInTheEnvelope(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	job := c.submit(t, formatter, "[]")
	for _, p := range oddPaths {
		target := strings.ReplaceAll(p.target, "JOB", job)
		name := "GET " + target[:min(len(target), 60)]
		a := exchange(t, s, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\n\r\n", target, c.key))
		if p.status == http.StatusOK {
			if a.status != http.StatusOK {
				t.Errorf("%s: got %s, want 200", name, a)
			}
			continue
		}
		wantError(t, name, a, p.status, p.code)
		if strings.Contains(a.String(), "<") || a.header.Get("Location") != "" {
			t.Errorf("%s: got %s, want nothing of the path and no way elsewhere", name, a)
		}
		if !strings.HasPrefix(target, "/downloads/%2e") && !strings.HasPrefix(target, "/downloads/c") { // these need no key
			a = exchange(t, s, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target))
			wantUnauthorized(t, name, a)
		}
	}
	// A slash written %2f may be one or not, but the answer is the job's or the envelope.
	a := exchange(t, s, fmt.Sprintf("GET /jobs%%2f%s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\n\r\n", job, c.key))
	if a.status != http.StatusOK {
		wantError(t, "GET /jobs%2f...", a, http.StatusNotFound, "NOT_FOUND")
	}
	if strings.Contains(s.Log(), "panic") {
		t.Errorf("something panicked: %s", s.Log())
	}
}

// wantUnauthorized accepts 429 as well: an address with many wrong keys is told
// to wait.
func wantUnauthorized(t *testing.T, name string, a answer) {
	t.Helper()
	if a.status == http.StatusTooManyRequests {
		wantError(t, name+" without a key", a, http.StatusTooManyRequests, "RATE_LIMITED")
		return
	}
	wantError(t, name+" without a key", a, http.StatusUnauthorized, "UNAUTHORIZED")
}

func TestOddRequestsAreAnsweredOnceAndNeverElsewhere(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	key := "x-api-key: " + c.key + "\r\n"
	for _, r := range []struct {
		name, request string
		want          []int
	}{
		{"HTTP/1.0 without a Host", "GET /usage HTTP/1.0\r\n" + key + "\r\n", []int{200}},
		{"HTTP/1.0 with a body", "POST " + formatter + " HTTP/1.0\r\n" + key + "Content-Length: 2\r\n\r\n[]", []int{200}},
		{"HTTP/1.1 without a Host", "GET /usage HTTP/1.1\r\n" + key + "\r\n", []int{400}},
		{"no version", "GET /usage\r\n\r\n", []int{400}},
		{"another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		{"version 3", "GET /usage HTTP/3.0\r\nHost: x\r\n" + key + "\r\n", []int{400, 505}},
		{"a space in the path", "GET /us age HTTP/1.1\r\nHost: x\r\n" + key + "\r\n", []int{400}},
		{"a broken escape", "GET /%zz HTTP/1.1\r\nHost: x\r\n" + key + "\r\n", []int{400}},
		{"a NUL in a value", "GET /usage HTTP/1.1\r\nHost: x\r\nX-Nul: a\x00b\r\n" + key + "\r\n", []int{400}},
		{"a NUL in the key", "GET /usage HTTP/1.1\r\nHost: x\r\nx-api-key: " + c.key + "\x00\r\n\r\n", []int{400}},
		{"a space in a name", "GET /usage HTTP/1.1\r\nHost: x\r\nX Y: 1\r\n" + key + "\r\n", []int{400}},
		{"a space before the colon", "GET /usage HTTP/1.1\r\nHost: x\r\nx-api-key : " + c.key + "\r\n\r\n", []int{400}},
		{"two hosts", "GET /usage HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + key + "\r\n", []int{400}},
		{"two keys, the first right", "GET /usage HTTP/1.1\r\nHost: x\r\n" + key + "x-api-key: wrong\r\n\r\n", []int{200}},
		{"two keys, the first wrong", "GET /usage HTTP/1.1\r\nHost: x\r\nx-api-key: wrong\r\n" + key + "\r\n", []int{401}},
		{"two lengths", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]", []int{400}},
		{"a negative length", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Content-Length: -2\r\n\r\n[]", []int{400}},
		{"a huge length", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Content-Length: 99999999999999999999\r\n\r\n[]", []int{400}},
		{"another coding", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Transfer-Encoding: gzip\r\n\r\n[]", []int{501}},
		{"bad chunks", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Transfer-Encoding: chunked\r\n\r\nxx\r\n[]\r\n0\r\n\r\n", []int{400}},
		{"two idempotency keys", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 2\r\n\r\n[]", []int{400}},
		{"an idempotency key of NULs", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "Idempotency-Key: \x00\r\nContent-Length: 2\r\n\r\n[]", []int{400}},
		{"no body", "POST " + formatter + " HTTP/1.1\r\nHost: x\r\n" + key + "\r\n", []int{400}},
		{"OPTIONS of everything", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", []int{200, 204}},
		{"GET of everything", "GET * HTTP/1.1\r\nHost: x\r\n" + key + "\r\n", []int{400, 404}},
		{"a tunnel", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n" + key + "\r\n", []int{400, 404, 405}},
		{"another host", "GET /usage HTTP/1.1\r\nHost: evil.example\r\n" + key + "\r\n", []int{200}},
	} {
		a := exchange(t, s, r.request)
		if !slices.Contains(r.want, a.status) {
			t.Errorf("%s: got %s, want %v", r.name, a, r.want)
		}
		if a.header.Get("Location") != "" || strings.Contains(a.String(), "<") || strings.Contains(a.String(), "evil.example") {
			t.Errorf("%s: got %s with Location %q", r.name, a, a.header.Get("Location"))
		}
		if _, problem := envelopeOf(a); problem != "" && a.header.Get("X-Request-Id") != "" && a.status >= http.StatusBadRequest {
			t.Errorf("%s: got %s: %s", r.name, a, problem)
		}
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	id := func(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }
	var all strings.Builder
	const requests = 20
	for i := range requests {
		body := fmt.Sprintf("[%d]", i)
		fmt.Fprintf(&all, "POST %s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s",
			formatter, c.key, id(i), len(body), body)
	}
	w := dial(t, s)
	w.say(all.String())
	for i := range requests {
		a := w.hear(t, http.MethodPost)
		if want := fmt.Sprintf(`[\n %d\n]`, i); a.status != http.StatusOK || a.header.Get("X-Request-Id") != id(i) || !strings.Contains(a.String(), want) {
			t.Errorf("answer %d: got %s for %s, want the output %s", i, a, a.header.Get("X-Request-Id"), want)
		}
	}
	if u := c.quiet(t); u.Jobs.Used != requests {
		t.Errorf("used: got %d, want %d", u.Jobs.Used, requests)
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	is := c.finished(t, c.submit(t, formatter, `{"a":1}`))
	link := strings.Split(string(is.Result), `"`)[11]
	for _, path := range []string{"/jobs/" + is.JobID, "/status-api/" + is.JobID, "/jobs/" + is.JobID + "/result", "/usage", "/healthz", "/readyz", link} {
		get, head := c.get(t, path), c.call(t, http.MethodHead, path, "")
		if get.status != http.StatusOK || head.status != http.StatusOK || len(head.body) > 0 {
			t.Errorf("%s: GET got %s, HEAD got %s, want both 200 and no body from HEAD", path, get, head)
		}
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Cache-Control"} {
			if name == "Content-Length" && head.header.Get(name) == "" {
				continue // may be left out (RFC 9110, section 9.3.2)
			}
			if get.header.Get(name) != head.header.Get(name) {
				t.Errorf("%s: %s is %q for GET, %q for HEAD", path, name, get.header.Get(name), head.header.Get(name))
			}
		}
	}
	if a := c.call(t, http.MethodHead, "/jobs/0", ""); a.status != http.StatusBadRequest || len(a.body) > 0 {
		t.Errorf("HEAD of a bad id: got %s, want 400 without a body", a)
	}
}
