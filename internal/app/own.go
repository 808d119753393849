package app

import (
	"net"
	"net/netip"

	"claimcheck/internal/deposit"
)

// everyAddress joins what functions such as ownAddresses return.
func everyAddress(all ...func() []netip.AddrPort) func() []netip.AddrPort {
	return func() (list []netip.AddrPort) {
		for _, addresses := range all {
			list = append(list, addresses()...)
		}
		return list
	}
}

// ownAddresses returns where the server listens, for the guard of calls to
// addresses that clients name: with an unspecified address every one that the
// machine has now.
func ownAddresses(l net.Listener) func() []netip.AddrPort {
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return func() []netip.AddrPort { return nil } // not TCP: no URL leads there
	}
	if !at.Addr().IsUnspecified() {
		return func() []netip.AddrPort { return []netip.AddrPort{at} }
	}
	return func() []netip.AddrPort {
		list := []netip.AddrPort{at}
		addrs, err := net.InterfaceAddrs()
		if err != nil {
			return list // loopback is known by the unspecified address
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				list = append(list, netip.AddrPortFrom(p.Addr().WithZone(""), at.Port()))
			}
		}
		return list
	}
}

// checkURL judges an address that a client names by its text.
func (s *Server) checkURL(text string) error {
	_, err := s.fetch.CheckURL(text)
	return err
}

// checkPut is checkURL of an address that something is to be put to.
func (s *Server) checkPut(text string) error {
	_, err := s.fetch.CheckPut(text)
	return err
}

// deposits puts outputs where their callers want them.
func (s *Server) deposits() *deposit.Depositor {
	return &deposit.Depositor{Caller: s.fetch, Blobs: s.blobs, Now: s.store.now, Timeout: s.cfg.DeliveryTimeout, Told: s.metrics.Deposited}
}
