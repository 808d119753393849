package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// onStreams runs do with a client of a handler that speaks HTTP/2 on one connection,
// in a bubble of its own.
func onStreams(t *testing.T, h http.HandlerFunc, do func(t *testing.T, c *http.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipeListener{make(chan net.Conn, 1), make(chan struct{})}
		var only http.Protocols
		only.SetUnencryptedHTTP2(true)
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, Protocols: &only}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = server.Serve(l)
		}()
		dialed := 0
		transport := &http.Transport{Protocols: &only, DialContext: func(context.Context, string, string) (net.Conn, error) {
			mine, its := net.Pipe()
			l.conns <- its
			dialed++
			return mine, nil
		}}
		do(t, &http.Client{Transport: transport})
		if dialed != 1 {
			t.Errorf("there were %d connections", dialed)
		}
		transport.CloseIdleConnections()
		_ = server.Close()
		<-ended
		time.Sleep(time.Minute) //nolint:forbidigo // of a bubble; timers of the connection
	})
}

// post sends a body as it comes and returns the status of the answer.
func post(t *testing.T, c *http.Client, length int64, body io.Reader) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/", io.NopCloser(body))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = length
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.ProtoMajor != 2 {
		t.Fatalf("it was %s", res.Proto)
	}
	return res.StatusCode
}

// TestABodyMayTakeAsLongAsItMovesInHTTP2 too: deadlines are the stream's there.
func TestABodyMayTakeAsLongAsItMovesInHTTP2(t *testing.T) {
	for name, c := range slowly {
		t.Run(name, func(t *testing.T) {
			onStreams(t, readsAll, func(t *testing.T, client *http.Client) {
				t.Helper()
				pieces := int(c.total / c.every)
				from, to := io.Pipe()
				go func() {
					for i := range pieces {
						if i > 0 {
							time.Sleep(c.every) //nolint:forbidigo // of a bubble; the last piece is sent when the client knows that it is
						}
						if _, err := to.Write(make([]byte, c.size)); err != nil {
							return
						}
					}
					_ = to.Close()
				}()
				began := time.Now()
				status := post(t, client, int64(max(pieces*c.size, 1)), from)
				took := time.Since(began) - time.Hour
				if cut := status == http.StatusBadRequest; cut != c.cut {
					t.Errorf("got %d after %s", status, took)
				}
				if c.cut && took > 2*bodyWindow {
					t.Errorf("was cut off after %s only", took)
				}
				_ = from.Close()
			})
		})
	}
}

// TestABodyIsEndedInHTTP2: what is read of one request ends, and others on the
// connection go on.
func TestABodyIsEndedInHTTP2(t *testing.T) {
	calls := make(chan *Call, 1)
	onStreams(t, func(w http.ResponseWriter, r *http.Request) {
		b := newBody(w, r)
		if r.ContentLength > 100 {
			calls <- &Call{body: b}
		}
		_, err := io.Copy(io.Discard, b)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.WriteHeader(http.StatusRequestTimeout)
		case err != nil:
			w.WriteHeader(http.StatusTeapot)
		}
	}, func(t *testing.T, client *http.Client) {
		t.Helper()
		silent, to := io.Pipe()
		steady, goesOn := io.Pipe()
		long := make(chan int, 1)
		go func() { long <- post(t, client, 3, steady) }()
		synctest.Wait()
		go func() {
			c := <-calls
			synctest.Wait()
			if !c.EndBody() {
				t.Error("it cannot be ended")
			}
		}()
		began := time.Now()
		if status := post(t, client, 1000, silent); status != http.StatusRequestTimeout || time.Since(began) > time.Second {
			t.Errorf("got %d after %s", status, time.Since(began))
		}
		_, _ = goesOn.Write([]byte("abc"))
		_ = goesOn.Close()
		if status := <-long; status != http.StatusOK {
			t.Errorf("the other request: %d", status)
		}
		_ = to.Close()
	})
}
