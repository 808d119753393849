package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// A pipeListener has one connection, which is its other end.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { close(l.done); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// onPipe runs do with a connection to a handler, in a bubble of its own.
func onPipe(t *testing.T, h http.HandlerFunc, do func(t *testing.T, conn net.Conn, in *bufio.Reader)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipeListener{make(chan net.Conn, 1), make(chan struct{})}
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = server.Serve(l)
		}()
		mine, its := net.Pipe()
		l.conns <- its
		do(t, mine, bufio.NewReader(mine))
		mine.Close()
		_ = server.Close()
		<-ended
		time.Sleep(time.Second) //nolint:forbidigo // of a bubble; net/http lingers half of it
	})
}

// readsAll answers 200 with the length of the body, or 400 if it did not arrive.
func readsAll(w http.ResponseWriter, r *http.Request) {
	b := newBody(w, r)
	n, err := io.Copy(io.Discard, b)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	time.Sleep(time.Hour) //nolint:forbidigo // an hour of a bubble: work that takes longer than the body had
	if r.Context().Err() != nil && err == nil {
		panic("the deadline of the body ended the request")
	}
	_, _ = io.WriteString(w, strconv.FormatInt(n, 10))
}

// slowly is how bodies arrive, and whether they are cut off.
var slowly = map[string]struct {
	size  int // of each piece
	every time.Duration
	total time.Duration
	cut   bool
}{
	"six hours":              {1 << 10, time.Second, 6 * time.Hour, false},
	"a day in bursts":        {16 << 10, 19 * time.Second, 24 * time.Hour, false},
	"a small one, slowly":    {1, 3 * time.Second, 18 * time.Second, false},
	"never":                  {0, time.Hour, time.Hour, true},
	"a byte now and then":    {1, 5 * time.Second, time.Hour, true},
	"much, then nothing":     {1 << 20, time.Hour, 2 * time.Hour, true},
	"less than may be asked": {100, time.Second, time.Hour, true},
}

func TestABodyMayTakeAsLongAsItMoves(t *testing.T) {
	for name, c := range slowly {
		t.Run(name, func(t *testing.T) {
			onPipe(t, readsAll, func(t *testing.T, conn net.Conn, in *bufio.Reader) {
				t.Helper()
				pieces := int(c.total / c.every)
				go func() {
					_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", max(pieces*c.size, 1))
					for range pieces {
						if _, err := conn.Write(make([]byte, c.size)); err != nil {
							return
						}
						time.Sleep(c.every) //nolint:forbidigo // of a bubble
					}
				}()
				began := time.Now()
				res, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				took := time.Since(began) - time.Hour
				if cut := res.StatusCode == http.StatusBadRequest; cut != c.cut {
					t.Errorf("got %d after %s", res.StatusCode, took)
				}
				if c.cut && took > 2*bodyWindow {
					t.Errorf("was cut off after %s only", took)
				}
			})
		})
	}
}

func TestWhatIsReadAfterAnAnswerHasAnEnd(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	defer stop()
	refuses := func(w http.ResponseWriter, r *http.Request) {
		c := &Call{w: w, r: r, body: newBody(w, r)}
		w.Header().Set("Connection", "close")
		c.send(http.StatusUnauthorized, []byte("no"))
		ctx := context.Background() // a context of the bubble
		if r.URL.Path == "/stopping" {
			ctx = stopping
		}
		c.body.discard(ctx)
	}
	stop()
	for name, c := range map[string]struct {
		path  string
		head  string
		size  int
		every time.Duration
		most  time.Duration // from the answer to the end of the connection
	}{
		"silence":       {"/", "", 0, time.Second, discardWindow},
		"a trickle":     {"/", "", 1, time.Second, discardWindow},
		"a steady flow": {"/", "", 4 << 10, time.Second, discardTime},
		"unasked":       {"/", "Expect: 100-continue\r\n", 4 << 10, time.Second, unaskedTime},
		"shutdown":      {"/stopping", "", 4 << 10, time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onPipe(t, refuses, func(t *testing.T, conn net.Conn, in *bufio.Reader) {
				t.Helper()
				ended := make(chan time.Time, 1)
				go func() {
					_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: 1000000000\r\n\r\n", c.path, c.head)
					for {
						time.Sleep(c.every) //nolint:forbidigo // of a bubble
						if _, err := conn.Write(make([]byte, c.size)); err != nil {
							ended <- time.Now()
							return
						}
					}
				}()
				began := time.Now()
				res, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				if _, err := io.ReadAll(res.Body); err != nil || time.Since(began) > 0 || res.StatusCode != http.StatusUnauthorized {
					t.Errorf("answered %d after %s, %v", res.StatusCode, time.Since(began), err)
				}
				if lasted := (<-ended).Sub(began); lasted > c.most+2*time.Second {
					t.Errorf("the connection ended after %s, want at most %s", lasted, c.most)
				}
			})
		})
	}
}
