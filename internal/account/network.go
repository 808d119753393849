package account

import (
	"net/netip"
	"strings"
)

// ParseNetwork reads a network in CIDR notation, or an address for itself alone.
// What comes over IPv4 is IPv4, so that no network of IPv4-mapped addresses is one;
// neither are zones.
func ParseNetwork(text string) (network netip.Prefix, ok bool) {
	network, err := netip.ParsePrefix(text)
	if err != nil {
		var addr netip.Addr
		addr, err = netip.ParseAddr(text)
		network = netip.PrefixFrom(addr, addr.BitLen())
	}
	if err != nil || network.Addr().Is4In6() || strings.Contains(text, "%") {
		return netip.Prefix{}, false
	}
	return network.Masked(), true
}

// ComesFrom reports whether the key is taken from an address. A key that names no
// networks is taken from everywhere; one that does is not taken where no address is
// known, on a socket of the machine for instance.
func (k *Key) ComesFrom(addr netip.Addr) bool {
	if len(k.From) == 0 {
		return true
	}
	for _, network := range k.From {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
