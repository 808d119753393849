// Package client is a Go client of the HTTP API of a claimcheck server: it hands
// in work, waits for jobs as the server asks it to, and downloads results.
//
//	c, err := client.New("https://api.example.org", key, client.Settings{})
//	...
//	result, err := c.Run(ctx, "json-formatter", file, client.Options{})
//	...
//	_, err = c.Download(ctx, result.File, os.Stdout)
//
// Each submission carries an Idempotency-Key, so that one whose answer was lost
// is made again without being done twice. It has no command line, keeps nothing
// on disk and writes no log.
package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Settings change how a Client works. The zero value is right for most.
type Settings struct {
	// HTTP makes the requests; nil is one of the client's own. Redirects of
	// requests that carry the key are never followed.
	HTTP *http.Client
	// Tries is how often a request is made before the client gives up on lost
	// connections and on answers 429 and 503; 0 is 5, 1 is without retries.
	Tries int
	// MaxPause is the longest pause that the client makes when the server asks
	// for one; it gives up on requests that must wait longer, such as after
	// QUOTA_EXCEEDED. 0 is two minutes.
	MaxPause time.Duration
}

const (
	defaultTries    = 5
	defaultMaxPause = 2 * time.Minute
	headerTime      = 2 * time.Minute // more than a long poll takes
)

// A Client makes requests with one key. It is safe for concurrent use.
type Client struct {
	base     string // without a final slash
	key      string
	calls    *http.Client // carry the key
	files    *http.Client // carry none
	tries    int
	maxPause time.Duration
}

// New returns a client of the server at baseURL, which is http or https and may
// have a path but no query.
func New(baseURL, key string, s Settings) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("base URL %q: want http or https, a host, and no query", baseURL)
	}
	if key == "" {
		return nil, errors.New("the key is empty")
	}
	c := &Client{
		base: strings.TrimRight(baseURL, "/"), key: key, files: s.HTTP,
		tries: s.Tries, maxPause: s.MaxPause,
	}
	if c.files == nil {
		c.files = &http.Client{Transport: transport()}
	}
	if c.tries <= 0 {
		c.tries = defaultTries
	}
	if c.maxPause <= 0 {
		c.maxPause = defaultMaxPause
	}
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
