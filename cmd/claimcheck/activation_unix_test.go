//go:build unix

package main_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

// handedOver is what systemd does for a service with a socket: the number of the
// process that is started is known only in it.
var handedOver = []string{"/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=api exec "$@"`, "sh"}

// TestARestartRefusesNoConnection calls a server 200 times, each on a connection of
// its own, while it is stopped and started again on a socket that it was handed.
func TestARestartRefusesNoConnection(t *testing.T) {
	t.Parallel()
	const calls = 200
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File() //nolint:errcheck // that is what tcp is
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	url := "http://" + l.Addr().String()
	if err := l.Close(); err != nil { // the file is the same socket, and nobody else takes connections from it
		t.Fatal(err)
	}
	o := serverproc.Options{Data: serverproc.Folder(t), Args: []string{"--listen=systemd:api"}, Files: []*os.File{file}, Under: handedOver}
	first := serverproc.Start(t, o)
	if first.URL != url {
		t.Fatalf("the server is at %s, the socket at %s", first.URL, url)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var answered atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range calls {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := healthy(ctx, client, url+"/healthz"); err != nil {
				t.Errorf("call %d: %v", answered.Load(), err)
				cancel()
				return
			}
			answered.Add(1)
			cancel()
		}
	}()
	serverproc.Until(t, time.Minute, func() (bool, string) { return answered.Load() >= calls/4, "calls are answered" })
	first.Stop()
	before := answered.Load()
	second := serverproc.Start(t, o)
	<-done
	if before >= calls {
		t.Errorf("the server was stopped after the last call")
	}
	if got := answered.Load(); got != calls {
		t.Errorf("%d calls were answered, %d of them before the restart; want %d", got, before, calls)
	}
	second.Stop()
}

func healthy(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}

// TestASocketThatIsNotHandedOverIsSaid.
func TestASocketThatIsNotHandedOverIsSaid(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"systemd":      "listen: systemd has handed over no socket",
		"systemd:http": "listen: systemd has handed over no socket of the name http",
	} {
		is := serverproc.Run(t, nil, "serve", "--data="+serverproc.Folder(t), "--listen="+listen)
		if is.Code != 1 || !strings.Contains(is.Stderr, want) {
			t.Errorf("%s: %d %s", listen, is.Code, is.Stderr)
		}
	}
}
