package fetch_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
)

// FuzzGuard asks for addresses of any text, with names that lead to any
// address: what is dialed is public by net/netip and by another guard.
func FuzzGuard(f *testing.F) {
	for i, text := range append(append(refusedText, allowedText...), oddText...) {
		f.Add(text, []byte{127, 0, 0, byte(i)}, byte(i))
	}
	f.Add("http://a.example/", []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1}, byte(0))
	f.Add("http://a.example/", []byte{0, 100, 255, 155, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1}, byte(0))
	second := ssrf.New(ssrf.WithPorts(80, 443))
	f.Fuzz(func(t *testing.T, text string, answer []byte, _ byte) {
		w := &world{}
		resolver := resolverFunc(func() []netip.Addr {
			if a, ok := netip.AddrFromSlice(answer); ok {
				return []netip.Addr{a}
			}
			return nil
		})
		w.f = fetch.New(fetch.Config{Resolver: resolver, Dial: func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
			judge(t, second, to)
			return nil, errors.New("no network here")
		}})
		u, err := url.Parse(text)
		if err != nil {
			return
		}
		if _, err := w.f.CheckURL(text); err != nil && !fault.IsCode(err, "URL_NOT_ALLOWED") {
			t.Errorf("%q: got %v", text, err)
		}
		_, _ = w.f.Do(t.Context(), fetch.Request{Method: "GET", URL: u, Timeout: time.Second})
	})
}

func judge(t *testing.T, second *ssrf.Guardian, to netip.AddrPort) {
	t.Helper()
	a := to.Addr()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() ||
		a.Is4In6() || a.Zone() != "" || to.Port() != 80 && to.Port() != 443 {
		t.Errorf("%s was dialed", to)
	}
	network := "tcp4"
	if a.Is6() {
		network = "tcp6"
	}
	if err := second.Safe(network, to.String(), nil); err != nil {
		t.Errorf("%s was dialed; the second opinion is: %v", to, err)
	}
}

type resolverFunc func() []netip.Addr

func (f resolverFunc) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return f(), nil
}

// TestTheSecondOpinionIsTheSame compares the rule with another guard's at both
// ends of every network and beside them.
func TestTheSecondOpinionIsTheSame(t *testing.T) {
	second, f := ssrf.New(ssrf.WithPorts(80, 443)), fetch.New(fetch.Config{})
	compared := 0
	for _, p := range append(append(networks("1.0.0.0/8", "2606::/16", "::/3", "4000::/2", "8000::/1", "64:ff9b:1::/48"), ssrf.IPv4DeniedPrefixes...), ssrf.IPv6DeniedPrefixes...) {
		first, last := p.Masked().Addr(), lastOf(p)
		for _, a := range []netip.Addr{first.Prev(), first, first.Next(), last.Prev(), last, last.Next()} {
			if !a.IsValid() {
				continue
			}
			compared++
			network, host := "tcp4", a.String()
			if a.Is6() {
				network, host = "tcp6", "["+a.String()+"]"
			}
			_, ours := f.CheckURL("http://" + host + "/")
			theirs := second.Safe(network, netip.AddrPortFrom(a, 80).String(), nil)
			if (ours == nil) != (theirs == nil) {
				t.Errorf("%s: we say %v, the second opinion is %v", a, ours, theirs)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d addresses were compared", compared)
	}
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
