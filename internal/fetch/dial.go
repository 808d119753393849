package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// dial is how the transport connects: it looks the host's name up once, checks all
// addresses and connects to one of them. A name with one forbidden address is
// refused: it is not what it seems.
func (f *Client) dial(ctx context.Context, _, address string) (net.Conn, error) {
	return f.connect(ctx, address, f.checkAddress)
}

// dialListed is dial for what goes out unencrypted: every address of the host must
// be in a network that the operator has listed.
func (f *Client) dialListed(ctx context.Context, _, address string) (net.Conn, error) {
	return f.connect(ctx, address, func(to netip.AddrPort) error {
		if !contains(f.c.AllowNetworks, to.Addr()) {
			return notEncrypted()
		}
		return f.checkAddress(to)
	})
}

// connect is dial with a rule about addresses.
func (f *Client) connect(ctx context.Context, address string, check func(netip.AddrPort) error) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, notAllowed("The address is not a URL.").Because(err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, notAllowed("The address has no usable port.").Because(err)
	}
	addrs, err := f.resolve(ctx, host, uint16(port))
	if err != nil {
		return nil, err
	}
	list := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		list[i] = netip.AddrPortFrom(a.Unmap(), uint16(port))
		if err := check(list[i]); err != nil {
			return nil, err
		}
	}
	var failed error
	for _, to := range list[:min(len(list), maxTried)] {
		one, cancel := context.WithTimeout(ctx, connectTime)
		conn, err := f.c.Dial(one, to)
		cancel()
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

// errNoAddress means that a name exists and has no address.
var errNoAddress = errors.New("the name has no address")

// A lookupError is a name that could not be looked up.
type lookupError struct{ err error }

func (e lookupError) Error() string { return "look up host: " + e.err.Error() }
func (e lookupError) Unwrap() error { return e.err }

// resolve returns the addresses of a host: the literal one, loopback for a local
// name, or those of one look-up.
func (f *Client) resolve(ctx context.Context, host string, port uint16) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if why := oddName(name); why != "" || endsInNumber(name) {
		return nil, notAllowed("The host is neither a name nor an address in its usual form.")
	}
	if local(name) {
		return f.loopback(port)
	}
	addrs, err := f.lookUp(ctx, name)
	if err == nil && len(addrs) == 0 {
		err = errNoAddress
	}
	if err != nil {
		return nil, lookupError{err}
	}
	if len(addrs) > maxAddresses {
		return nil, notAllowed("The host has too many addresses.")
	}
	return addrs, nil
}

// lookUp looks a name up: with the point behind it, so that no search list is
// used. The hosts file knows names of one word without that point only; it is
// asked alone, before.
func (f *Client) lookUp(ctx context.Context, name string) ([]netip.Addr, error) {
	if !strings.Contains(name, ".") {
		if addrs, err := f.c.Hosts.LookupNetIP(ctx, "ip", name); err == nil && len(addrs) > 0 {
			return addrs, nil
		}
	}
	return f.c.Resolver.LookupNetIP(ctx, "ip", name+".")
}

// hostsFile is the system's hosts file as a Resolver: every other source is
// refused.
func hostsFile() Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errHostsOnly }}
}

var errHostsOnly = errors.New("only the hosts file is asked")

// control checks the address once more when the socket is about to connect.
func (f *Client) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return notAllowed("The address is not reached by TCP.")
	}
	return f.checkAddress(to)
}
