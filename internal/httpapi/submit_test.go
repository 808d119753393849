package httpapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

func TestSynchronousAnswer(t *testing.T) {
	f := newFixture(t, options{})
	a := f.do("POST", "/json-formatter-api", `{"a":[1,0.10]}`)
	form := regexp.MustCompile(`^\{"request_id":"([0-9a-f-]{36})","status":"success","file":"` + regexp.QuoteMeta(f.url) +
		`/downloads/json_formatter_[0-9a-f]{32}\.json\?expires=\d+&signature=[^"]+","preview":"\{\\n \\"a\\": \[\\n  1,\\n  0.10\\n \]\\n\}"\}$`)
	m := form.FindSubmatch(a.body)
	if a.StatusCode != 200 || m == nil {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	if string(m[1]) != a.Header.Get("X-Request-Id") {
		t.Errorf("request_id %s, X-Request-Id %s", m[1], a.Header.Get("X-Request-Id"))
	}
	if got := a.Header.Get("Preference-Applied"); got != "" {
		t.Errorf("Preference-Applied %q without a preference", got)
	}
}

func TestAcceptedAnswer(t *testing.T) {
	f := newFixture(t, options{})
	const rid = "0b6eeb2c-1f0c-4df0-8d6c-b2a3b0c9f001"
	a := f.do("POST", "/json-formatter-api", `{}`, async, "X-Request-Id: "+rid)
	form := regexp.MustCompile(`^\{"status":"accepted","job_id":"([0-9a-f-]{36})","status_url":"` + regexp.QuoteMeta(f.url) +
		`/jobs/([0-9a-f-]{36})","request_id":"` + rid + `"\}$`)
	m := form.FindSubmatch(a.body)
	if a.StatusCode != 202 || m == nil || string(m[1]) != string(m[2]) {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	id := string(m[1])
	for name, want := range map[string]string{
		"Location": f.url + "/jobs/" + id + "/result", "Link": "<" + f.url + "/jobs/" + id + `>; rel="monitor"`,
		"Preference-Applied": "respond-async", "Retry-After": "1", "X-Request-Id": rid,
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r := f.do("GET", "/jobs/"+id+"/result", ""); r.StatusCode != 202 || r.Header.Get("Retry-After") == "" || r.text(t, "status") != "queued" {
		t.Errorf("result of an unfinished job: %d %s", r.StatusCode, r.body)
	}
}

func TestRefusedSubmissionsAcceptNothing(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 50_000}})
	readOnly := "x-api-key: " + f.newKey(auth.NewKey{Owner: "ann", Scopes: []string{"read"}})
	for _, c := range []struct {
		name, path, body string
		headers          []string
		status           int
		code             string
	}{
		{"empty body", "/json-formatter-api", "", nil, 400, "INVALID_REQUEST"},
		{"source type", "/json-formatter-api", "{}", []string{"x-source-type: ftp"}, 400, "INVALID_SOURCE_TYPE"},
		{"option not a number", "/json-formatter-api", "{}", []string{"x-tab-space: two"}, 400, "INVALID_OPTION"},
		{"option out of range", "/json-formatter-api", "{}", []string{"x-tab-space: 17"}, 400, "INVALID_OPTION"},
		{"option negative", "/json-formatter-api", "{}", []string{"x-tab-space: -1"}, 400, "INVALID_OPTION"},
		{"too large", "/json-formatter-api", strings.Repeat(" ", 50_001), nil, 413, "PAYLOAD_TOO_LARGE"},
		{"bad idempotency key", "/json-formatter-api", "{}", []string{"Idempotency-Key: " + strings.Repeat("k", 256)}, 400, "INVALID_REQUEST"},
		{"a key without the scope", "/json-formatter-api", "{}", []string{readOnly}, 403, "FORBIDDEN"},
		{"no key", "/json-formatter-api", "{}", []string{"x-api-key: "}, 401, "UNAUTHORIZED"},
		{"no such tool", "/no-such-api", "{}", nil, 404, "NOT_FOUND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.wantError(f.do("POST", c.path, c.body, append(c.headers, async)...), c.status, c.code, "")
		})
	}
	a := f.do("GET", "/json-formatter-api", "")
	f.wantError(a, 405, "METHOD_NOT_ALLOWED", "")
	if a.Header.Get("Allow") != "POST" {
		t.Errorf("Allow %q", a.Header.Get("Allow"))
	}
	if b := f.do("POST", "/json-formatter-api", "{}", "x-tab-space: 99"); !strings.Contains(string(b.body), `"option":"x-tab-space"`) {
		t.Errorf("the wrong option is not named: %s", b.body)
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":0,`) || !strings.Contains(string(u.body), `"queued":0`) {
		t.Errorf("usage %s, want nothing used", u.body)
	}
}

