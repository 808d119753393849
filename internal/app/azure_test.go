package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// operate hands work in as Azure's clients do, and returns the path of its status
// monitor.
func (f *fixture) operate(tool, body string, headers ...string) string {
	f.t.Helper()
	a := f.call("POST", "/azure/"+tool+"-api", body, headers...)
	at, ours := strings.CutPrefix(a.header.Get("Operation-Location"), f.url)
	if a.status != http.StatusAccepted || !ours || a.header.Get("Retry-After") == "" || a.header.Get("Location") != "" {
		f.t.Fatalf("%s: %d %v %s", tool, a.status, a.header, a.body)
	}
	var is api.AzureOperation
	a.decode(f.t, &is)
	if at != "/azure/operations/"+is.ID || is.CreatedDateTime == "" {
		f.t.Errorf("%s: %s at %s", tool, a.body, at)
	}
	return at
}

// monitored waits for an operation's end.
func (f *fixture) monitored(at string) (is api.AzureOperation) {
	f.t.Helper()
	a := f.call("GET", at, "", "Prefer", "wait=20")
	a.decode(f.t, &is)
	if a.status != http.StatusOK || a.header.Get("ETag") == "" || a.header.Get("Retry-After") != "" {
		f.t.Errorf("%s: %d %v %s, want its end", at, a.status, a.header, a.body)
	}
	return is
}

