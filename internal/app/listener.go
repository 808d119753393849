package app

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// A patientListener gives connections whose read deadlines cost little.
type patientListener struct{ net.Listener }

// Accept waits for a connection.
func (l patientListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if t, ok := c.(*net.TCPConn); ok {
		return &patientConn{TCPConn: t}, err
	}
	return c, err
}

// A patientConn does not set a read deadline that is later than the one in
// force; it sets it when that one has come. net/http moves the deadline five
// times for each request, nearly always to a later time, and each move is work
// for the runtime's timers.
type patientConn struct {
	*net.TCPConn

	mu     sync.Mutex // guards the fields below
	wanted time.Time  // the deadline; zero for none
	armed  time.Time  // what the connection was told; zero for none
}

// SetReadDeadline sets when reads fail.
func (c *patientConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wanted = t
	if t.IsZero() || !c.armed.IsZero() && !c.armed.After(t) {
		return nil
	}
	c.armed = t
	return c.TCPConn.SetReadDeadline(t)
}

// SetDeadline sets when reads and writes fail.
func (c *patientConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Read waits until the wanted deadline: one that the connection was told before
// and that came sooner does not end it.
func (c *patientConn) Read(b []byte) (int, error) {
	for {
		n, err := c.TCPConn.Read(b)
		if n > 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || !c.early() {
			return n, err
		}
	}
}

// early sets the wanted deadline unless that has come, too.
func (c *patientConn) early() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wanted.IsZero() && !time.Now().Before(c.wanted) {
		return false
	}
	c.armed = c.wanted
	return c.TCPConn.SetReadDeadline(c.wanted) == nil
}
