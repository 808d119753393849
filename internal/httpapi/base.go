package httpapi

import (
	"fmt"
	"net/http"

	"claimcheck/internal/base"
)

// below is a request as it would be if clients found the server below no path:
// proxies leave the path of PublicURL in it or take it away. What a resource says of
// itself is asked for with that path behind its own (RFC 9728, section 3.1).
func (s *Server) below(r *http.Request) *http.Request {
	path := r.URL.Path
	rest, ok := base.Cut(path, s.base)
	if rest == "" && ok { // unless it is a tool's, of a proxy that takes the path away
		if _, tools := s.router.tools(path); tools {
			return r
		}
		rest = "/"
	}
	if known, ours := base.Cut(path, ResourcePath+s.base); ours {
		rest, ok = ResourcePath+known, true
	}
	if !ok {
		return r
	}
	return base.At(r, rest, s.base)
}

// CheckBase refuses a path of PublicURL that begins as one of our own does: of
// such a path nobody could tell whether a proxy has taken the other away.
func (c Config) CheckBase() error {
	first := base.First(base.Of(c.PublicURL))
	for _, sp := range (&Server{Config: c}).speakers() {
		for _, r := range append(sp.Routes, Route{Path: sp.Prefix}) {
			if first != "" && base.First(r.Path) == first {
				return fmt.Errorf("public_url: the path may not begin with /%s, as paths of the server's own do; choose another name", first)
			}
		}
	}
	return nil
}