func TestAzureOperations(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	good := f.monitored(f.operate("json-formatter", `{"a":1}`, "x-tab-space", "2"))
	plain := f.finished(good.ID)
	if good.Status != "Succeeded" || *good.PercentComplete != 100 || string(good.Result) != string(plain.Result) || !strings.Contains(string(good.Result), `{\n  \"a\": 1\n}`) {
		t.Errorf("done: %+v, and plain %+v", good, plain)
	}
	at := func(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
	if good.CreatedDateTime != at(plain.CreatedAt) || good.LastUpdatedDateTime != at(plain.UpdatedAt) {
		t.Errorf("times: %+v, and plain %+v", good, plain)
	}
	bad := f.monitored(f.operate("json-formatter", "{"))
	if bad.Status != "Failed" || bad.Error.Code != "INVALID_JSON" || bad.Error.Message != "JSON validation failed." || bad.Error.AdditionalInfo[0].Info["line"] != 1.0 || bad.PercentComplete != nil {
		t.Errorf("bad input: %+v", bad)
	}

	monitor := f.operate("transcribe", "la")
	waits := f.call("GET", monitor, "")
	if s := string(waits.body); !strings.Contains(s, `"status":"NotStarted"`) || !strings.Contains(s, `"percentComplete":0`) || waits.header.Get("Retry-After") == "" {
		t.Errorf("waits: %v %s", waits.header, s)
	}
	key := f.workKey("transcribe")
	l := f.claim(key, `{}`)[0]
	f.want("heartbeat", f.call("POST", "/work/"+l.Lease+"/heartbeat", `{"progress":40}`, "x-api-key", key), 200, "")
	var runs answer
	f.until("progress shows", func() bool { // an estimate is repeated for a second
		runs = f.call("GET", monitor, "")
		return strings.Contains(string(runs.body), `"status":"Running"`) && strings.Contains(string(runs.body), `"percentComplete":40`)
	})
	f.want("heartbeat", f.call("POST", "/work/"+l.Lease+"/heartbeat", `{"progress":60}`, "x-api-key", key), 200, "")
	f.until("more progress is news", func() bool {
		return f.call("GET", monitor, "", "If-None-Match", runs.header.Get("ETag")).status == http.StatusOK
	})
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result": [1 ]}`, "x-api-key", key), 204, "")
	if is := f.monitored(monitor); string(is.Result) != "[1 ]" {
		t.Errorf("done elsewhere: %+v", is)
	}
}

func TestAzureCancels(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	at := f.operate("transcribe", "la")
	for range 2 { // the second finds it finished
		a := f.call("POST", at+":cancel", "")
		if a.status != http.StatusOK || !strings.Contains(string(a.body), `"status":"Canceled"`) || !strings.Contains(string(a.body), `"code":"CANCELED"`) {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	done := f.operate("json-formatter", "1")
	was := f.monitored(done)
	if a := f.call("POST", done+":cancel", ""); a.status != http.StatusOK || !strings.Contains(string(a.body), `"status":"Succeeded"`) || !strings.Contains(string(a.body), was.ID) {
		t.Errorf("%d %s", a.status, a.body)
	}
	runs := f.operate("transcribe", "la")
	key := f.workKey("transcribe")
	l := f.claim(key, `{}`)[0]
	if a := f.call("POST", runs+":cancel", ""); a.status != http.StatusAccepted || !strings.Contains(string(a.body), `"status":"Running"`) || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s, want 202 while it runs", a.status, a.header, a.body)
	}
	f.want("its worker stops", f.call("POST", "/work/"+l.Lease+"/fail", `{"code":"X","message":"stopped"}`, "x-api-key", key), 204, "")
	if is := f.monitored(runs); is.Status != "Canceled" || is.Error.Code != "CANCELED" {
		t.Errorf("%+v", is)
	}
}

// TestAzureAnswersAreAsDescribed compares answers with the served description.
func TestAzureAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig+"plans: {few: {submit_per_minute: 1}}\n")
	d := f.description()
	good, bad := f.monitored(f.operate("json-minify", "[1]")).ID, f.monitored(f.operate("json-minify", "[1")).ID
	waits, _ := strings.CutPrefix(f.operate("transcribe", "in"), "/azure/operations/")
	tag := f.call("GET", "/azure/operations/"+good, "").header.Get("ETag")
	few := f.newKey(auth.NewKey{Owner: "few", Plan: "few"})
	const minify, status, cancel = "/azure/{tool}-api", "/azure/operations/{operation_id}", "/azure/operations/{operation_id}:cancel"
	repeat := []string{"Repeatability-Request-ID", good, "Repeatability-First-Sent", time.Now().UTC().Format(http.TimeFormat), "x-ms-client-request-id", "a"}
	f.compare(d, []question{
		{method: "POST", path: minify, id: "json-minify", body: "1", want: 202, headers: repeat},
		{method: "POST", path: minify, id: "json-minify", body: "1", want: 202, headers: repeat},
		{method: "POST", path: minify, id: "json-minify", body: "2", want: 422, headers: repeat},
		{method: "POST", path: minify, id: "json-minify", want: 400},
		{method: "POST", path: minify, id: "json-minify", body: "1", want: 415, headers: []string{"Content-Encoding", "x"}},
		{method: "POST", path: minify, id: "none", body: "1", want: 404},
		{method: "POST", path: minify, id: "json-minify", body: "1", want: 401, headers: []string{"x-api-key", "no"}},
		{method: "POST", path: minify, id: "json-minify", body: "1", want: 202, headers: []string{"x-api-key", few}},
		{method: "POST", path: minify, id: "json-minify", body: "1", want: 429, headers: []string{"x-api-key", few}},
		{method: "GET", path: status, id: good, want: 200, headers: []string{"Prefer", "wait=1"}},
		{method: "GET", path: status, id: good, want: 304, headers: []string{"If-None-Match", tag}},
		{method: "GET", path: status, id: bad, want: 200},
		{method: "GET", path: status, id: waits, want: 200},
		{method: "GET", path: status, id: "7", want: 400},
		{method: "POST", path: cancel, id: good, want: 200},
		{method: "POST", path: cancel, id: waits, want: 200},
		{method: "POST", path: cancel, id: "7", want: 400},
	})
}

