package fetch_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/fetch/fetchtest"
)

func networks(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, p := range list {
		all[i] = netip.MustParsePrefix(p)
	}
	return all
}

func own(list ...string) func() []netip.AddrPort {
	all := make([]netip.AddrPort, len(list))
	for i, a := range list {
		all[i] = netip.MustParseAddrPort(a)
	}
	return func() []netip.AddrPort { return all }
}

// A names is a Resolver: each look-up of a name takes the next of its answers,
// the last one again and again.
type names struct {
	mu      sync.Mutex // guards the fields below
	answers map[string][]string
	asked   []string
}

func (n *names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host)
	list := n.answers[strings.TrimSuffix(host, ".")]
	if network != "ip" || len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		n.answers[strings.TrimSuffix(host, ".")] = list[1:]
	}
	var addrs []netip.Addr
	for a := range strings.FieldsSeq(list[0]) {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, nil
}

// A world is a network of one server, at every address.
type world struct {
	names  *names
	f      *fetch.Client
	server *fetchtest.Server
}

func newWorld(t *testing.T, handler http.HandlerFunc, answers map[string][]string) *world {
	t.Helper()
	w := &world{names: &names{answers: answers}}
	w.server = fetchtest.Start(t, handler)
	w.f = fetch.New(fetch.Config{Resolver: w.names, Dial: w.server.Dial})
	t.Cleanup(w.f.Close)
	return w
}

// get makes a GET call and reads its body.
func (w *world) get(t *testing.T, text string, redirects int, maxBytes int64) (int, string, error) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.f.Do(t.Context(), fetch.Request{Method: "GET", URL: u, Redirects: redirects, MaxBytes: maxBytes, Timeout: 30 * time.Second})
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.Status, string(b), err
}

func TestEveryAddressOfANameIsJudgedBeforeItIsDialed(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   bool
	}{
		{"93.184.216.34", true},
		{"2606:4700::1", true},
		{"::ffff:93.184.216.34", true},
		{"93.184.216.34 2606:4700::1", true},
		{"127.0.0.1", false},
		{"::1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"0.0.0.0", false},
		{"::", false},
		{"10.0.0.1", false},
		{"169.254.169.254", false},
		{"fd00:ec2::254", false},
		{"100.64.0.1", false},
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"fec0::1", false},
		{"::10.0.0.1", false},
		{"64:ff9b::a00:1", false},
		{"64:ff9b:1::1", false},
		{"2002:a00:1::", false},
		{"2001:0:1::", false},
		{"ff02::1", false},
		{"255.255.255.255", false},
		{"240.0.0.1", false},
		{"93.184.216.34 10.0.0.1", false},
		{"10.0.0.1 93.184.216.34", false},
		{"2606:4700::1 ::1", false},
		{"93.184.216.34 2606:4700::1 fd00::1", false},
		{strings.Repeat("93.184.216.34 ", 65), false},
	} {
		w := newWorld(t, func(http.ResponseWriter, *http.Request) {}, map[string][]string{"host.example": {c.answer}})
		_, _, err := w.get(t, "http://host.example/", 0, 10)
		if (err == nil) != c.want || !c.want && (!fault.IsCode(err, "URL_NOT_ALLOWED") || len(w.server.Dialed()) > 0) {
			t.Errorf("%.40s: got error %v, dialed %v, want allowed %t", c.answer, err, w.server.Dialed(), c.want)
		}
		if c.want && (len(w.server.Dialed()) != 1 || len(w.names.asked) != 1 || w.names.asked[0] != "host.example.") {
			t.Errorf("%s: asked %v, dialed %v, want each once", c.answer, w.names.asked, w.server.Dialed())
		}
	}
}

func TestANameThatChangesItsAddressIsJudgedByTheOneThatIsDialed(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") },
		map[string][]string{"rebind.example": {"93.184.216.34", "127.0.0.1", "93.184.216.35"}})
	for i, want := range []string{"", "URL_NOT_ALLOWED", ""} {
		_, _, err := w.get(t, "http://rebind.example/", 0, 10)
		if want == "" && err != nil || want != "" && !fault.IsCode(err, want) {
			t.Errorf("look-up %d: got %v, want %q", i, err, want)
		}
	}
	if got := w.server.Dialed(); len(got) != 2 || got[0].String() != "93.184.216.34:80" || got[1].String() != "93.184.216.35:80" {
		t.Errorf("dialed %v, want what was checked and nothing else", got)
	}
}

