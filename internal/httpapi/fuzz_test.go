package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzHeaders gives what clients write to every parser of it: none panics, and
// what is let through is within its limits.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		"respond-async, wait=10", `wait="5"; x=y, wait=99999999999`, `W/"1", "2", *`, `"key"`, `{"a":"b"}`, "1800000000", "-10", "bearer x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := http.Header{}
		for _, name := range []string{"Prefer", "Idempotency-Key", "X-Priority", "X-Run-At", "X-Metadata", "Authorization", "Accept", "Last-Event-Id", "X-Request-Id"} {
			h.Set(name, s)
		}
		if p := parsePrefer(h); p.wait < 0 || p.wait > maxWait*time.Second {
			t.Errorf("Prefer %q waits %s", s, p.wait)
		}
		if key, err := idempotencyKey(h); err == nil && (len(key) > maxIdempotencyKey || strings.ContainsAny(key, "\x00\r\n")) {
			t.Errorf("Idempotency-Key %q is taken as %q", s, key)
		}
		now := time.Unix(1_800_000_000, 0)
		if a, err := attributesOf(h, now); err == nil && (a.priority < -maxPriority || a.priority > maxPriority || a.runAt.After(now.Add(maxDelay))) {
			t.Errorf("%q is taken as %+v", s, a)
		}
		if n, err := lastEventID(h); err == nil && n < 0 {
			t.Errorf("Last-Event-ID %q is taken as %d", s, n)
		}
		if id := requestID(h); len(id) != 36 {
			t.Errorf("X-Request-Id %q is taken as %q", s, id)
		}
		apiKey(h)
		wantsProblem(h)
		matches([]string{s}, `W/"1"`)
	})
}

func FuzzListFilter(f *testing.F) {
	f.Add("status=success&limit=10&metadata.a=b&created_after=1")
	f.Add("cursor=AAAAAAAAAAAAAAAAAAAAAA&limit=201")
	f.Fuzz(func(t *testing.T, s string) {
		q, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		if filter, err := filterOf(q); err == nil && (filter.Limit < 1 || filter.Limit > maxListed || filter.Owner != "") {
			t.Errorf("%q is taken as %+v", s, filter)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add("json_formatter_0f3a9c0f3a9c0f3a9c0f3a9c0f3a9c0f.json")
	f.Fuzz(func(t *testing.T, name string) {
		if token, ok := tokenOf(name); ok && (len(token) != 32 || !strings.Contains(name, token)) {
			t.Errorf("%q has the token %q", name, token)
		}
	})
}
