package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"time"
)

// An Answer is what the real server once answered, and the bare one always
// does.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Folder string // not empty: it is a server of files there instead
}

// StartBare starts the server that the real one is compared with: a net/http
// handler that reads the body and writes this answer, in a process of its own.
func StartBare(ctx context.Context, a *Answer) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return launch(ctx, bytes.NewReader(text), self, BareCommand)
}

// ServeBare is the bare server's main function. It reads the answer from stdin.
func ServeBare(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	var a Answer
	if err := json.NewDecoder(stdin).Decode(&a); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	for _, own := range []string{"Date", "Content-Length"} { // net/http sets them itself
		a.Header.Del(own)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "listening on http://%s\n", listener.Addr()); err != nil {
		return fmt.Errorf("say that the server is ready: %w", err)
	}
	var handler http.Handler = &a
	if a.Folder != "" {
		handler = fileServer{a.Folder}
	}
	server := &http.Server{Handler: handler} //nolint:gosec // bare: no timeouts, and loopback only
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// ServeHTTP writes the answer.
func (a *Answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client is gone
		}
	}
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client is gone, or it is not
}

// Ask makes a request and keeps the answer.
func Ask(ctx context.Context, client *http.Client, method, url, key string, body []byte) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("X-Api-Key", key)
	if method == http.MethodPost {
		req.Header.Set("Prefer", "respond-async")
	}
	return Do(client, req)
}

// Do makes a request and keeps the answer; one that is no success is an error.
func Do(client *http.Client, req *http.Request) (*Answer, error) {
	res, err := client.Do(req) //nolint:gosec // a server of our own
	if err != nil {
		return nil, fmt.Errorf("call the server: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s %s: %s: %s", req.Method, req.URL.Path, res.Status, text)
	}
	return &Answer{Status: res.StatusCode, Header: res.Header, Body: text}, nil
}

// NewClient returns a client that keeps as many connections as are used.
func NewClient() *http.Client {
	return &http.Client{
		Timeout:   10 * time.Minute,
		Transport: &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: 1 << 10, DisableCompression: true},
	}
}

// BareCommand makes this program the server that the real one is compared with.
const BareCommand = "bare"
