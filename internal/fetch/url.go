package fetch

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"claimcheck/internal/fault"
)

// MaxURLBytes is how long an address can be.
const MaxURLBytes = 2048

// notAllowed is the refusal of an address, before or after it was looked up.
func notAllowed(why string) *fault.Error {
	return fault.New(fault.Invalid, "URL_NOT_ALLOWED", "%s", why)
}

// CheckURL reads an address as far as its text goes: nothing is looked up. It
// must be http or https, without user or password, on a port that is allowed,
// its host a name in ASCII or the usual form of an address that is allowed.
// Anything else is Invalid with code URL_NOT_ALLOWED and a sentence that says
// why.
func (f *Client) CheckURL(text string) (*url.URL, error) {
	if why := oddText(text); why != "" {
		return nil, notAllowed(why)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, notAllowed("The address is not a URL.")
	}
	if err := f.check(u); err != nil {
		return nil, err
	}
	return u, nil
}

// CheckPut is CheckURL of an address to which something is put: it must be https. By
// http only those are reached that the operator has listed, as far as the text tells;
// where a name leads is seen when it is looked up.
func (f *Client) CheckPut(text string) (*url.URL, error) {
	u, err := f.CheckURL(text)
	if err != nil || u.Scheme == "https" {
		return u, err
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if len(f.c.AllowNetworks) == 0 || err == nil && !contains(f.c.AllowNetworks, addr) {
		return nil, notEncrypted()
	}
	return u, nil
}

func notEncrypted() error { return notAllowed("The address must begin with https://.") }

// oddText refuses what different programs read differently.
func oddText(text string) string {
	switch {
	case text == "":
		return "The address is empty."
	case len(text) > MaxURLBytes:
		return "The address is longer than " + strconv.Itoa(MaxURLBytes) + " bytes."
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }):
		return "The address has a space, a backslash or a control character in it."
	}
	return ""
}

// check is CheckURL of a URL that was read, for instance from a redirect.
func (f *Client) check(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return notAllowed("The address must begin with http:// or https://.")
	case u.User != nil:
		return notAllowed("The address must not carry a user or password.")
	case u.Opaque != "" || u.Hostname() == "":
		return notAllowed("The address names no host.")
	}
	port, err := f.port(u)
	if err != nil {
		return err
	}
	return f.checkHost(u.Hostname(), strings.HasPrefix(u.Host, "["), port)
}

// port returns the port of a URL if it is allowed.
func (f *Client) port(u *url.URL) (uint16, error) {
	port := map[string]uint16{"http": 80, "https": 443}[u.Scheme]
	if text := u.Port(); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || strconv.FormatUint(n, 10) != text {
			return 0, notAllowed("The address has no usable port.")
		}
		port = uint16(n)
	}
	if !f.portAllowed(port) {
		return 0, notAllowed("The address has a port that is not allowed here.")
	}
	return port, nil
}

func (f *Client) portAllowed(port uint16) bool {
	return port == 80 || port == 443 || port != 0 && slices.Contains(f.c.AllowPorts, port)
}

// checkHost judges a host by its text.
func (f *Client) checkHost(host string, bracketed bool, port uint16) error {
	if bracketed || strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		if err != nil || !addr.Is6() || addr.Zone() != "" || addr.Is4In6() {
			return notAllowed("The host is not an address in its usual form.")
		}
		return f.checkAddress(netip.AddrPortFrom(addr, port))
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if why := oddName(name); why != "" {
		return notAllowed(why)
	}
	if local(name) {
		_, err := f.loopback(port)
		return err
	}
	if !endsInNumber(name) {
		return nil
	}
	addr, err := netip.ParseAddr(host) // in the one form that everybody reads alike
	if err != nil {
		return notAllowed("The host is a number that is not an address in its usual form.")
	}
	return f.checkAddress(netip.AddrPortFrom(addr, port))
}

const (
	maxNameBytes  = 253
	maxLabelBytes = 63
)

// oddName refuses what is no name in the sense of RFC 1123 (underscores, which
// some names have, are let in).
func oddName(name string) string {
	if name == "" || len(name) > maxNameBytes {
		return "The host is not a name of at most 253 characters."
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabelBytes || label[0] == '-' || label[len(label)-1] == '-' {
			return "The host is not a name of the domain name system."
		}
		if strings.ContainsFunc(label, func(c rune) bool {
			return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
		}) {
			return "The host must be written in ASCII letters, digits, hyphens and points; names of other scripts begin with xn--."
		}
	}
	return ""
}

// local reports names that mean this machine wherever they are looked up (RFC
// 6761, section 6.3).
func local(name string) bool { return name == "localhost" || strings.HasSuffix(name, ".localhost") }

// loopback returns what a local name means: of the two loopback addresses those
// that are let in. If this server listens on one of them it is refused whole.
func (f *Client) loopback(port uint16) ([]netip.Addr, error) {
	both := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	var reached []netip.Addr
	var refused error
	for _, a := range both {
		if err := f.checkAddress(netip.AddrPortFrom(a, port)); err != nil {
			refused = err
			continue
		}
		reached = append(reached, a)
	}
	own := f.c.Own()
	if len(reached) == 0 || slices.ContainsFunc(both, func(a netip.Addr) bool { return f.own(own, a, port) }) {
		return nil, cmp.Or(refused, f.checkAddress(netip.AddrPortFrom(both[0], port)))
	}
	return reached, nil
}

// endsInNumber reports what some programs take for an IPv4 address (WHATWG URL,
// "ends in a number").
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}
