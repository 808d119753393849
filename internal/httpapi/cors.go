package httpapi

import (
	"net/http"
	"slices"
)

const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "x-api-key, Authorization, Content-Type, Prefer, Idempotency-Key, If-None-Match, X-Request-Id, Last-Event-ID, " +
		"x-source-type, x-tab-space, x-priority, x-run-at, x-metadata, x-webhook-url"
	corsExposed = "Retry-After, ETag, Location, RateLimit, RateLimit-Policy, X-Request-Id, Preference-Applied, Idempotent-Replayed, Link"
	corsMaxAge  = "600"
)

// cors sets the headers for pages of other origins, and answers OPTIONS, which
// needs no key.
func (s *Server) cors(c *Call) (answered bool) {
	h := c.w.Header()
	origin := c.r.Header.Get("Origin")
	allowed := origin != "" && (slices.Contains(s.CORSOrigins, origin) || slices.Contains(s.CORSOrigins, "*"))
	if len(s.CORSOrigins) > 0 {
		h.Add("Vary", "Origin")
	}
	if allowed {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", corsExposed)
	}
	if c.r.Method != http.MethodOptions {
		return false
	}
	if allowed && c.r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Allow-Headers", corsHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
	}
	c.send(http.StatusNoContent, nil)
	return true
}