// TestAzureRefusals: each in Azure's form, its code in a header too.
func TestAzureRefusals(t *testing.T) {
	t.Parallel()
	f := serve(t, "plans: {few: {status_per_minute: 1, submit_per_minute: 2, jobs_per_month: 1, max_input_bytes: 9}}\n")
	few := f.newKey(auth.NewKey{Owner: "few", Plan: "few"})
	reads := f.newKey(auth.NewKey{Owner: "ann", Scopes: []string{account.ScopeRead}})
	bobs := f.operate("json-formatter", "1", "x-api-key", f.newKey(auth.NewKey{Owner: "bob"}))
	const none = "/azure/operations/01997f3e-5b80-7c41-9d02-6f1a8be3d274"
	for _, c := range []struct {
		what, method, path, body string
		status                   int
		code                     string
		headers                  []string
	}{
		{"no key", "POST", "/azure/json-formatter-api", "1", 401, "UNAUTHORIZED", []string{"x-api-key", ""}},
		{"a key of Azure's own header", "POST", "/azure/json-formatter-api", "1", 401, "UNAUTHORIZED", []string{"x-api-key", "", "Ocp-Apim-Subscription-Key", f.key}},
		{"no scope", "POST", "/azure/json-formatter-api", "1", 403, "FORBIDDEN", []string{"x-api-key", reads}},
		{"somebody else's", "GET", bobs, "", 404, "JOB_NOT_FOUND", nil},
		{"cancel somebody else's", "POST", bobs + ":cancel", "", 404, "JOB_NOT_FOUND", nil},
		{"unknown", "GET", none, "", 404, "JOB_NOT_FOUND", nil},
		{"cancel unknown", "POST", none + ":cancel", "", 404, "JOB_NOT_FOUND", nil},
		{"no id", "GET", "/azure/operations/x", "", 400, "INVALID_JOB_ID", nil},
		{"cancel no id", "POST", "/azure/operations/x:cancel", "", 400, "INVALID_JOB_ID", nil},
		{"a status is read", "PUT", none, "", 405, "METHOD_NOT_ALLOWED", nil},
		{"no such path", "GET", "/azure/", "", 404, "NOT_FOUND", nil},
		{"no such tool", "POST", "/azure/none-api", "1", 404, "NOT_FOUND", nil},
		{"an option", "POST", "/azure/json-formatter-api", "1", 400, "INVALID_OPTION", []string{"x-tab-space", "99"}},
		{"a source", "POST", "/azure/json-formatter-api", "1", 400, "INVALID_SOURCE_TYPE", []string{"x-source-type", "air"}},
		{"nothing", "POST", "/azure/json-formatter-api", "", 400, "INVALID_REQUEST", nil},
		{"an address", "POST", "/azure/json-formatter-api", `{"url":"ftp://x/a.json"}`, 400, "URL_NOT_ALLOWED", []string{"x-source-type", "url"}},
		{"no file", "POST", "/azure/json-formatter-api", `{"file":"no/such.json"}`, 404, "FILE_NOT_FOUND", []string{"x-source-type", "file"}},
		{"hostile bytes", "POST", "/azure/json-formatter-api", "\x00\xff{", 400, "INVALID_REQUEST", []string{"x-source-type", "url"}},
		{"a coding", "POST", "/azure/json-formatter-api", "1", 415, "UNSUPPORTED_ENCODING", []string{"Content-Encoding", "x"}},
		{"too large", "POST", "/azure/json-formatter-api", "1234567890", 413, "PAYLOAD_TOO_LARGE", []string{"x-api-key", few}},
		{"the month", "POST", "/azure/json-formatter-api", "1", 0, "", []string{"x-api-key", few}},
		{"the minute", "POST", "/azure/json-formatter-api", "1", 429, "RATE_LIMITED", []string{"x-api-key", few}},
	} {
		a := f.call(c.method, c.path, c.body, append([]string{"x-ms-client-request-id", "mine"}, c.headers...)...)
		if c.status == 0 {
			continue
		}
		var is api.AzureFailure
		a.decode(t, &is)
		if a.status != c.status || is.Error.Code != c.code || is.Error.Message == "" || a.header.Get("x-ms-error-code") != c.code || a.header.Get("x-ms-client-request-id") != "mine" {
			t.Errorf("%s: %d %v %s, want %d %s", c.what, a.status, a.header, a.body, c.status, c.code)
		}
		if later := a.header.Get("Retry-After") != ""; later != (c.status == 429) {
			t.Errorf("%s: Retry-After %q", c.what, a.header.Get("Retry-After"))
		}
	}
	if a := f.call("GET", bobs+"?api-version=2026-10-01", "", "x-api-key", few); a.status != 404 || a.header.Get("Operation-Location") != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := f.call("GET", bobs, "", "x-api-key", few); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("the second status in a minute: %d %s", a.status, a.body)
	}
}

