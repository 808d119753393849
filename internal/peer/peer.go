// Package peer is who a request comes from: the other end of its connection, and what
// proxies that are trusted say of who is behind them.
package peer

import (
	"net/http"
	"net/netip"
	"strings"
)

// localhost is where sockets with a path are called from: they are this machine's.
var localhost = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// Of is the other end of a request's connection; without an address it is this
// machine.
func Of(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return localhost
	}
	return at.Addr().Unmap()
}

// Client is where a request comes from: the last address of X-Forwarded-For that is
// not a trusted proxy's, read from trusted proxies only.
func Client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr := Of(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && Within(addr, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

// Within reports whether an address is in one of some networks.
func Within(a netip.Addr, networks []netip.Prefix) bool {
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
