package judges_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
)

// An item is a member of a structured list (RFC 9651) of strings whose
// parameters are integers, which is what the fields of the rate limit are.
type item struct {
	Value      string
	Parameters map[string]int
}

// parsed is what headers.mjs prints for each call.
type parsed struct {
	Status            int
	RetryAfter        int
	RateLimit, Policy []item
	Digest, Body      string
}

func TestStructuredFieldsParse(t *testing.T) {
	t.Parallel()
	const slack = 7 // seconds, for a slow machine; after more the numbers below are others
	s := start(t, "status_per_minute: 2, submit_per_minute: 7")
	link := s.output(t, sleepTool, "0s some text")
	headers := map[string]string{"x-api-key": s.key}
	status := map[string]any{"url": s.URL + "/usage", "headers": headers}
	submit := map[string]any{"url": s.URL + sleepTool, "headers": headers, "method": http.MethodPost, "body": "0s"}
	got := node[[]parsed](t, "headers.mjs", "structured-headers", map[string]any{
		"calls": []any{submit, status, status, status, map[string]any{"url": link}},
	})
	for i, want := range []struct {
		status         int
		name           string
		quota, r, left int
	}{
		{http.StatusOK, "submit", 7, 5, 18}, // it is the second: 2/7 of a minute until all is there again
		{http.StatusOK, "status", 2, 1, 30},
		{http.StatusOK, "status", 2, 0, 60},
		{http.StatusTooManyRequests, "status", 2, 0, 30},
	} {
		g := got[i]
		if g.Status != want.status || len(g.Policy) != 1 || len(g.RateLimit) != 1 {
			t.Fatalf("call %d: got %+v, want %d and one member in both fields", i, g, want.status)
		}
		if p := g.Policy[0]; p.Value != want.name || p.Parameters["q"] != want.quota || p.Parameters["w"] != 60 || len(p.Parameters) != 2 {
			t.Errorf("call %d: RateLimit-Policy is %+v, want %s, q=%d, w=60", i, p, want.name, want.quota)
		}
		l := g.RateLimit[0]
		if at := l.Parameters["t"]; l.Value != want.name || l.Parameters["r"] != want.r || at > want.left || at < want.left-slack || len(l.Parameters) != 2 {
			t.Errorf("call %d: RateLimit is %+v, want %s, r=%d, t=%d at most", i, l, want.name, want.r, want.left)
		}
		if refused := want.status == http.StatusTooManyRequests; refused && g.RetryAfter < l.Parameters["t"] || !refused && g.RetryAfter != 0 {
			t.Errorf("call %d: Retry-After is %d, t is %d; want it not earlier, and only where refused", i, g.RetryAfter, l.Parameters["t"])
		}
	}
	download := got[len(got)-1]
	if sum := sha256.Sum256([]byte(download.Body)); download.Digest != hex.EncodeToString(sum[:]) || download.RateLimit != nil {
		t.Errorf("download: got %+v, want its SHA-256 in Repr-Digest and no rate limit", download)
	}
}
