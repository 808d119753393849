package httpapi_test

import (
	"net/http"
	"testing"

	"claimcheck/internal/httpapi"
)

// TestAColonBeginsADialectsVerb: a verb that there is not is no path, and one that
// there is takes its method only.
func TestAColonBeginsADialectsVerb(t *testing.T) {
	f := newFixture(t, options{dialects: []httpapi.Mount{postOffice()}})
	const letter = "/post/letters/0190aaaa-0000-7000-8000-000000000000"
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", letter + ":back", http.StatusMethodNotAllowed, "POST"},
		{"HEAD", letter + ":back", http.StatusMethodNotAllowed, "POST"},
		{"DELETE", letter + "%3Aback", http.StatusMethodNotAllowed, "POST"},
		{"POST", letter, http.StatusMethodNotAllowed, "GET, HEAD"},
		{"GET", "/post/json-formatter:send", http.StatusMethodNotAllowed, "POST"},
		{"POST", letter + ":fly", http.StatusNotFound, ""},
		{"POST", letter + ":Back", http.StatusNotFound, ""},
		{"POST", letter + ":", http.StatusNotFound, ""},
		{"POST", letter + ":back:back", http.StatusNotFound, ""},
		{"GET", letter + ":fly", http.StatusNotFound, ""},
		{"POST", "/post/json-formatter:send:send", http.StatusNotFound, ""},
	} {
		a := f.do(c.method, c.path, "x")
		if a.StatusCode != c.status || a.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %q %s, want %d %q", c.method, c.path, a.StatusCode, a.Header.Get("Allow"), a.body, c.status, c.allow)
		}
	}
	f.wantError(f.do("GET", "/jobs/a:b", ""), http.StatusBadRequest, "INVALID_JOB_ID", "") // the plain dialect has no verbs
	if a := f.do("GET", "/post/counter/a:b", ""); a.StatusCode == http.StatusNotFound {
		t.Errorf("a path that is all of a route's: %d %s", a.StatusCode, a.body)
	}
}
