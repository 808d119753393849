package httpapi_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

const async = "Prefer: respond-async"

func TestUnfinishedStatusHasExactlyTheSixMembersInOrder(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	for _, path := range []string{"/jobs/", "/status-api/"} {
		a := f.do("GET", path+id, "")
		form := regexp.MustCompile(`^\{"job_id":"` + id + `","status":"(queued|processing)","created_at":\d{10},"updated_at":\d{10},` +
			`"message":"Your job is being processed\.","retry_after":(\d+)\}$`)
		m := form.FindSubmatch(a.body)
		if a.StatusCode != 200 || m == nil {
			t.Fatalf("%s: got %d %s", path, a.StatusCode, a.body)
		}
		if got := a.Header.Get("Retry-After"); got != string(m[2]) {
			t.Errorf("%s: Retry-After %q, retry_after %s", path, got, m[2])
		}
		if got := a.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type %q", path, got)
		}
	}
}

func TestFinishedStatusCarriesTheSynchronousAnswer(t *testing.T) {
	f := newFixture(t, options{workers: 2})
	for _, in := range []string{`{"name":"John","n":1E400,"a":[1,2,{"b":null}]}`, `[]`, `"` + strings.Repeat("é", 3000) + `"`, `{"<>&":"\u2028"}`} {
		const rid = "X-Request-Id: 11111111-2222-4333-8444-555555555555"
		sync := f.do("POST", "/json-formatter-api", in, rid)
		if sync.StatusCode != 200 {
			t.Fatalf("synchronously: %d %s", sync.StatusCode, sync.body)
		}
		id := f.do("POST", "/json-formatter-api", in, rid, async).text(t, "job_id")
		done := f.finished(id)
		form := regexp.MustCompile(`^\{"job_id":"` + id + `","status":"success","created_at":\d{10},"updated_at":\d{10},"result":(.*)\}$`)
		m := form.FindSubmatch(done.body)
		if m == nil {
			t.Fatalf("got %s", done.body)
		}
		if got, want := withoutLink(string(m[1])), withoutLink(string(sync.body)); got != want {
			t.Errorf("asynchronously %s\nsynchronously  %s", got, want)
		}
		if done.Header.Get("Retry-After") != "" {
			t.Error("a finished job has no Retry-After")
		}
		result := f.do("GET", "/jobs/"+id+"/result", "")
		if result.StatusCode != 200 || string(result.body) != string(m[1]) {
			t.Errorf("result: %d %s\nwant %s", result.StatusCode, result.body, m[1])
		}
	}
}

// withoutLink takes the file's token and signature out of an answer.
func withoutLink(s string) string {
	return regexp.MustCompile(`_[0-9a-f]{32}\.(json|html)\?[^"]*"`).ReplaceAllString(s, "_TOKEN.$1\"")
}

func TestFailedStatusCarriesTheSynchronousError(t *testing.T) {
	f := newFixture(t, options{workers: 2})
	const bad = "{\"a\":1,\n  \"b\" 2}"
	sync := f.do("POST", "/json-validator-api", bad)
	f.wantError(sync, 400, "INVALID_JSON", "")
	id := f.do("POST", "/json-validator-api", bad, async).text(t, "job_id")
	done := f.finished(id)
	form := regexp.MustCompile(`^\{"job_id":"` + id + `","status":"failed","created_at":\d{10},"updated_at":\d{10},` +
		`"error":\{"code":"INVALID_JSON","message":"JSON validation failed\.","details":\{"line":2,"column":7,"reason":"[^"]+"\}\}\}$`)
	if !form.Match(done.body) {
		t.Errorf("got %s", done.body)
	}
	result := f.do("GET", "/jobs/"+id+"/result", "")
	if result.StatusCode != 400 || string(result.body) != string(sync.body) {
		t.Errorf("result: %d %s\nwant %s", result.StatusCode, result.body, sync.body)
	}
}

// TestAFailedJobsResultIsFinal: pollers ask again after 5xx, 408 and 429, so
// that none of these is the answer for good.
func TestAFailedJobsResultIsFinal(t *testing.T) {
	f := newFixture(t, options{workers: 4})
	for code, want := range map[string]int{
		"INVALID_JSON": 400, "OUTPUT_TOO_LARGE": 400, "URL_NOT_ALLOWED": 400, "their.own": 400, "RATE_LIMITED": 400, "FORBIDDEN": 400,
		"FILE_NOT_FOUND": 404, "CANCELED": 409, "FILE_TOO_LARGE": 413,
		"UPSTREAM_ERROR": 424, "URL_FETCH_FAILED": 424, "TIMEOUT": 424, "EXPIRED": 424, "DELIVERY_FAILED": 424, "WORKER_LOST": 424, "INTERNAL_ERROR": 424,
	} {
		id := f.do("POST", "/gate-api", "code:"+code, async).text(t, "job_id")
		f.finished(id)
		r := f.do("GET", "/jobs/"+id+"/result", "")
		f.wantError(r, want, code, "")
		if r.Header.Get("Retry-After") != "" {
			t.Errorf("%s: a final answer has Retry-After", code)
		}
	}
}

