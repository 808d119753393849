// Package base is about the path that clients find the server below, the path of
// public_url: /team/jobs of https://example.org/team/jobs. It knows no route.
package base

import (
	"net/http"
	"net/url"
	"strings"
)

// Of is the path of an address, without a final slash; empty where it has none.
func Of(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// Cut is what follows base in a path that is base or below it.
func Cut(path, base string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, base)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// At is a request as it would be if clients had asked for a path, which is its own
// without base. The request that is given stays as it is.
func At(r *http.Request, path, base string) *http.Request {
	at := *r.URL
	at.Path, at.RawPath = path, strings.TrimPrefix(at.RawPath, base)
	inner := r.WithContext(r.Context())
	inner.URL = &at
	return inner
}

// First is the first name of a base; empty where that is.
func First(base string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(base, "/"), "/")
	return first
}
