package serverproc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// A Call is one request to a server.
type Call struct {
	Base    string // http://address of the server; empty: Path is a whole URL
	Key     string // empty: none
	Method  string
	Path    string // or a link of an earlier process, of which path and query count
	Body    []byte
	Headers []string // names and values in turn
}

// An Answer is what a server said, its body whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// String is the status and the beginning of the body.
func (a Answer) String() string { return fmt.Sprintf("%d %.300s", a.Status, a.Body) }

// Do makes the call. Where reading the body fails the answer has what came.
func (c *Call) Do(ctx context.Context, client *http.Client) (Answer, error) {
	path := c.Path
	if u, err := url.Parse(path); err == nil && u.Host != "" && c.Base != "" {
		path = u.RequestURI()
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, c.Base+path, bytes.NewReader(c.Body))
	if err != nil {
		return Answer{}, err
	}
	if c.Key != "" {
		req.Header.Set("x-api-key", c.Key)
	}
	for i := 0; i+1 < len(c.Headers); i += 2 {
		req.Header.Set(c.Headers[i], c.Headers[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}
