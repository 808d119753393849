// Package client is a Go client of the HTTP API of a claimcheck server: it hands
// in work, waits for jobs as the server asks it to, and downloads results.
//
//	c, err := client.New("https://api.example.org", key)
//	...
//	result, err := c.Run(ctx, "json-formatter", file, client.Options{})
//	...
//	_, err = c.DownloadLink(ctx, result.File, os.Stdout)
//
// Each submission carries an Idempotency-Key, so that one whose answer was lost
// is made again without being done twice. Answers 429 and 503, and a proxy's 502 and
// 504, are waited for as they say. The key goes to the server's own address and nowhere else.
//
// The package has no command line and writes no log; on disk it keeps nothing but
// what [Client.DownloadFile] is asked for. Statuses are "queued", "processing",
// "success" and "failed"; times on the wire are Unix seconds. Package clienttest
// has a server for tests of what uses this package, package webhook is for
// receivers of webhooks.
package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// A Client makes requests with one key. It is safe for concurrent use.
type Client struct {
	base     string // without a final slash
	key      string
	agent    string
	calls    *http.Client // carry the key
	files    *http.Client // carry none
	tries    int
	maxPause time.Duration
	longPoll time.Duration // whole seconds; 0: never
	failFast bool
	paused   func(err error, pause time.Duration) // nil: nobody is told
	reached  atomic.Bool                          // the API has answered
}

// New returns a client of the server at baseURL, which is http or https and may
// have a path but neither a query nor a user name, with a key of that server. It
// makes no request.
func New(baseURL, key string, options ...Option) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, errors.New("base URL: it is no URL") // the error would repeat it, with what is secret in it
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("base URL %q: want http or https, a host, and neither query nor user name", u.Redacted())
	}
	if key == "" {
		return nil, errors.New("the key is empty")
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the key has a character that no key has: a space, a line break or one beyond ASCII")
	}
	s := settings{agent: "claimcheck-client", tries: defaultTries, maxPause: defaultMaxPause, longPoll: defaultLongPoll}
	for _, o := range options {
		o(&s)
	}
	c := &Client{
		base: strings.TrimRight(baseURL, "/"), key: key, agent: s.agent, files: s.http,
		tries: s.tries, maxPause: s.maxPause, failFast: s.failFast, paused: s.paused,
	}
	if c.files == nil {
		c.files = &http.Client{Transport: transport()}
	}
	c.longPoll = longPoll(s.longPoll, c.files)
	calls := *c.files
	calls.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.calls = &calls
	return c, nil
}

func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody's own, which knows best
		return http.DefaultTransport
	}
	t = t.Clone()
	t.ResponseHeaderTimeout = headerTime
	return t
}
