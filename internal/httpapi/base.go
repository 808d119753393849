package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// BaseOf is the path of an address, without a final slash; empty where it has none.
func BaseOf(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// below is a request as it would be if clients found the server below no path:
// proxies leave the path of PublicURL in it or take it away. What a resource says of
// itself is asked for with that path behind its own (RFC 9728, section 3.1). A path
// that is not below is left alone, and so is the request that we were given.
func (s *Server) below(r *http.Request) *http.Request {
	path, ok := s.within(r.URL.Path)
	if !ok {
		return r
	}
	at := *r.URL
	at.Path, at.RawPath = path, strings.TrimPrefix(at.RawPath, s.base)
	inner := r.WithContext(r.Context())
	inner.URL = &at
	return inner
}

// within is a path as it is below that of PublicURL.
func (s *Server) within(path string) (inner string, ok bool) {
	if rest, ok := beneath(path, ResourcePath+s.base); ok {
		return ResourcePath + rest, true
	}
	rest, ok := beneath(path, s.base)
	if ok && rest == "" { // unless it is a tool's, of a proxy that takes the path away
		_, tools := s.router.tools(path)
		return "/", !tools
	}
	return rest, ok
}

// beneath is what follows base in a path that is base or below it.
func beneath(path, base string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, base)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// CheckBase refuses a path of PublicURL that begins as one of our own does: of
// such a path nobody could tell whether a proxy has taken the other away.
func (c Config) CheckBase() error {
	first, _, _ := strings.Cut(strings.TrimPrefix(BaseOf(c.PublicURL), "/"), "/")
	if first == "" {
		return nil
	}
	for _, sp := range (&Server{Config: c}).speakers() {
		if beneathOne(sp.Prefix, first) {
			return taken(first)
		}
		for _, r := range sp.Routes {
			if beneathOne(r.Path, first) {
				return taken(first)
			}
		}
	}
	return nil
}

func beneathOne(path, first string) bool {
	_, ok := beneath(path, "/"+first)
	return ok
}

func taken(first string) error {
	return fmt.Errorf("public_url: the path may not begin with /%s, as paths of the server's own do; choose another name", first)
}
