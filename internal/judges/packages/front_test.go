package packages_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/testneeds"
)

// A seen is a request that came to the front, and what it was answered.
type seen struct {
	method, path string // path with the query
	header       http.Header
	at, answered time.Time
	status       int // 0: the line was cut
	retryAfter   string
}

// A front is a server's address that stays while servers come and go, and where the
// line is cut and answers are changed.
type front struct {
	*httptest.Server
	proxy http.Handler
	below string // the path of its address, which is taken away

	mu     sync.Mutex // guards the fields below
	target *url.URL
	hook   hook
	all    []*seen
}

// A hook answers a request itself, or does something to it before it is passed on.
type hook func(w http.ResponseWriter, r *http.Request) (answered bool)

func newFront(t *testing.T, below string) *front {
	t.Helper()
	f, quiet := &front{below: below}, slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of lines that are cut
	f.proxy = testneeds.Proxy(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			f.mu.Lock()
			defer f.mu.Unlock()
			r.SetURL(f.target)
			r.Out.Host = r.In.Host
		},
		FlushInterval: -1,
		ErrorLog:      quiet,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // the line is cut where the server's is
	})
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = quiet
	f.Start()
	f.URL += below
	t.Cleanup(f.Close)
	return f
}

// to says where the server is.
func (f *front) to(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target = u
}

// begin forgets what was seen, and has a hook from now on.
func (f *front) begin(h hook) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hook, f.all = h, nil
}

// requests are those so far that match.
func (f *front) requests(match func(s *seen) bool) (list []seen) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.all {
		if match(s) {
			list = append(list, *s)
		}
	}
	return list
}

// ServeHTTP passes a request on unless the hook answers it.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, f.below)
	if !ok {
		http.NotFound(w, r)
		return
	}
	r.URL.Path, r.URL.RawPath = path, strings.TrimPrefix(r.URL.RawPath, f.below)
	s := &seen{method: r.Method, path: r.URL.RequestURI(), header: r.Header.Clone(), at: time.Now()}
	f.mu.Lock()
	h := f.hook
	f.all = append(f.all, s)
	f.mu.Unlock()
	noting := &noter{ResponseWriter: w, f: f, s: s}
	if h != nil && r.Method != http.MethodOptions && h(noting, r) { // what browsers ask first is the server's to answer
		return
	}
	f.proxy.ServeHTTP(noting, r)
}

// pass passes a request on by itself and returns the whole answer.
func (f *front) pass(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	f.mu.Lock()
	target := f.target
	f.mu.Unlock()
	p := httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	p.ServeHTTP(rec, r)
	return rec
}

// A noter notes how a request was answered.
type noter struct {
	http.ResponseWriter
	f *front
	s *seen
}

// WriteHeader notes the status.
func (n *noter) WriteHeader(status int) {
	n.f.mu.Lock()
	n.s.status, n.s.answered, n.s.retryAfter = status, time.Now(), n.Header().Get("Retry-After")
	n.f.mu.Unlock()
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (n *noter) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// times counts requests that match, and says of each which it is, from 1.
func times(match func(r *http.Request) bool, do func(n int, w http.ResponseWriter, r *http.Request) bool) hook {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !match(r) {
			return false
		}
		mu.Lock()
		n++
		now := n
		mu.Unlock()
		return do(now, w, r)
	}
}

var errCut = errors.New("the line is cut")

// A cutBody ends in the middle.
type cutBody struct {
	io.ReadCloser
	left int
}

// Read ends after some bytes.
func (c *cutBody) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errCut
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
