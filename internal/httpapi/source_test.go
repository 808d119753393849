package httpapi_test

import (
	"net/http"
	"testing"
)

// TestTheSourceIsNamedOnce: of two addresses the one that was looked at could be
// another than the one that is fetched.
func TestTheSourceIsNamedOnce(t *testing.T) {
	f := newFixture(t, options{})
	for source, body := range map[string]string{
		"url":  `{"url":"https://example.org/a.json","url":"https://example.com/b.json"}`,
		"file": `{"file":"ann/a/a.json","file":"ann/b/b.json"}`,
	} {
		a := f.do("POST", "/json-formatter-api", body, "x-source-type: "+source)
		f.wantError(a, http.StatusBadRequest, "INVALID_REQUEST", "The body must be in UTF-8, with no member twice.")
	}
	f.wantError(f.do("POST", "/json-formatter-api", "{\"url\":\"https://example.org/\xff.json\"}", "x-source-type: url"), http.StatusBadRequest, "INVALID_REQUEST", "The body must be in UTF-8, with no member twice.")
}