// TestAzureRepeats: OASIS Repeatable Requests beside Idempotency-Key.
func TestAzureRepeats(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	const id = "3F0D7A52-91c4-4be8-8a67-c25d1e904bf6"
	now, old := time.Now().UTC().Format(http.TimeFormat), time.Now().Add(-25*time.Hour).UTC().Format(http.TimeFormat)
	path := "/azure/json-formatter-api"
	send := func(body, result string, status int, headers ...string) string {
		t.Helper()
		a := f.call("POST", path, body, headers...)
		if a.status != status || a.header.Get("Repeatability-Result") != result {
			t.Errorf("%q: %d %s %v, want %d %q", headers, a.status, a.body, a.header, status, result)
		}
		return a.header.Get("Operation-Location") + " " + a.header.Get("Idempotent-Replayed")
	}
	first := send("1", "accepted", 202, "Repeatability-Request-ID", id, "Repeatability-First-Sent", now)
	f.monitored(strings.TrimPrefix(strings.TrimSpace(first), f.url))
	if again := send("1", "accepted", 202, "Repeatability-Request-ID", strings.ToLower(id), "Repeatability-First-Sent", now, "x-api-key", f.newKey(auth.NewKey{Owner: "ann"})); again != first+"true" {
		t.Errorf("got %q, want a replay of %q", again, first)
	}
	if other := send("1", "accepted", 202, "Repeatability-Request-ID", id, "Repeatability-First-Sent", now, "x-api-key", f.newKey(auth.NewKey{Owner: "bob"})); other == first || strings.HasSuffix(other, "true") {
		t.Errorf("bob got %q", other)
	}
	send("2", "rejected", 422, "Repeatability-Request-ID", id, "Repeatability-First-Sent", now)
	send("1", "rejected", 412, "Repeatability-Request-ID", id, "Repeatability-First-Sent", old)
	send("1", "rejected", 400, "Repeatability-Request-ID", id)
	send("1", "", 400, "Repeatability-First-Sent", now)
	send("1", "rejected", 400, "Repeatability-Request-ID", "x", "Repeatability-First-Sent", now)
	send("1", "rejected", 400, "Repeatability-Request-ID", id, "Repeatability-First-Sent", "today")
	send("1", "rejected", 400, "Repeatability-Request-ID", id, "Repeatability-First-Sent", now, "Idempotency-Key", "k")

	first = send("1", "", 202, "Idempotency-Key", "k")
	if again := send("1", "", 202, "Idempotency-Key", `"k"`); again != first+"true" {
		t.Errorf("got %q, want a replay of %q", again, first)
	}
	path = "/json-formatter-api" // another request: its answer is another
	send("1", "", 422, "Idempotency-Key", "k")
	var usage api.Usage
	f.call("GET", "/usage", "").decode(t, &usage)
	if usage.Jobs.Used != 2 {
		t.Errorf("%d jobs are charged, want 2", usage.Jobs.Used)
	}
}

// TestPagesSpeakAzure: pages of other origins may follow operations.
func TestPagesSpeakAzure(t *testing.T) {
	t.Parallel()
	f := serve(t, "cors_origins: https://page.example\n")
	asked := f.call("OPTIONS", "/azure/json-minify-api", "", "Origin", "https://page.example", "Access-Control-Request-Method", "POST")
	for _, name := range []string{"x-api-key", "X-Ms-Client-Request-Id", "Repeatability-Request-Id", "Repeatability-First-Sent"} {
		if !strings.Contains(asked.header.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("%s may not be sent: %v", name, asked.header)
		}
	}
	told := f.call("POST", "/azure/json-minify-api", "1", "Origin", "https://page.example").header.Get("Access-Control-Expose-Headers")
	if !strings.HasPrefix(told, "Retry-After, ") || !strings.Contains(told, ", Operation-Location, ") {
		t.Errorf("a page may read %q", told)
	}
	if plain := f.call("GET", "/usage", "", "Origin", "https://page.example").header.Get("Access-Control-Expose-Headers"); strings.Contains(plain, "Operation-Location") {
		t.Errorf("a page may read %q of another dialect", plain)
	}
}

// TestAzureTakesEverySource: whether the client would wait makes no difference.
func TestAzureTakesEverySource(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`{"b":2}`))
	f := serve(t, "fetch:\n  allow_networks: [127.0.0.0/8]\n  allow_ports: ["+s.URL[strings.LastIndex(s.URL, ":")+1:]+"]\n")
	for what, at := range map[string]string{
		"body": f.operate("json-minify", `{"b": 2}`, "Prefer", "wait=20"),
		"url":  f.operate("json-minify", fmt.Sprintf(`{"url":"%s/a.json"}`, s.URL), "x-source-type", "url"),
	} {
		if is := f.monitored(at + "?api-version=1"); is.Status != "Succeeded" || !strings.Contains(string(is.Result), `{\"b\":2}`) {
			t.Errorf("%s: %+v", what, is)
		}
	}
	if a := f.call("HEAD", f.operate("json-minify", "1"), ""); a.status != 200 || len(a.body) > 0 {
		t.Errorf("HEAD: %d %s", a.status, a.body)
	}
	long := strings.Repeat("x", 129)
	if a := f.call("POST", "/azure/json-minify-api", "1", "x-ms-client-request-id", long); a.status != 202 || a.header.Get("x-ms-client-request-id") != "" {
		t.Errorf("a long id is sent back: %d %v", a.status, a.header)
	}
}