// TestProblemDetailsSayNothingTwice: what a failure says of itself by the names
// of RFC 9457 stands in the member details.
func TestProblemDetailsSayNothingTwice(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "code:UPSTREAM_ERROR", async).text(t, "job_id")
	f.finished(id)
	r := f.do("GET", "/jobs/"+id+"/result", "", "Accept: application/problem+json")
	if n := strings.Count(string(r.body), `"status":`); n != 2 || !strings.Contains(string(r.body), `"status":424,`) {
		t.Errorf("got %s", r.body)
	}
	if !strings.HasSuffix(string(r.body), `,"line":4,"details":{"status":503,"title":"theirs"}}`) {
		t.Errorf("got %s, want the details beside line in a member of their own", r.body)
	}
}

func TestStatusErrors(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	mine := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	other := "x-api-key: " + f.newKey(auth.NewKey{Owner: "bob"})
	submitOnly := "x-api-key: " + f.newKey(auth.NewKey{Owner: "ann", Scopes: []string{"submit"}})
	expired := "x-api-key: " + f.newKey(auth.NewKey{Owner: "ann", Expires: time.Hour})
	f.advance(2 * time.Hour)
	const none = "01890000-0000-7000-8000-000000000000"
	const unauthorized = "Missing authorizer context"
	for _, c := range []struct {
		name, path string
		headers    []string
		status     int
		code       string
		message    string
	}{
		{"no id", "/jobs/", nil, 400, "INVALID_JOB_ID", "job_id is required"},
		{"no id, the other path", "/status-api/", nil, 400, "INVALID_JOB_ID", "job_id is required"},
		{"no id, no slash", "/status-api", nil, 400, "INVALID_JOB_ID", "job_id is required"},
		{"not a UUID", "/jobs/123", nil, 400, "INVALID_JOB_ID", ""},
		{"not a UUID, right length", "/jobs/" + strings.Repeat("x", 36), nil, 400, "INVALID_JOB_ID", ""},
		{"no key", "/jobs/" + mine, []string{"x-api-key: "}, 401, "UNAUTHORIZED", unauthorized},
		{"no key, bad id: the key comes first", "/jobs/123", []string{"x-api-key: "}, 401, "UNAUTHORIZED", unauthorized},
		{"no key, unknown path", "/nothing", []string{"x-api-key: "}, 401, "UNAUTHORIZED", unauthorized},
		{"wrong key", "/jobs/" + mine, []string{"x-api-key: ck_wrong"}, 401, "UNAUTHORIZED", unauthorized},
		{"expired key", "/jobs/" + mine, []string{expired}, 401, "UNAUTHORIZED", unauthorized},
		{"another owner's job", "/jobs/" + mine, []string{other}, 403, "FORBIDDEN", "Access denied"},
		{"no such job", "/jobs/" + none, nil, 404, "JOB_NOT_FOUND", "Job not found"},
		{"no such job for anybody", "/jobs/" + none, []string{other}, 404, "JOB_NOT_FOUND", "Job not found"},
		{"a key without the scope", "/jobs/" + mine, []string{submitOnly}, 403, "FORBIDDEN", "Key lacks scope read"},
		{"the scope comes before the shape", "/jobs/123", []string{submitOnly}, 403, "FORBIDDEN", "Key lacks scope read"},
		{"unknown path", "/nothing", nil, 404, "NOT_FOUND", ""},
		{"result of no such job", "/jobs/" + none + "/result", nil, 404, "JOB_NOT_FOUND", "Job not found"},
		{"result of another's job", "/jobs/" + mine + "/result", []string{other}, 403, "FORBIDDEN", "Access denied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := f.do("GET", c.path, "", c.headers...)
			f.wantError(a, c.status, c.code, c.message)
			want := fmt.Sprintf(`{"status":"error","error":%q,"details":{"message":`, c.code)
			if !strings.HasPrefix(string(a.body), want) {
				t.Errorf("got %s, want the envelope", a.body)
			}
			if a.Header.Get("X-Request-Id") == "" {
				t.Error("no X-Request-Id")
			}
		})
	}
}

func TestAnyFormOfAnIDFindsTheJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	for _, form := range []string{id, strings.ToUpper(id)} {
		if a := f.do("GET", "/jobs/"+form, ""); a.StatusCode != 200 || a.text(t, "job_id") != id {
			t.Errorf("%s: %d %s", form, a.StatusCode, a.body)
		}
	}
	if a := f.do("HEAD", "/jobs/"+id, ""); a.StatusCode != 200 || len(a.body) != 0 || a.Header.Get("Retry-After") == "" {
		t.Errorf("HEAD: %d with %d bytes, Retry-After %q", a.StatusCode, len(a.body), a.Header.Get("Retry-After"))
	}
}

