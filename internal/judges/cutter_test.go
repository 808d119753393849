package judges_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// endOfEvent ends each server-sent event.
const endOfEvent = "\n\n"

// A cutter is a TCP proxy that cuts a connection, once, after the server has
// sent an event with a text.
type cutter struct {
	URL string // instead of the server's

	target string // address of the server
	after  string // cut after the event with this

	mu    sync.Mutex // guards the fields below
	cut   bool
	asked bytes.Buffer // what the clients sent, all connections in a row
	told  bytes.Buffer // what the server sent
}

func newCutter(t *testing.T, target, after string) *cutter {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{URL: "http://" + l.Addr().String(), target: u.Host, after: after}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { c.serve(t.Context(), client) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return c
}

// serve passes bytes on in both directions until one side ends.
func (c *cutter) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.target)
	if err != nil {
		return // the server is gone: the test knows
	}
	defer server.Close()
	var up sync.WaitGroup
	defer up.Wait()
	up.Go(func() {
		defer server.Close()
		pass(server, client, func(p []byte) bool { c.write(&c.asked, p); return false })
	})
	defer client.Close() // so that the other direction ends too
	pass(client, server, c.cutHere)
}

// pass copies until an end, or until stop, which sees all bytes after they
// were passed, says so.
func pass(to io.Writer, from io.Reader, stop func(p []byte) bool) {
	buf := make([]byte, 4<<10)
	for {
		n, err := from.Read(buf)
		if _, writeErr := to.Write(buf[:n]); errors.Join(err, writeErr) != nil || stop(buf[:n]) {
			return
		}
	}
}

// cutHere reports whether the connection is to be cut now.
func (c *cutter) cutHere(p []byte) bool {
	c.write(&c.told, p)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, event, found := bytes.Cut(c.told.Bytes(), []byte(c.after))
	if c.cut || !found || !bytes.Contains(event, []byte(endOfEvent)) {
		return false
	}
	c.cut = true
	return true
}

func (c *cutter) write(b *bytes.Buffer, p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.Write(p)
}

// heard reports whether the server sent a text.
func (c *cutter) heard(text string) bool { return c.heardTimes(text) > 0 }

// heardTimes returns how often the server sent a text.
func (c *cutter) heardTimes(text string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Count(c.told.Bytes(), []byte(text))
}

// requests returns what the clients sent.
func (c *cutter) requests() io.Reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.NewReader(bytes.Clone(c.asked.Bytes()))
}
