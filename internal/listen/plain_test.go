package listen_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"claimcheck/internal/listen"
)

func TestPlainHTTPIsLedToTLSOrRefused(t *testing.T) {
	named, own, usual := listen.Plain{To: "https://jobs.example.org/team"}, listen.Plain{Port: "8443"}, listen.Plain{Port: "443"}
	for _, c := range []struct {
		name          string
		plain         listen.Plain
		method, url   string
		header, value string
		status        int
		want          string // Location, or what the message has
	}{
		{"a page", named, "GET", "http://x/team/console/?a=1&b=%20", "", "", 308, "https://jobs.example.org/team/console/?a=1&b=%20"},
		{"only its head", named, "HEAD", "http://x/a%2Fb", "", "", 308, "https://jobs.example.org/a%2Fb"},
		{"without a public address", own, "GET", "http://jobs.test:8080/x", "", "", 308, "https://jobs.test:8443/x"},
		{"at the usual port", usual, "GET", "http://jobs.test/x", "", "", 308, "https://jobs.test/x"},
		{"an address of six", usual, "GET", "http://[::1]:80/x", "", "", 308, "https://[::1]/x"},
		{"two slashes", usual, "GET", "http://jobs.test//other.test/x", "", "", 308, "https://jobs.test//other.test/x"},
		{"a key", named, "GET", "http://x/jobs", "x-api-key", "ck_secret", 403, "This address takes no keys"},
		{"a bearer", named, "GET", "http://x/jobs", "Authorization", "Bearer t", 403, "This address takes no keys"},
		{"a token", named, "GET", "http://x/jobs?access_token=t", "", "", 403, "have this key replaced"},
		{"a call", named, "POST", "http://x/json-minify-api", "", "", 403, "This address only leads to https. Call https://jobs.example.org."},
		{"a call with a key", own, "POST", "http://jobs.test/x", "x-api-key", "ck_secret", 403, "https://jobs.test:8443"},
		{"another method", named, "DELETE", "http://x/jobs/1", "", "", 403, "only leads to https"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.url, strings.NewReader("[1]"))
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			w := httptest.NewRecorder()
			c.plain.ServeHTTP(w, r)
			got := w.Header().Get("Location")
			if c.status != http.StatusPermanentRedirect {
				if got != "" || !strings.Contains(w.Body.String(), `"error":"HTTPS_REQUIRED"`) {
					t.Errorf("led to %q with %s", got, w.Body)
				}
				got = w.Body.String()
			}
			if w.Code != c.status || !strings.Contains(got, c.want) || strings.Contains(w.Body.String(), "ck_secret") {
				t.Errorf("%d %q, want %d %q", w.Code, got, c.status, c.want)
			}
		})
	}
}

// TestAHostThatIsNoneIsNotLedTo: who asks says what host it is.
func TestAHostThatIsNoneIsNotLedTo(t *testing.T) {
	for _, host := range []string{"", "x@y", "x/y", "a b", "x?", "x#", `x"`, "x:y"} {
		r := httptest.NewRequest(http.MethodGet, "http://x/a", http.NoBody)
		r.Host = host
		w := httptest.NewRecorder()
		listen.Plain{}.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || w.Header().Get("Location") != "" {
			t.Errorf("%q: %d %q", host, w.Code, w.Header())
		}
	}
}
