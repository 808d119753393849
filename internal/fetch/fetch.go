// Package fetch is the one way from this server to addresses that clients
// name: webhooks and inputs at URLs. It looks a name up once, refuses every
// address that is not public (or listed by the operator), connects to the very
// address that was checked, and checks it again when the socket is made. It
// uses no proxy and keeps no cookies. What it does not do: decide when to try
// again.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"claimcheck/internal/trace"
)

// Limits of connections that no setting changes.
const (
	maxHeadBytes  = 64 << 10         // of an answer's head
	connectTime   = 10 * time.Second // to one address
	handshakeTime = 10 * time.Second
	idleTime      = 30 * time.Second
	continueTime  = 2 * time.Second // before a body is sent whose receiver was asked whether it wants it
	maxIdle       = 64              // connections kept for another call
	maxIdleOfHost = 2
	maxAddresses  = 64 // that a name may have
	maxTried      = 4  // addresses of a name
)

// A Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	// LookupNetIP returns the addresses of a host; network is "ip".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Config says what may be reached. The zero value reaches public addresses on
// the ports 80 and 443.
type Config struct {
	AllowNetworks []netip.Prefix // reached although they are not public
	AllowPorts    []uint16       // beside 80 and 443

	// Own returns the addresses that this server listens on; with an
	// unspecified one, 0.0.0.0 or ::, every address of the machine is among
	// them. They are never reached, listed or not. Nil means none.
	Own func() []netip.AddrPort

	Now      func() time.Time // for certificates; nil means time.Now
	Resolver Resolver         // nil means the system's
	Hosts    Resolver         // of names of one word, asked before; nil means the system's hosts file
	Roots    *x509.CertPool   // who signs certificates; nil means the system's

	// Dial connects to an address that was checked; nil means the network. Tests
	// put their own servers there.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

	Trace *trace.Tracer // nil: no spans are made
}

// A Client makes guarded calls. It is safe for concurrent use.
type Client struct {
	c         Config
	transport *http.Transport
	listed    *http.Transport // reaches nothing but AllowNetworks, and keeps no connections
}

// New returns a client.
func New(c Config) *Client {
	c.AllowNetworks, c.AllowPorts = slices.Clone(c.AllowNetworks), slices.Clone(c.AllowPorts)
	if c.Own == nil {
		c.Own = func() []netip.AddrPort { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Resolver == nil {
		c.Resolver = net.DefaultResolver
	}
	if c.Hosts == nil {
		c.Hosts = hostsFile()
	}
	f := &Client{c: c}
	if c.Dial == nil {
		dialer := &net.Dialer{Timeout: connectTime, Control: f.control}
		f.c.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", to.String())
		}
	}
	f.transport = &http.Transport{
		Proxy:                  nil, // not from the environment either
		DialContext:            f.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots, Time: c.Now},
		TLSHandshakeTimeout:    handshakeTime,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // the limits count what is sent
		MaxResponseHeaderBytes: maxHeadBytes,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdleOfHost,
		IdleConnTimeout:        idleTime,
		ExpectContinueTimeout:  continueTime,
	}
	f.listed = f.transport.Clone()
	f.listed.DialContext, f.listed.DisableKeepAlives = f.dialListed, true
	return f
}

// Close closes the connections that are kept for another call.
func (f *Client) Close() { f.transport.CloseIdleConnections() }