func TestBadInputIsChargedAndAnsweredAtOnce(t *testing.T) {
	f := newFixture(t, options{})
	a := f.do("POST", "/json-minify-api", `[1,]`)
	want := `{"status":"error","error":"INVALID_JSON","details":{"message":"JSON validation failed.","line":1,"column":4,"reason":"Expected a value after the comma."}}`
	if a.StatusCode != 400 || string(a.body) != want {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":1,`) {
		t.Errorf("usage %s, want 1 used", u.body)
	}
}

func TestWaitAnswersInTimeOrAccepts(t *testing.T) {
	f := newFixture(t, options{workers: 2})
	a := f.do("POST", "/json-formatter-api", `{}`, "Prefer: respond-async, wait=20")
	if a.StatusCode != 200 || a.text(t, "status") != "success" || a.Header.Get("Preference-Applied") != "wait=20" {
		t.Errorf("in time: %d %s, applied %q", a.StatusCode, a.body, a.Header.Get("Preference-Applied"))
	}
	for _, prefer := range []string{"wait=20, respond-async", "respond-async; x=1, wait=20"} {
		if b := f.do("POST", "/json-formatter-api", `{`, "Prefer: "+prefer); b.StatusCode != 400 {
			t.Errorf("bad input in time, %s: %d %s", prefer, b.StatusCode, b.body)
		}
	}
	began := time.Now()
	c := f.do("POST", "/gate-api", `x`, "Prefer: respond-async, wait=1")
	if c.StatusCode != 202 || time.Since(began) < time.Second || c.Header.Get("Preference-Applied") != "respond-async, wait=1" {
		t.Errorf("too late: %d after %s, applied %q", c.StatusCode, time.Since(began), c.Header.Get("Preference-Applied"))
	}
	f.gate.openAll()
	if s := f.finished(c.text(t, "job_id")); s.text(t, "status") != "success" {
		t.Errorf("got %s", s.body)
	}
}

func TestASynchronousCallThatTakesTooLongBecomesAJobAndGoesOn(t *testing.T) {
	f := newFixture(t, options{syncTimeout: 50 * time.Millisecond})
	a := f.do("POST", "/gate-api", `slow`)
	if a.StatusCode != 202 {
		t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	id := a.text(t, "job_id")
	if s := f.do("GET", "/jobs/"+id, ""); s.text(t, "status") != "processing" {
		t.Errorf("got %s, want the attempt to go on", s.body)
	}
	f.gate.openAll()
	if s := f.finished(id); s.text(t, "status") != "success" {
		t.Errorf("got %s", s.body)
	}
	if n := len(f.gate.runs); n != 1 {
		t.Errorf("the tool ran %d times, want 1", n)
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":1,`) {
		t.Errorf("usage %s, want 1 used", u.body)
	}
}

func TestALargeInputBecomesAJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	in := "[" + strings.Repeat("1,", 600_000) + "1]"
	a := f.do("POST", "/json-minify-api", in)
	if a.StatusCode != 202 {
		t.Fatalf("got %d %.200s, want 202: it is larger than sync_max_bytes", a.StatusCode, a.body)
	}
	s := f.finished(a.text(t, "job_id"))
	link := regexp.MustCompile(`"file":"([^"]+)"`).FindSubmatch(s.body)
	if link == nil {
		t.Fatalf("got %s", s.body)
	}
	if d := f.do("GET", string(link[1]), "", "x-api-key: "); string(d.body) != in {
		t.Errorf("the output has %d bytes, want %d", len(d.body), len(in))
	}
}

func TestAFailureOfOursTurnsACallIntoAJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	for _, in := range []string{"fail", "panic"} {
		a := f.do("POST", "/gate-api", in)
		if a.StatusCode != 202 {
			t.Fatalf("%s: got %d %s", in, a.StatusCode, a.body)
		}
		s := f.finished(a.text(t, "job_id"))
		if !strings.Contains(string(s.body), `"error":{"code":"INTERNAL_ERROR","message":"Failed to process job","details":{}}`) {
			t.Errorf("%s: got %s", in, s.body)
		}
		r := f.do("GET", "/jobs/"+a.text(t, "job_id")+"/result", "")
		f.wantError(r, 424, "INTERNAL_ERROR", "Failed to process job")
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":0,`) {
		t.Errorf("usage %s, want it given back", u.body)
	}
}

