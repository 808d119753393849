package examples_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

const formatter = "/json-formatter-api"

// A pass is one request that came to the door, and how it was answered.
type pass struct {
	method, path, key, tag string
	status                 int
}

// A door stands before a server, where an example has it a little hard: the first
// submission is handed in again and again until the server's limit is reached, which
// is what the example is then told; the first question is answered with 503; and the
// server's only worker is busy until the job was asked for often enough.
type door struct {
	*httptest.Server

	server  *serverproc.Server
	key     string // of owner ann, whose limit is low
	other   string // of an owner without limits, whose job is the sleeper
	sleeper string // keeps the only worker

	easy bool // the job may run when it was asked for once

	t      *testing.T
	mu     sync.Mutex // guards the fields below
	passed []pass
	full   bool // the limit was reached
	asked  bool // for the job
}

// newDoor starts a server whose only worker is busy, and the door before it. With
// origin pages of that origin are let in.
func newDoor(t *testing.T, origin string, easy bool) *door {
	t.Helper()
	d := &door{t: t, easy: easy}
	d.Server = httptest.NewUnstartedServer(d) // it begins when all is known that a request may ask for
	t.Cleanup(d.Close)
	d.URL = "http://" + d.Listener.Addr().String()
	config := file(t, "claimcheck.yaml", "plans: {default: {submit_per_minute: 60}}\n")
	args := []string{"--config=" + config, "--workers=1", "--sync-max-bytes=1", "--public-url=" + d.URL}
	if origin != "" {
		args = append(args, "--cors-origins="+origin)
	}
	d.server = serverproc.Start(t, serverproc.Options{Args: args})
	d.key = d.server.Key("ann")
	d.other = d.server.Key("bob", "--plan=unlimited")
	a := call(t, d.server.URL, d.other, http.StatusAccepted, http.MethodPost, "/test-sleep-api", "10m", "Prefer", "respond-async")
	d.sleeper = decode[api.Accepted](t, a.Body).JobID
	d.URL = "" // Start sets it
	d.Start()
	return d
}

// ServeHTTP passes a request on.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		d.stream(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	a, err := d.answer(r, body)
	if err != nil {
		if r.Context().Err() == nil {
			d.t.Error(err)
		}
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.Header {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	d.note(r, a.Status)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // an example that is gone is noticed elsewhere
}

func (d *door) answer(r *http.Request, body []byte) (serverproc.Answer, error) {
	isJob := r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/jobs/")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == formatter && d.first(&d.full):
		for range 1000 {
			if a, err := d.pass(r, body); err != nil || a.Status == http.StatusTooManyRequests {
				return a, err
			}
		}
		return serverproc.Answer{}, fmt.Errorf("the limit of %s is not reached", r.URL.Path)
	case isJob && d.first(&d.asked):
		return unavailable(), nil
	case isJob && r.Header.Get("Prefer") != "": // it is about to be held
		d.freeWorker(r.Context())
	}
	a, err := d.pass(r, body)
	if isJob && (a.Status == http.StatusNotModified || d.easy) {
		d.freeWorker(r.Context())
	}
	return a, err
}

// stream passes events on as they come; when the first is through the job may run.
func (d *door) stream(w http.ResponseWriter, r *http.Request) {
	to, err := url.Parse(d.server.URL)
	if err != nil {
		panic(err)
	}
	p := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1}
	p.ModifyResponse = func(res *http.Response) error {
		d.note(r, res.StatusCode)
		res.Body = &heard{ReadCloser: res.Body, then: func() { d.freeWorker(r.Context()) }}
		return nil
	}
	testneeds.Proxy(&p).ServeHTTP(w, r)
}

// A heard does something when the first event was read.
type heard struct {
	io.ReadCloser
	then func()
}

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	if bytes.Contains(p[:n], []byte("event: status")) && h.then != nil {
		h.then()
		h.then = nil
	}
	return n, err
}

// first reports whether it is called for the first time.
func (d *door) first(done *bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { *done = true }()
	return !*done
}

// unavailable is what a server says that is stopping.
func unavailable() serverproc.Answer {
	return serverproc.Answer{
		Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}, "Content-Type": {"application/json"}},
		Body: []byte(`{"status":"error","error":"UNAVAILABLE","details":{"message":"The server is stopping"},"retry_after":1}`),
	}
}

// pass hands a request to the server.
func (d *door) pass(r *http.Request, body []byte) (serverproc.Answer, error) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, d.server.URL+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return serverproc.Answer{}, err
	}
	req.Header = r.Header.Clone()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return serverproc.Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return serverproc.Answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}

// freeWorker lets the job run.
func (d *door) freeWorker(ctx context.Context) {
	c := serverproc.Call{Base: d.server.URL, Key: d.other, Method: http.MethodDelete, Path: "/jobs/" + d.sleeper}
	if a, err := c.Do(ctx, http.DefaultClient); err != nil || a.Status != http.StatusNoContent && a.Status != http.StatusNotFound {
		d.t.Errorf("remove the sleeper: %v %s", err, a)
	}
}

func (d *door) note(r *http.Request, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.passed = append(d.passed, pass{r.Method, r.URL.Path, r.Header.Get("X-Api-Key"), r.Header.Get("If-None-Match"), status})
}

// passes are those that came so far and that ok likes.
func (d *door) passes(ok func(pass) bool) (some []pass) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.passed {
		if ok(p) {
			some = append(some, p)
		}
	}
	return some
}

// String lists what came.
func (d *door) String() string {
	var b strings.Builder
	for _, p := range d.passes(func(pass) bool { return true }) {
		b.WriteString(p.method + " " + p.path + " " + strconv.Itoa(p.status) + "\n")
	}
	return b.String()
}
