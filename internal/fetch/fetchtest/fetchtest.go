// Package fetchtest has the other end of the calls that tests let a
// [fetch.Client] make: a server whose connections are pipes in memory, so that
// it can stand in a bubble of testing/synctest. It reaches no network. Only
// tests import it.
package fetchtest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

// A Server is at every address. It is safe for concurrent use.
type Server struct {
	listener pipes

	mu     sync.Mutex // guards the field below
	dialed []netip.AddrPort
}

// Start starts a server that ends with the test. A client that keeps connections
// to it must be closed before that.
func Start(tb testing.TB, handler http.Handler) *Server {
	tb.Helper()
	s := &Server{listener: pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(&s.listener) }) // it ends with ErrServerClosed
	tb.Cleanup(func() {
		_ = server.Close()
		served.Wait()
	})
	return s
}

// Dial connects to the server, as [fetch.Config] wants it.
func (s *Server) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	s.mu.Lock()
	s.dialed = append(s.dialed, to)
	s.mu.Unlock()
	here, there := net.Pipe()
	select {
	case s.listener.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Dialed returns the addresses that were connected to, in their order.
func (s *Server) Dialed() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.dialed)
}

// pipes is a net.Listener of net.Pipe.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
