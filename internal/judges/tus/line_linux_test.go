package tus_test

import (
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
)

// A cut ends all connections once so many bytes were sent by clients.
type cut struct {
	after int64
	do    func() // meanwhile; nil: nothing
}

// A line is a TCP proxy with an address that stays while servers come and go, and
// that is cut.
type line struct {
	URL string

	mu     sync.Mutex // guards the fields below
	target string     // address of the server
	cuts   []cut      // to come
	made   int        // cuts so far
	passed int64      // bytes from clients
	open   map[net.Conn]bool
}

func newLine(t *testing.T) *line {
	t.Helper()
	at, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{URL: "http://" + at.Addr().String(), open: map[net.Conn]bool{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := at.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { l.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = at.Close()
		l.endAll()
		serving.Wait()
	})
	return l
}

// to says where the server is.
func (l *line) to(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = u.Host
}

// plan says where the line will be cut, in bytes from now.
func (l *line) plan(cuts []cut) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range cuts {
		c.after += l.passed
		l.cuts = append(l.cuts, c)
	}
}

func (l *line) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made
}

func (l *line) keep(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = true
}

func (l *line) end(c net.Conn) {
	_ = c.Close() // perhaps a second time
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

func (l *line) endAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Close() // that is what it is for
	}
}

func (l *line) serve(client net.Conn) {
	l.keep(client)
	defer l.end(client)
	l.mu.Lock()
	target := l.target
	l.mu.Unlock()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return // it is dead: so is the line
	}
	l.keep(server)
	defer l.end(server)
	var down sync.WaitGroup
	defer down.Wait()
	down.Go(func() {
		defer l.end(client)
		pass(client, server, func(int) int { return -1 })
	})
	defer l.end(server)
	pass(server, client, l.until)
}

// pass copies until an end, or until stop says after how many of some bytes.
func pass(to, from net.Conn, stop func(n int) int) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if at := stop(n); at >= 0 {
			_, _ = to.Write(buf[:at]) // the line is cut
			return
		}
		if _, writeErr := to.Write(buf[:n]); err != nil || writeErr != nil {
			return
		}
	}
}

// until counts bytes that are to be passed, and makes the cut that is due; it
// returns how many are passed before.
func (l *line) until(n int) int {
	l.mu.Lock()
	before := l.passed
	l.passed += int64(n)
	if len(l.cuts) == 0 || l.passed < l.cuts[0].after {
		l.mu.Unlock()
		return -1
	}
	c := l.cuts[0]
	l.cuts = l.cuts[1:]
	l.made++
	l.mu.Unlock()
	l.endAll()
	if c.do != nil {
		c.do()
	}
	return int(max(0, c.after-before))
}
