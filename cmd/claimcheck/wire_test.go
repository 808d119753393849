package main_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

const wireLimit = 30 * time.Second // for an exchange on a connection of its own

// A wire is a connection on which a test writes what no HTTP client would.
type wire struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, s *serverproc.Server) *wire {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(wireLimit)); err != nil {
		t.Fatal(err)
	}
	return &wire{c, bufio.NewReader(c)}
}

// say writes; a server that does not read to the end is no failure.
func (w *wire) say(text string) {
	_, _ = io.WriteString(w, text) // see above
}

// hear reads one answer to a request of this method.
func (w *wire) hear(t *testing.T, method string) answer {
	t.Helper()
	res, err := http.ReadResponse(w.r, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read the answer's body: %v", err)
	}
	return answer{res.StatusCode, res.Header, text}
}

// end waits for the server to close the connection.
func (w *wire) end() error {
	rest, err := io.ReadAll(w.r)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return fmt.Errorf("the server keeps the connection open; it said %q", rest)
	}
	return nil
}

// exchange makes one request, given as it goes over the wire, on a connection
// of its own.
func exchange(t *testing.T, s *serverproc.Server, request string) answer {
	t.Helper()
	w := dial(t, s)
	w.say(request)
	method, _, _ := strings.Cut(request, " ")
	return w.hear(t, method)
}