func TestEqualRequestsWithAnIdempotencyKeyAreOne(t *testing.T) {
	f := newFixture(t, options{workers: 2})
	var wg sync.WaitGroup
	bodies := make([]string, 100)
	for i := range bodies {
		wg.Go(func() {
			a := f.do("POST", "/json-formatter-api", `{"a":1}`, async, "Idempotency-Key: once")
			if a.StatusCode != 202 {
				t.Errorf("got %d %s", a.StatusCode, a.body)
			}
			bodies[i] = string(a.body)
		})
	}
	wg.Wait()
	for _, b := range bodies {
		if b != bodies[0] {
			t.Fatalf("two answers: %s and %s", b, bodies[0])
		}
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":1,`) {
		t.Errorf("usage %s, want 1 used", u.body)
	}
	again := f.do("POST", "/json-formatter-api", `{"a":1}`, `Idempotency-Key: "once"`)
	if string(again.body) != bodies[0] || again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Location") == "" {
		t.Errorf("replay: %d %s %v", again.StatusCode, again.body, again.Header)
	}
	f.wantError(f.do("POST", "/json-formatter-api", `{"a":2}`, async, "Idempotency-Key: once"), 422, "IDEMPOTENCY_CONFLICT", "")
	f.wantError(f.do("POST", "/json-minify-api", `{"a":1}`, async, "Idempotency-Key: once"), 422, "IDEMPOTENCY_CONFLICT", "")
	f.wantError(f.do("POST", "/json-formatter-api", `{"a":1}`, async, "x-tab-space: 4", "Idempotency-Key: once"), 422, "IDEMPOTENCY_CONFLICT", "")
	bob := "x-api-key: " + f.newKey(auth.NewKey{Owner: "bob"})
	if a := f.do("POST", "/json-formatter-api", `{"a":2}`, async, "Idempotency-Key: once", bob); a.StatusCode != 202 {
		t.Errorf("another owner's key is another key: %d %s", a.StatusCode, a.body)
	}
	f.advance(25 * time.Hour)
	if a := f.do("POST", "/json-formatter-api", `{"a":2}`, async, "Idempotency-Key: once"); a.StatusCode != 202 || a.Header.Get("Idempotent-Replayed") != "" {
		t.Errorf("after a day the key is free: %d %s", a.StatusCode, a.body)
	}
}

func TestSynchronousAnswersAreReplayedToo(t *testing.T) {
	f := newFixture(t, options{})
	for _, c := range []struct {
		key, body string
		status    int
	}{{"good", `{"a":1}`, 200}, {"bad", `{"a"`, 400}} {
		first := f.do("POST", "/json-minify-api", c.body, "Idempotency-Key: "+c.key)
		again := f.do("POST", "/json-minify-api", c.body, "Idempotency-Key: "+c.key)
		if first.StatusCode != c.status || again.StatusCode != c.status || string(first.body) != string(again.body) || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s then %d %s", c.key, first.StatusCode, first.body, again.StatusCode, again.body)
		}
	}
	if u := f.do("GET", "/usage", ""); !strings.Contains(string(u.body), `"used":2,`) {
		t.Errorf("usage %s, want 2 used", u.body)
	}
}

func TestATwinOfARunningCallWaitsForItsAnswer(t *testing.T) {
	f := newFixture(t, options{})
	var wg sync.WaitGroup
	answers := make([]answer, 3)
	for i := range answers {
		wg.Go(func() { answers[i] = f.do("POST", "/gate-api", "x", "Idempotency-Key: twin") })
	}
	<-f.gate.runs
	f.gate.openAll()
	wg.Wait()
	for _, a := range answers {
		if a.StatusCode != http.StatusOK || string(a.body) != string(answers[0].body) {
			t.Errorf("got %d %s", a.StatusCode, a.body)
		}
	}
	if n := len(f.gate.runs); n != 0 {
		t.Errorf("the tool ran %d more times", n)
	}
}

