package httpapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsExposed = "Retry-After, ETag, Location, RateLimit, RateLimit-Policy, X-Request-Id, Preference-Applied, Idempotent-Replayed, Link, Repr-Digest, Content-Range"
	corsMaxAge  = "600"
)

// corsOwn are the request's header fields that pages may set, beside those of an
// order and the options of tools.
var corsOwn = []string{"x-api-key", "Authorization", "Content-Type", "If-None-Match", "X-Request-Id", "Last-Event-ID", "Range", "If-Range"}

// corsHeaders are all that pages may set, of those with a prefix the ones that are
// asked for.
func (s *Server) corsHeaders(asked []string) []string {
	options := map[string]bool{}
	for _, name := range s.Tools.Names() {
		if t, ok := s.Tools.Get(name); ok {
			for _, o := range t.Spec().Options {
				options[o.Header] = true
			}
		}
	}
	list := slices.Concat(corsOwn, OrderHeaders, slices.Sorted(maps.Keys(options)))
	for _, m := range s.Dialects {
		list = append(list, m.Headers...)
		if m.HeaderPrefix == "" {
			continue
		}
		for name := range strings.SplitSeq(strings.Join(asked, ","), ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if rest, ok := strings.CutPrefix(name, m.HeaderPrefix); ok && rest != "" {
				list = append(list, name)
			}
		}
	}
	return list
}

// cors sets the headers for pages of other origins, and answers OPTIONS, which
// needs no key. No page of another origin is told anything of operators' routes.
func (s *Server) cors(c *Call, at *found) (answered bool) {
	h := c.w.Header()
	origin := c.r.Header.Get("Origin")
	allowed := at.Access != Admin && origin != "" && (slices.Contains(s.CORSOrigins, origin) || slices.Contains(s.CORSOrigins, "*"))
	if len(s.CORSOrigins) > 0 {
		h.Add("Vary", "Origin")
	}
	if allowed {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", strings.Join(append([]string{corsExposed}, at.speaks.Shows...), ", "))
	}
	if c.r.Method != http.MethodOptions {
		return false
	}
	if allowed && c.r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Allow-Headers", strings.Join(s.corsHeaders(c.r.Header.Values("Access-Control-Request-Headers")), ", "))
		h.Set("Access-Control-Max-Age", corsMaxAge)
	}
	if at.speaks.Options != nil {
		at.speaks.Options(c)
	}
	c.send(http.StatusNoContent, nil)
	return true
}
