package fetch_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
)

// TestLocalNamesAreLoopbackWithoutALookUp (RFC 6761, section 6.3), and pass the
// same checks as the addresses.
func TestLocalNamesAreLoopbackWithoutALookUp(t *testing.T) {
	for _, c := range []struct {
		url    string
		allow  []netip.Prefix
		own    string
		dialed string // one after the other, because none answers; empty: refused
	}{
		{"http://localhost/", networks("127.0.0.0/8", "::1/128"), "9.9.9.9:80", "127.0.0.1:80 [::1]:80"},
		{"http://LocalHost./", networks("127.0.0.0/8"), "9.9.9.9:80", "127.0.0.1:80"},
		{"http://a.b.localhost:8080/", networks("127.0.0.0/8"), "9.9.9.9:80", "127.0.0.1:8080"},
		{"http://localhost/", networks("::1/128"), "9.9.9.9:80", "[::1]:80"},
		{"http://localhost/", nil, "9.9.9.9:80", ""},
		{"http://localhost/", networks("10.0.0.0/8"), "9.9.9.9:80", ""},
		{"http://localhost:22/", networks("127.0.0.0/8"), "9.9.9.9:80", ""},
		{"http://localhost/", networks("127.0.0.0/8", "::1/128"), "127.0.0.1:80", ""},
		{"http://localhost/", networks("127.0.0.0/8", "::1/128"), "[::1]:80", ""},
		{"http://x.localhost:8080/", networks("127.0.0.0/8", "::1/128"), "0.0.0.0:8080", ""},
	} {
		asked := &names{answers: map[string][]string{"localhost": {"8.8.8.8"}, "a.b.localhost": {"8.8.8.8"}}}
		var dialed []string
		f := fetch.New(fetch.Config{
			AllowNetworks: c.allow, AllowPorts: []uint16{8080}, Own: own(c.own), Resolver: asked, Hosts: asked,
			Dial: func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
				dialed = append(dialed, to.String())
				return nil, errors.New("no network here")
			},
		})
		u, err := f.CheckURL(c.url)
		if refused := c.dialed == ""; refused != fault.IsCode(err, "URL_NOT_ALLOWED") || !refused && err != nil {
			t.Errorf("%s with %v: %v, want refused %t", c.url, c.allow, err, refused)
		}
		if err != nil {
			continue
		}
		_, err = f.Do(t.Context(), fetch.Request{Method: "GET", URL: u, Timeout: time.Second})
		if strings.Join(dialed, " ") != c.dialed || err == nil {
			t.Errorf("%s with %v: dialed %v, %v, want %s", c.url, c.allow, dialed, err, c.dialed)
		}
		if len(asked.asked) > 0 {
			t.Errorf("%s: %v was looked up", c.url, asked.asked)
		}
	}
}

// TestNamesOfOneWordMayStandInTheHostsFile, and nothing beside that file is
// asked for them without the final point.
func TestNamesOfOneWordMayStandInTheHostsFile(t *testing.T) {
	hosts := &names{answers: map[string][]string{"files": {"10.0.0.7"}, "inner": {"10.9.9.9"}, "files.example": {"10.0.0.7"}}}
	dns := &names{answers: map[string][]string{"word": {"8.8.8.8"}, "files.example": {"8.8.4.4"}}}
	for url, want := range map[string]string{
		"http://files/": "10.0.0.7:80", "http://FILES./": "10.0.0.7:80", "http://inner/": "", "http://word/": "8.8.8.8:80", "http://none/": "", "http://files.example/": "8.8.4.4:80",
	} {
		dialed := ""
		f := fetch.New(fetch.Config{
			AllowNetworks: networks("10.0.0.0/16"), Resolver: dns, Hosts: hosts,
			Dial: func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
				dialed = to.String()
				return nil, errors.New("no network here")
			},
		})
		u, err := f.CheckURL(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Do(t.Context(), fetch.Request{Method: "GET", URL: u, Timeout: time.Second}); dialed != want || err == nil {
			t.Errorf("%s: dialed %q, %v, want %q", url, dialed, err, want)
		}
	}
	if len(dns.asked) == 0 {
		t.Error("no name was looked up")
	}
	for _, name := range dns.asked {
		if !strings.HasSuffix(name, ".") {
			t.Errorf("%q was looked up with a search list", name)
		}
	}
}

// TestTheSystemsHostsFileIsRead: every system has localhost in it; the way to it
// is that of any other word.
func TestTheSystemsHostsFileIsRead(t *testing.T) {
	addrs, err := fetch.HostsFile().LookupNetIP(t.Context(), "ip", "localhost")
	if err != nil || !slices.ContainsFunc(addrs, netip.Addr.IsLoopback) {
		t.Errorf("got %v, %v", addrs, err)
	}
	if addrs, err := fetch.HostsFile().LookupNetIP(t.Context(), "ip", "no-such-word-anywhere"); err == nil {
		t.Errorf("got %v", addrs)
	}
}

func TestLocalhostIsReallyReached(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	defer s.Close()
	at := netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))
	f := fetch.New(fetch.Config{AllowNetworks: networks("127.0.0.0/8"), AllowPorts: []uint16{at.Port()}})
	defer f.Close()
	w := &world{f: f}
	text := strings.Replace(s.URL, "127.0.0.1", "me.localhost", 1)
	if status, body, err := w.get(t, text, 0, 100); status != http.StatusOK || body != strings.TrimPrefix(text, "http://") {
		t.Errorf("got %d %q, %v", status, body, err)
	}
}
