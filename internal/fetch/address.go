package fetch

import (
	"net/netip"
	"slices"
)

// special are the networks that are not reached unless they are listed: the
// registries of special-purpose addresses (RFC 6890, as IANA keeps them). Of
// IPv6 only global unicast, 2000::/3, is reached at all, and of that not the
// parts below: the tunnels carry an IPv4 address of anybody's choice.
var special = prefixes(
	"0.0.0.0/8",        // this network
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carrier-grade NAT
	"127.0.0.0/8",      // loopback
	"169.254.0.0/16",   // link-local, with the metadata services of clouds
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments
	"192.0.2.0/24",     // documentation
	"192.31.196.0/24",  // AS112
	"192.52.193.0/24",  // AMT
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"192.175.48.0/24",  // AS112
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, and broadcast
	"168.63.129.16/32", // Azure's own services, which look public

	"2001::/23",         // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

// never are networks that no list opens: unspecified addresses mean this machine,
// multicast and broadcast ones mean many.
var never = prefixes("0.0.0.0/32", "::/128", "224.0.0.0/4", "255.255.255.255/32", "ff00::/8")

var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = prefixes("64:ff9b::/96", "64:ff9b:1::/48") // RFC 6052, RFC 8215
)

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, p := range list {
		all[i] = netip.MustParsePrefix(p)
	}
	return all
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// checkAddress is the rule about one address and port. Its refusal does not
// name the address: a client must not learn what a name means inside.
func (f *Client) checkAddress(to netip.AddrPort) error {
	if !f.portAllowed(to.Port()) || !f.reachable(to.Addr().Unmap(), to.Port()) {
		return notAllowed("The address leads to a network that is not reached from here.")
	}
	return nil
}

func (f *Client) reachable(a netip.Addr, port uint16) bool {
	if !a.IsValid() || a.Zone() != "" || contains(never, a) {
		return false
	}
	own := f.c.Own()
	if f.own(own, a, port) {
		return false
	}
	public := a.Is4() || globalUnicast.Contains(a)
	mine := slices.ContainsFunc(own, func(o netip.AddrPort) bool { return o.Addr().Unmap() == a })
	if public && !mine && !contains(special, a) {
		return true
	}
	if !contains(f.c.AllowNetworks, a) {
		return false
	}
	if nat64[0].Contains(a) { // the address behind it must be reachable too
		b := a.As16()
		return f.reachable(netip.AddrFrom4([4]byte(b[12:])), port)
	}
	return true
}

// own reports whether this server itself listens there. Every loopback address
// leads to a socket that is bound to the unspecified one.
func (f *Client) own(own []netip.AddrPort, a netip.Addr, port uint16) bool {
	return slices.ContainsFunc(own, func(o netip.AddrPort) bool {
		addr := o.Addr().Unmap()
		return o.Port() == port && (addr == a || addr.IsUnspecified() && a.IsLoopback())
	})
}
