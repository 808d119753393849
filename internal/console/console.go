// Package console is what people look at with a browser: pages below /console.
// They call the API as any client does, with the key that the visitor has; the
// console itself knows nothing that needs one.
package console

import (
	"net/http"

	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/httpapi"
)

const prefix = "/console"

// A page is an HTML document.
type page struct {
	path string // below the prefix
	html []byte
}

// pages is the one list of pages.
func pages() []page {
	return []page{
		// none so far
	}
}

// Mount is where the pages are.
func Mount() httpapi.Mount {
	m := httpapi.Mount{Name: "console", Prefix: prefix, Words: plain.Words{}}
	for _, p := range pages() {
		m.Routes = append(m.Routes, httpapi.Route{Method: http.MethodGet, Path: prefix + p.path, Access: httpapi.Open, Handler: p.show})
	}
	return m
}

// show answers with the page, in which nothing runs and nothing is shown that
// does not come from this server.
func (p page) show(c *httpapi.Call) error {
	h := c.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	c.Answer(http.StatusOK, p.html)
	return nil
}
