package judges_test

import (
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

// A front is a server behind an address that outlives it. While none is there
// connections end as soon as they begin.
type front struct {
	*service

	t    *testing.T
	at   string // its address
	args []string

	mu     sync.Mutex // guards the fields below
	target string     // host and port; empty for none
}

// startBehind starts a server behind an address of its own.
func startBehind(t *testing.T, args ...string) *front {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{t: t, at: "http://" + l.Addr().String()}
	f.args = append(args, "--public-url="+f.at)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { f.serve(t.Context(), client) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	s := serverproc.Start(t, serverproc.Options{Args: f.args})
	key := s.Key("ann")
	f.use(s, key)
	return f
}

func (f *front) use(s *serverproc.Server, key string) {
	u, err := url.Parse(s.URL)
	if err != nil {
		f.t.Fatal(err)
	}
	s.URL = f.at
	f.service = &service{s, key}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target = u.Host
}

// crash kills the server; whoever asks meets nobody.
func (f *front) crash() {
	f.mu.Lock()
	f.target = ""
	f.mu.Unlock()
	f.Kill()
}

// again starts a server on what the last one left.
func (f *front) again() {
	f.use(serverproc.Start(f.t, serverproc.Options{Data: f.Data, Args: f.args}), f.key)
}

// serve passes bytes on in both directions until one side ends.
func (f *front) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	f.mu.Lock()
	target := f.target
	f.mu.Unlock()
	if target == "" {
		return
	}
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
	if err != nil {
		return // the server is gone: the test knows
	}
	defer server.Close()
	all := func([]byte) bool { return false }
	var up sync.WaitGroup
	defer up.Wait()
	up.Go(func() {
		defer server.Close()
		pass(server, client, all)
	})
	defer client.Close() // so that the other direction ends too
	pass(client, server, all)
}

// until waits for something to become true.
func (f *front) until(what string, is func() bool) {
	f.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if is() {
			return
		}
	}
	f.t.Fatalf("%s never happened", what)
}
