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

// dial connects to a host of the transport's: the name is looked up once, all
// its addresses are checked, and one of these is connected to. A name with one
// forbidden address is refused whole: it is not what it seems.
func (f *Client) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, notAllowed("The address is not a URL.").Because(err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, notAllowed("The address has no usable port.").Because(err)
	}
	addrs, err := f.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	list := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		list[i] = netip.AddrPortFrom(a.Unmap(), uint16(port))
		if err := f.checkAddress(list[i]); err != nil {
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

// resolve returns the addresses of a host: the literal one, or those of one
// look-up.
func (f *Client) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if why := oddName(name); why != "" || endsInNumber(name) {
		return nil, notAllowed("The host is neither a name nor an address in its usual form.")
	}
	addrs, err := f.c.Resolver.LookupNetIP(ctx, "ip", name+".") // with the point: no search list
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

// control checks the address once more when the socket is about to connect.
func (f *Client) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return notAllowed("The address is not reached by TCP.")
	}
	return f.checkAddress(to)
}