func TestWrappedContentOfATextTool(t *testing.T) {
	f := newFixture(t, options{})
	f.gate.openAll()
	for _, c := range []struct{ name, body, contentType, want string }{
		{"wrapped", `{"content":"a\nb"}`, "application/json; charset=utf-8", `"preview":"a\nb"`},
		{"not JSON", `{"content":"a"}`, "text/plain", `"preview":"{\"content\":\"a\"}"`},
		{"another member", `{"content":"a","b":1}`, "application/json", `"preview":"{\"content\":\"a\",\"b\":1}"`},
		{"not a string", `{"content":1}`, "application/json", `"preview":"{\"content\":1}"`},
	} {
		a := f.do("POST", "/gate-api", c.body, "Content-Type: "+c.contentType)
		if a.StatusCode != 200 || !strings.Contains(string(a.body), c.want) {
			t.Errorf("%s: got %d %s, want %s", c.name, a.StatusCode, a.body, c.want)
		}
	}
	f.wantError(f.do("POST", "/gate-api", `{"content":""}`, "Content-Type: application/json"), 400, "INVALID_REQUEST", "")
	if a := f.do("POST", "/json-minify-api", `{"content": "1"}`, "Content-Type: application/json"); !strings.Contains(string(a.body), `{\"content\":\"1\"}`) {
		t.Errorf("a JSON tool takes the body as it is, got %s", a.body)
	}
}

func TestPreviewIsCutAtACharacter(t *testing.T) {
	f := newFixture(t, options{})
	f.gate.openAll()
	for _, c := range []struct {
		n    int
		want string
	}{{1000, strings.Repeat("é", 1000)}, {1001, strings.Repeat("é", 997) + "..."}, {999, strings.Repeat("é", 999)}} {
		if got := f.do("POST", "/gate-api", strings.Repeat("é", c.n)).text(t, "preview"); got != c.want {
			t.Errorf("%d characters: preview of %d bytes, want %d", c.n, len(got), len(c.want))
		}
	}
}

func TestQuotaAnswersUntilTheMonthTurns(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{JobsPerMonth: 1}})
	next := account.MonthStart(account.MonthOf(f.now()) + 1)
	f.advance(next.Sub(f.now()) + 36*time.Hour) // early in a month: timers of many clients are too short for the rest of it
	f.do("POST", "/json-minify-api", `{}`)
	for _, headers := range [][]string{nil, {async}} {
		a := f.do("POST", "/json-minify-api", `{}`, headers...)
		f.wantError(a, 429, "QUOTA_EXCEEDED", "")
		turns := account.MonthStart(account.MonthOf(f.now()) + 1)
		if !strings.Contains(string(a.body), fmt.Sprintf(`"resets_at":%d`, turns.Unix())) {
			t.Errorf("got %s, want resets_at %d", a.body, turns.Unix())
		}
		if after, ok := a.member(t, "retry_after").(float64); !ok || after < 1 || after > 86400 || fmt.Sprint(after) != a.Header.Get("Retry-After") {
			t.Errorf("retry_after in %s, Retry-After %s", a.body, a.Header.Get("Retry-After"))
		}
	}
}

func TestOutputLargerThanThePlanAllows(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxOutputBytes: 100}})
	in := "[" + strings.Repeat("1,", 60) + "1]"
	f.wantError(f.do("POST", "/json-formatter-api", in), 400, "OUTPUT_TOO_LARGE", "")
}

func TestARepeatedAcceptanceHasTheHintOfItsJob(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	first := f.do("POST", "/gate-api", "x", async, "Idempotency-Key: k")
	<-f.gate.runs
	again := f.do("POST", "/gate-api", "x", async, "Idempotency-Key: k")
	if status := f.do("GET", "/jobs/"+first.text(t, "job_id"), ""); again.StatusCode != 202 || string(again.body) != string(first.body) || again.Header.Get("Retry-After") != status.Header.Get("Retry-After") {
		t.Errorf("%d %s Retry-After %s; the job's is %s", again.StatusCode, again.body, again.Header.Get("Retry-After"), status.Header.Get("Retry-After"))
	}
	f.gate.openAll()
	f.finished(first.text(t, "job_id"))
	if again = f.do("POST", "/gate-api", "x", async, "Idempotency-Key: k"); again.StatusCode != 202 || string(again.body) != string(first.body) || again.Header.Get("Retry-After") != "1" {
		t.Errorf("finished: %d %s Retry-After %s", again.StatusCode, again.body, again.Header.Get("Retry-After"))
	}
}
