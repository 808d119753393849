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

// Below is a request as it would be if clients found the server below no path:
// proxies leave base in its path or take it away. What a resource says of itself is
// asked for with base behind the path known (RFC 9728, section 3.1). A path that is
// base itself is our root, unless it is taken. The request that is given stays as it
// is.
func Below(r *http.Request, base, known string, taken func(path string) bool) *http.Request {
	path := r.URL.Path
	rest, ok := Cut(path, base)
	if ok && rest == "" {
		if taken(path) { // by a proxy that takes base away
			return r
		}
		rest = "/"
	}
	if of, ours := Cut(path, known+base); ours {
		rest, ok = known+of, true
	}
	if !ok {
		return r
	}
	at := *r.URL
	at.Path, at.RawPath = rest, strings.TrimPrefix(at.RawPath, base)
	inner := r.WithContext(r.Context())
	inner.URL = &at
	return inner
}

// First is the first name of a base; empty where that is.
func First(base string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(base, "/"), "/")
	return first
}
