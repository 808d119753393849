package peer_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"claimcheck/internal/peer"
)

func TestOnlyTrustedProxiesAreBelieved(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.7:1", "", "203.0.113.7"},
		{"203.0.113.7:1", "198.51.100.1", "203.0.113.7"},
		{"10.1.1.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.1.1.1:1", "198.51.100.1, 10.2.2.2", "198.51.100.1"},
		{"10.1.1.1:1", "198.51.100.1, 203.0.113.9, 10.2.2.2", "203.0.113.9"},
		{"10.1.1.1:1", "nonsense", "10.1.1.1"},
		{"[::ffff:10.1.1.1]:1", "198.51.100.1", "198.51.100.1"},
		{"@", "198.51.100.1", "198.51.100.1"}, // a socket with a path
		{"", "", "127.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := peer.Client(r, trusted).String(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