func TestEachRedirectIsJudgedAgain(t *testing.T) {
	for _, c := range []struct{ to, want string }{
		{"http://127.0.0.1/", "URL_NOT_ALLOWED"},
		{"http://inside.example/", "URL_NOT_ALLOWED"},
		{"http://localhost/", "URL_NOT_ALLOWED"},
		{"http://[::1]/", "URL_NOT_ALLOWED"},
		{"http://2130706433/", "URL_NOT_ALLOWED"},
		{"http://u:p@out.example/", "URL_NOT_ALLOWED"},
		{"file:///etc/passwd", "URL_NOT_ALLOWED"},
		{"http://out.example:22/", "URL_NOT_ALLOWED"},
		{"//169.254.169.254/", "URL_NOT_ALLOWED"},
		{"http://out.example/again", "URL_FETCH_FAILED"},
		{"http://out.example/ok", ""},
		{"/ok", ""},
		{"http://gone.example/", "URL_FETCH_FAILED"},
		{"http://[::1", "URL_NOT_ALLOWED"},
	} {
		w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/ok":
				_, _ = io.WriteString(w, r.Header.Get("X-Secret")) // a test's
			case "/again":
				http.Redirect(w, r, "/again", http.StatusFound)
			default:
				w.Header().Set("Location", c.to)
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		}, map[string][]string{"start.example": {"93.184.216.34"}, "out.example": {"93.184.216.35"}, "inside.example": {"10.0.0.1"}})
		_, _, err := w.get(t, "http://start.example/", fetch.MaxRedirects, 10)
		if c.want == "" && err != nil || c.want != "" && !fault.IsCode(err, c.want) {
			t.Errorf("redirect to %s: got %v, want %q", c.to, err, c.want)
		}
		if endless := c.to == "http://out.example/again"; endless && (fault.KindOf(err) != fault.Invalid || fetch.Word(err) != "redirects") {
			t.Errorf("a redirect to itself may succeed later: %v", err)
		}
		status, _, err := w.get(t, "http://start.example/", 0, 10)
		if err != nil || status != http.StatusTemporaryRedirect {
			t.Errorf("without redirects: got %d, %v, want the redirect itself", status, err)
		}
	}
}

func TestHeadersAreNotCarriedToAnotherHost(t *testing.T) {
	var got []string
	w := newWorld(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Host+" "+r.Header.Get("X-Secret")+" "+r.Header.Get("User-Agent"))
		if r.Host == "a.example" {
			http.Redirect(w, r, "http://b.example/", http.StatusFound)
		}
	}, map[string][]string{"a.example": {"93.184.216.34"}, "b.example": {"93.184.216.35"}})
	u, _ := url.Parse("http://a.example/")
	res, err := w.f.Do(t.Context(), fetch.Request{
		Method: "GET", URL: u, Redirects: 3, MaxBytes: 10, Timeout: time.Minute,
		Header: http.Header{"X-Secret": {"s"}, "User-Agent": {"u"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if strings.Join(got, ",") != "a.example s u,b.example  u" {
		t.Errorf("got %q", got)
	}
}

func TestABodyHasItsLimit(t *testing.T) {
	w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) },
		map[string][]string{"a.example": {"93.184.216.34"}})
	if _, body, err := w.get(t, "http://a.example/", 0, 1000); err != nil || len(body) != 1000 {
		t.Errorf("1000 of 1000: got %d bytes, error %v", len(body), err)
	}
	_, body, err := w.get(t, "http://a.example/", 0, 999)
	if !fault.IsCode(err, "FILE_TOO_LARGE") || len(body) != 999 || fetch.Word(err) != "too_large" {
		t.Errorf("1000 of 999: got %d bytes, error %v", len(body), err)
	}
}

