package httpapi_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/httpapi"
)

func TestProblemDetailsWhenAskedFor(t *testing.T) {
	f := newFixture(t, options{})
	a := f.do("GET", "/jobs/123", "", "Accept: application/problem+json")
	if a.Header.Get("Content-Type") != "application/problem+json" || a.StatusCode != 400 {
		t.Errorf("got %d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	for name, want := range map[string]any{"status": 400.0, "code": "INVALID_JOB_ID", "title": "Bad Request", "request_id": a.Header.Get("X-Request-Id")} {
		if got := a.member(t, name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	f := newFixture(t, options{})
	const bare = "0b6eeb2c1f0c4df08d6cb2a3b0c9f001" // as nginx makes them
	for _, mine := range []string{"0B6EEB2C-1f0c-4df0-8d6c-b2a3b0c9f001", bare, strings.ToUpper(bare)} {
		if got := f.do("GET", "/healthz", "", "X-Request-Id: "+mine).Header.Get("X-Request-Id"); got != mine {
			t.Errorf("the caller's own: %q", got)
		}
	}
	if a := f.do("POST", "/json-minify-api", `{}`, "X-Request-Id: "+bare); a.text(t, "request_id") != bare {
		t.Errorf("in the answer: %s", a.body)
	}
	problem := f.do("GET", "/jobs/123", "", "X-Request-Id: "+bare, "Accept: application/problem+json")
	if got := problem.text(t, "instance"); got != "urn:uuid:0b6eeb2c-1f0c-4df0-8d6c-b2a3b0c9f001" {
		t.Errorf("the instance of a problem: %s", got)
	}
	for _, bad := range []string{"1", "x; y", strings.Repeat("a", 36), strings.Repeat("g", 32), bare[1:], bare + "0"} {
		if got := f.do("GET", "/healthz", "", "X-Request-Id: "+bad).Header.Get("X-Request-Id"); got == bad || len(got) != 36 {
			t.Errorf("%q became %q, want a new UUID", bad, got)
		}
	}
}

func TestBearerKeysCountToo(t *testing.T) {
	f := newFixture(t, options{})
	if a := f.do("GET", "/usage", "", "x-api-key: ", "Authorization: Bearer "+f.key); a.StatusCode != 200 {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}

func TestFailedKeysAreLimitedByAddressButARightKeyNever(t *testing.T) {
	f := newFixture(t, options{})
	limited := false
	for range 100 {
		a := f.do("GET", "/usage", "", "x-api-key: wrong")
		switch a.StatusCode {
		case 401:
		case 429:
			limited = true
			f.wantError(a, 429, "RATE_LIMITED", "")
		default:
			t.Fatalf("got %d", a.StatusCode)
		}
	}
	if !limited {
		t.Error("a hundred wrong keys were not limited")
	}
	if a := f.do("GET", "/usage", ""); a.StatusCode != 200 {
		t.Errorf("the right key: %d", a.StatusCode)
	}
	spoofed := f.do("GET", "/usage", "", "x-api-key: wrong", "X-Forwarded-For: 203.0.113.9")
	if spoofed.StatusCode != 429 {
		t.Errorf("X-Forwarded-For is believed though no proxy is trusted: %d", spoofed.StatusCode)
	}
}

func TestARevokedKeyEndsAtOnce(t *testing.T) {
	f := newFixture(t, options{})
	secret, key, err := f.keys.Create(t.Context(), auth.NewKey{Owner: "ann"})
	f.must(err)
	if a := f.do("GET", "/usage", "", "x-api-key: "+secret); a.StatusCode != 200 {
		t.Fatalf("got %d", a.StatusCode)
	}
	f.must(f.keys.Revoke(t.Context(), key.ID))
	f.wantError(f.do("GET", "/usage", "", "x-api-key: "+secret), 401, "UNAUTHORIZED", "Missing authorizer context")
}

func TestUsage(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{JobsPerMonth: 10, MaxStoredBytes: 1000}})
	f.do("POST", "/json-minify-api", `{"a":1}`)
	f.do("POST", "/gate-api", "x", async)
	a := f.do("GET", "/usage", "")
	if !strings.HasPrefix(string(a.body), `{"owner":"ann","plan":"default","period":{"start":`) ||
		!strings.Contains(string(a.body), `"jobs":{"used":2,"limit":10},"stored_bytes":{"used":8,"limit":1000},"running":0,"queued":1,"paused":false}`) {
		t.Errorf("got %s", a.body)
	}
}

func TestCORS(t *testing.T) {
	f := newFixture(t, options{cors: []string{"https://page.example"}})
	a := f.do("OPTIONS", "/jobs/1", "", "x-api-key: ", "Origin: https://page.example", "Access-Control-Request-Method: GET")
	if a.StatusCode != 204 || a.Header.Get("Access-Control-Allow-Origin") != "https://page.example" ||
		!strings.HasPrefix(a.Header.Get("Access-Control-Allow-Headers"), "x-api-key, ") {
		t.Errorf("preflight: %d %v", a.StatusCode, a.Header)
	}
	allowed := strings.Split(a.Header.Get("Access-Control-Allow-Headers"), ", ")
	for _, name := range append([]string{"If-None-Match", "Last-Event-ID", "Range", "If-Range", "x-tab-space"}, httpapi.OrderHeaders...) {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s is not allowed: %v", name, allowed)
		}
	}
	b := f.do("GET", "/usage", "", "Origin: https://page.example")
	for name := range strings.SplitSeq("Retry-After, ETag, Location, RateLimit, RateLimit-Policy, X-Request-Id, Preference-Applied, Idempotent-Replayed, Link, Repr-Digest, Content-Range", ", ") {
		if !strings.Contains(b.Header.Get("Access-Control-Expose-Headers"), name) {
			t.Errorf("%s is not exposed", name)
		}
	}
	if c := f.do("GET", "/usage", "", "Origin: https://evil.example"); c.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another origin is allowed")
	}
	off := newFixture(t, options{})
	if d := off.do("GET", "/usage", "", "Origin: https://page.example"); d.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("CORS is on without being configured")
	}
}

