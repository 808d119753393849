package base_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"claimcheck/internal/base"
)

func TestAPathIsCutAtItsNames(t *testing.T) {
	for _, c := range []struct {
		path, base, rest string
		ok               bool
	}{
		{"/a/jobs", "/a", "/jobs", true},
		{"/a", "/a", "", true},
		{"/a/", "/a", "/", true},
		{"/ab", "/a", "", false},
		{"/jobs", "/a", "", false},
		{"/a/a/x", "/a", "/a/x", true},
	} {
		if rest, ok := base.Cut(c.path, c.base); ok != c.ok || ok && rest != c.rest {
			t.Errorf("%s below %s: %q %v", c.path, c.base, rest, ok)
		}
	}
	for url, want := range map[string]string{"https://x": "", "https://x/": "", "https://x/a/b/": "/a/b", "https://x/a": "/a", ":": ""} {
		if got := base.Of(url); got != want {
			t.Errorf("%s has %q", url, got)
		}
	}
	if base.First("/a/b") != "a" || base.First("") != "" {
		t.Error("the first name is another")
	}
}

func TestTheRequestThatIsGivenStays(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/a/x%2Fy?q=1", http.NoBody)
	inner := base.Below(r, "/a", "/known", func(string) bool { return false })
	if inner.URL.String() != "/x%2Fy?q=1" || r.URL.String() != "/a/x%2Fy?q=1" {
		t.Errorf("%s of %s", inner.URL, r.URL)
	}
}

func TestAPathIsServedWithItsBaseAndWithout(t *testing.T) {
	taken := func(path string) bool { return path == "/x-api" }
	for _, c := range []struct{ path, base, want string }{
		{"/a/jobs", "/a", "/jobs"},
		{"/jobs", "/a", "/jobs"},
		{"/a", "/a", "/"},
		{"/a/", "/a", "/"},
		{"/x-api", "/x-api", "/x-api"},
		{"/x-api/jobs", "/x-api", "/jobs"},
		{"/known/a/mcp", "/a", "/known/mcp"},
		{"/known/a", "/a", "/known"},
		{"/a/known/mcp", "/a", "/known/mcp"},
		{"/known/mcp", "/a", "/known/mcp"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, http.NoBody)
		if got := base.Below(r, c.base, "/known", taken).URL.Path; got != c.want {
			t.Errorf("%s below %s: %s, want %s", c.path, c.base, got, c.want)
		}
	}
}