func TestAStallingServerIsGivenUp(t *testing.T) {
	for _, afterHead := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			w := newWorld(t, func(w http.ResponseWriter, _ *http.Request) {
				if afterHead {
					_ = http.NewResponseController(w).Flush() // a test's answer
				}
				<-release
			}, map[string][]string{"a.example": {"93.184.216.34"}})
			began := time.Now()
			_, _, err := w.get(t, "http://a.example/", 0, 10)
			if !fault.Is(err, fault.Timeout) || fetch.Word(err) != "timeout" || time.Since(began) != 30*time.Second {
				t.Errorf("after the head %t: got %v after %v, want a timeout after 30s", afterHead, err, time.Since(began))
			}
			close(release)
		})
	}
}

func TestFailuresNameNoAddress(t *testing.T) {
	f := fetch.New(fetch.Config{
		Resolver: &names{answers: map[string][]string{"a.example": {"93.184.216.34 2606:4700::1"}}},
		Dial: func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
			return nil, errors.New("dial tcp " + to.String() + ": connection refused")
		},
	})
	for text, word := range map[string]string{"http://a.example/": "connection", "http://b.example/": "lookup", "http://10.0.0.1/": "not_allowed"} {
		u, _ := url.Parse(text)
		_, err := f.Do(t.Context(), fetch.Request{Method: "POST", URL: u, Timeout: time.Second})
		if err == nil || fetch.Word(err) != word || strings.ContainsAny(err.Error(), "0123456789") || strings.Contains(err.Error(), "example") {
			t.Errorf("%s: got %q (%s), want the word %s and no address", text, err, fetch.Word(err), word)
		}
	}
}

func TestTLSIsVerifiedAgainstTheName(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	config := fetch.Config{
		Roots:    roots,
		Resolver: &names{answers: map[string][]string{"example.com": {"93.184.216.34"}, "other.test": {"93.184.216.34"}}},
		Dial: func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}
	w := &world{f: fetch.New(config)}
	defer w.f.Close()
	if _, body, err := w.get(t, "https://example.com/", 0, 100); err != nil || body != "HTTP/2.0" { // the certificate's name
		t.Errorf("got %q, error %v", body, err)
	}
	if _, _, err := w.get(t, "https://other.test/", 0, 100); fetch.Word(err) != "tls" {
		t.Errorf("another name: got %v (%s), want tls", err, fetch.Word(err))
	}
	config.Roots = nil
	w = &world{f: fetch.New(config)}
	if _, _, err := w.get(t, "https://example.com/", 0, 100); fetch.Word(err) != "tls" {
		t.Errorf("an unknown authority: got %v, want tls", err)
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {}, map[string][]string{"a.example": {"93.184.216.34"}})
	if _, _, err := w.get(t, "http://a.example/", 0, 10); err != nil {
		t.Error(err)
	}
}

// TestTheSocketItselfIsChecked uses the real dialer: the resolver's answer and
// the listed network let it through, and a real server answers.
func TestTheSocketItselfIsChecked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	at := netip.MustParseAddrPort(server.Listener.Addr().String())
	resolver := &names{answers: map[string][]string{"a.example": {"127.0.0.1"}}}
	text := "http://a.example:" + strings.TrimPrefix(at.String(), "127.0.0.1:") + "/"
	listed := fetch.Config{Resolver: resolver, AllowNetworks: networks("127.0.0.0/8"), AllowPorts: []uint16{at.Port()}}
	w := &world{f: fetch.New(listed)}
	if _, _, err := w.get(t, text, 0, 10); err != nil {
		t.Errorf("listed: got %v", err)
	}
	w.f.Close()
	calls := 0
	listed.Own = func() []netip.AddrPort { // it turns out to be ours between the check and the socket
		if calls++; calls > 1 {
			return []netip.AddrPort{at}
		}
		return nil
	}
	w = &world{f: fetch.New(listed)}
	if _, _, err := w.get(t, text, 0, 10); !fault.IsCode(err, "URL_NOT_ALLOWED") {
		t.Errorf("ours at the last moment: got %v, want URL_NOT_ALLOWED", err)
	}
}
