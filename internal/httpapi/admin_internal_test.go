package httpapi

import (
	"net/http"
	"testing"

	"claimcheck/internal/fault"
)

func TestTheOriginOfAnAddressIsAsBrowsersWriteIt(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:8080":       "http://127.0.0.1:8080",
		"https://API.Example":         "https://api.example",
		"https://api.example:443":     "https://api.example",
		"http://api.example:80/below": "http://api.example",
		"http://api.example:443":      "http://api.example:443",
		"https://[::1]:443":           "https://[::1]",
		"https://[::1]:8443/x":        "https://[::1]:8443",
	} {
		if got := originOf(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestARouteIsForOperatorsBelowAdminOnly(t *testing.T) {
	for _, r := range []Route{{Path: "/admin/x"}, {Path: "/admin"}, {Path: "/x", Access: Admin}, {Path: "/administer", Access: Admin}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s with access %d was taken", r.Path, r.Access)
				}
			}()
			newRouter([]*speaker{{Mount: Mount{Routes: []Route{r}}}}, nil)
		}()
	}
	newRouter([]*speaker{{Mount: Mount{Routes: []Route{{Path: "/admin/x", Access: Admin}, {Path: "/administer"}}}}}, nil)
}

// TestOwnPagesAreKnownByTheirOrigin has a server that listens everywhere and is
// told no public address, and one that is told it.
func TestOwnPagesAreKnownByTheirOrigin(t *testing.T) {
	unnamed := &Server{Config: Config{Unnamed: true}, origin: originOf("http://[::]:8080")}
	named := &Server{origin: originOf("https://jobs.example")}
	for _, c := range []struct {
		s            *Server
		host, origin string
		own          bool
	}{
		{unnamed, "localhost:8080", "http://localhost:8080", true},
		{unnamed, "LOCALHOST:8080", "http://localhost:8080", true},
		{unnamed, "127.0.0.1:8080", "http://127.0.0.1:8080", true},
		{unnamed, "[::1]:8080", "http://[::1]:8080", true},
		{unnamed, "10.0.0.5", "http://10.0.0.5", true},
		{unnamed, "10.0.0.5:8080", "http://localhost:8080", false},
		{unnamed, "127.0.0.1:8080", "http://127.0.0.1:9090", false},
		{unnamed, "127.0.0.1:8080", "https://127.0.0.1:8080", false},
		{unnamed, "127.0.0.1:8080", "null", false},
		{unnamed, "evil.example:8080", "http://evil.example:8080", false}, // a name can be given any address
		{unnamed, "localhost.evil.example", "http://localhost.evil.example", false},
		{named, "jobs.example", "https://jobs.example", true},
		{named, "127.0.0.1:8080", "https://jobs.example", true},
		{named, "127.0.0.1:8080", "http://127.0.0.1:8080", false},
	} {
		err := c.s.checkOrigin(&http.Request{Host: c.host, Header: http.Header{"Origin": {c.origin}}})
		if c.own != (err == nil) || !c.own && !fault.Is(err, fault.Forbidden) {
			t.Errorf("host %s, origin %s: %v, want it to be taken: %t", c.host, c.origin, err, c.own)
		}
	}
}