func TestOpenRoutesNeedNoKey(t *testing.T) {
	f := newFixture(t, options{})
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json", "/docs"} {
		if a := f.do("GET", path, "", "x-api-key: "); a.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
}

func TestMethodsAndOddPaths(t *testing.T) {
	f := newFixture(t, options{})
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"PUT", "/jobs/01890000-0000-7000-8000-000000000000/result", 405, "METHOD_NOT_ALLOWED"},
		{"PATCH", "/usage", 405, "METHOD_NOT_ALLOWED"},
		{"GET", "/", 404, "NOT_FOUND"},
		{"GET", "//jobs//", 404, "NOT_FOUND"},
		{"GET", "/jobs/x/y/z", 404, "NOT_FOUND"},
		{"GET", "/jobs/%2e%2e/usage", 404, "NOT_FOUND"},
		{"GET", "/usage/", 404, "NOT_FOUND"},
		{"GET", "/downloads/..%2fjson_minify.json", 404, "NOT_FOUND"},
		{"GET", "/USAGE", 404, "NOT_FOUND"},
		{"GET", "/jobs/%00", 400, "INVALID_JOB_ID"},
	} {
		a := f.do(c.method, c.path, "")
		f.wantError(a, c.status, c.code, "")
		if c.status == 405 && a.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow %q", c.method, c.path, a.Header.Get("Allow"))
		}
	}
}

func TestTheLogKeepsSecrets(t *testing.T) {
	f := newFixture(t, options{})
	link := f.link("/json-minify-api", `{}`)
	f.do("GET", link+"0", "")
	f.do("GET", "/nothing", "")
	f.do("GET", "/usage", "", "x-api-key: "+f.key+"x")
	log := f.logged.String()
	if !strings.Contains(log, `"path":"/nothing"`) {
		t.Errorf("the log has no line of a refused request:\n%s", log)
	}
	if strings.Contains(log, f.key) || strings.Contains(log, "signature=") {
		t.Errorf("the log has secrets:\n%s", log)
	}
}

// TestMadeUpKeysAskTheStoreInTurn has an address that tries keys of the right
// form without end; a right key from there that nobody has used yet is taken.
func TestMadeUpKeysAskTheStoreInTurn(t *testing.T) {
	f := newFixture(t, options{})
	other := newFixture(t, options{})
	var all sync.WaitGroup
	began := time.Now()
	const senders, each = 8, 40
	for range senders {
		var keys []string
		for range each {
			keys = append(keys, other.newKey(auth.NewKey{Owner: "eve"}))
		}
		all.Go(func() {
			for _, key := range keys {
				if a := f.do("GET", "/usage", "", "x-api-key: "+key); a.StatusCode != 401 && a.StatusCode != 429 {
					t.Errorf("got %d", a.StatusCode)
				}
			}
		})
	}
	if a := f.do("GET", "/usage", ""); a.StatusCode != 200 {
		t.Errorf("the right key: %d", a.StatusCode)
	}
	all.Wait()
	if took, least := time.Since(began), (senders*each-70)*5*time.Millisecond; took < least {
		t.Errorf("%d made-up keys were looked for in %s, want %s at least", senders*each, took, least)
	}
	if a := f.do("GET", "/usage", "", "x-api-key: "+f.newKey(auth.NewKey{Owner: "bob"})); a.StatusCode != 200 {
		t.Errorf("a new right key: %d", a.StatusCode)
	}
}