func TestStatusRequestsAreLimitedAndTold(t *testing.T) {
	f := newFixture(t, options{workers: 1, plan: account.Plan{StatusPerMinute: 5}})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	for i := range 5 {
		a := f.do("GET", "/jobs/"+id, "")
		if a.StatusCode != 200 {
			t.Fatalf("request %d: %d", i, a.StatusCode)
		}
		want := fmt.Sprintf(`"status";r=%d;t=`, 4-i)
		if got := a.Header.Get("RateLimit"); !strings.HasPrefix(got, want) {
			t.Errorf("RateLimit %s, want %s…", got, want)
		}
		if got := a.Header.Get("RateLimit-Policy"); got != `"status";q=5;w=60` {
			t.Errorf("RateLimit-Policy %s", got)
		}
		if a.Header.Get("X-RateLimit-Limit") != "5" || a.Header.Get("X-RateLimit-Remaining") != strconv.Itoa(4-i) || a.Header.Get("X-RateLimit-Reset") == "" {
			t.Errorf("older headers: %v", a.Header)
		}
	}
	a := f.do("GET", "/jobs/"+id, "")
	f.wantError(a, 429, "RATE_LIMITED", "Too many status requests. Please slow down.")
	after, ok := a.member(t, "retry_after").(float64)
	if !ok || a.Header.Get("Retry-After") != strconv.Itoa(int(after)) || after < 1 || after > 60 {
		t.Errorf("Retry-After %q, body %s", a.Header.Get("Retry-After"), a.body)
	}
	if a := f.do("POST", "/json-minify-api", "{}"); a.StatusCode != 200 {
		t.Errorf("submissions have an allowance of their own, got %d", a.StatusCode)
	}
	f.advance(time.Duration(after) * time.Second)
	if a := f.do("GET", "/jobs/"+id, ""); a.StatusCode != 200 {
		t.Errorf("after retry_after seconds: %d", a.StatusCode)
	}
}

func TestStatusRequestsCostNoQuota(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	f.gate.openAll()
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	f.finished(id)
	f.do("GET", "/jobs/123", "")
	a := f.do("GET", "/usage", "")
	jobs, ok := a.member(t, "jobs").(map[string]any)
	if !ok || jobs["used"] != 1.0 {
		t.Errorf("usage %s, want 1 job", a.body)
	}
}

func TestConditionalStatus(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/gate-api", "x", async).text(t, "job_id")
	<-f.gate.runs
	a := f.do("GET", "/jobs/"+id, "")
	tag := a.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("ETag %q, want a weak one", tag)
	}
	bare := strings.TrimSuffix(tag, `"`)
	for _, list := range []string{
		tag, `"x", ` + tag, strings.TrimPrefix(tag, "W/"), "*",
		bare + `-gzip"`, bare + `;gzip"`, bare + `-br"`, bare + `-deflate"`, bare + `-zstd"`, bare + `-gzip-br"`, `"x", ` + strings.TrimPrefix(bare, "W/") + `-gzip"`,
	} {
		b := f.do("GET", "/jobs/"+id, "", "If-None-Match: "+list)
		if b.StatusCode != 304 || len(b.body) != 0 || b.Header.Get("Retry-After") == "" || b.Header.Get("ETag") != tag || b.Header.Get("Cache-Control") != "private, no-cache, max-age=0" {
			t.Errorf("If-None-Match %s: %d, %v", list, b.StatusCode, b.Header)
		}
	}
	for _, other := range []string{bare, bare + `-gz"`, bare + `0-gzip"`, bare + `gzip"`, `"-gzip"`, `-gzip`, `"`, ``} {
		if b := f.do("GET", "/jobs/"+id, "", "If-None-Match: "+other); b.StatusCode != 200 {
			t.Errorf("If-None-Match %s: %d", other, b.StatusCode)
		}
	}
	f.gate.openAll()
	f.finished(id)
	if b := f.do("GET", "/jobs/"+id, "", "If-None-Match: "+tag); b.StatusCode != 200 || b.Header.Get("ETag") == tag {
		t.Errorf("after the change: %d, ETag %s", b.StatusCode, b.Header.Get("ETag"))
	}
}

func TestTheLinkIsFreshWheneverTheStatusIsAsked(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	id := f.do("POST", "/json-minify-api", `{"a": 1}`, async).text(t, "job_id")
	first := f.finished(id)
	tag := first.Header.Get("ETag")
	for range 6 {
		a := f.do("GET", "/jobs/"+id, "")
		link := regexp.MustCompile(`"file":"([^"]+)"`).FindSubmatch(a.body)
		until := regexp.MustCompile(`expires=(\d+)`).FindSubmatch(link[1])
		left, err := strconv.ParseInt(string(until[1]), 10, 64)
		f.must(err)
		left -= f.now().Unix()
		if left < 1799 || left > 3600 {
			t.Errorf("the link has %d s left, want between half an hour and an hour", left)
		}
		if d := f.do("GET", string(link[1]), "", "x-api-key: "); d.StatusCode != 200 || string(d.body) != `{"a":1}` {
			t.Errorf("download: %d %s", d.StatusCode, d.body)
		}
		f.advance(20 * time.Minute)
	}
	if a := f.do("GET", "/jobs/"+id, "", "If-None-Match: "+tag); a.StatusCode != 200 {
		t.Errorf("a 304 hides the fresh link: %d", a.StatusCode)
	}
}
