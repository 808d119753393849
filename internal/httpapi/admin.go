package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// Audit keeps the record of what operators change; a store is one.
type Audit interface {
	// AddAudit keeps a row, durably.
	AddAudit(ctx context.Context, row account.AuditRow) error
}

// Audit writes down what the caller, an operator, is about to change: an action,
// which is a noun and a verb (keys.revoke), and what it is done to. It is called
// right before the change, once everything that can refuse it was asked. The row
// is durable when it returns nil, so that there is no change without one, whatever
// happens in between; a row without a change there may be. With an error nothing
// may be changed.
func (c *Call) Audit(action, target string) error {
	if runes := []rune(target); len(runes) > account.MaxAuditTarget {
		target = string(runes[:account.MaxAuditTarget-1]) + "…"
	}
	return c.s.Audit.AddAudit(c.r.Context(), account.AuditRow{
		Key: c.who.Key.ID, Owner: c.who.Key.Owner, Action: action, Target: target, RequestID: c.id,
	})
}

// secrecy is for calls with an operator's key: no page of another origin may read
// the answer, and nobody keeps it.
func (c *Call) secrecy() {
	c.admin = true
	h := c.w.Header()
	h.Del("Access-Control-Allow-Origin")
	h.Del("Access-Control-Expose-Headers")
}

// checkOrigin refuses what pages of other origins send with an operator's key.
// Programs send no Origin, and browsers one whenever something may be changed.
func (s *Server) checkOrigin(r *http.Request) error {
	for _, origin := range r.Header["Origin"] {
		if !s.isOwn(origin, r) {
			return fault.New(fault.Forbidden, "FORBIDDEN", "A key with scope admin is taken from pages of %s only; public_url says where that is.", s.origin)
		}
	}
	return nil
}

// isOwn reports whether an origin is that of our own pages.
func (s *Server) isOwn(origin string, r *http.Request) bool {
	return origin == s.origin || s.Unnamed && origin == scheme(r)+strings.ToLower(r.Host) && nobodysName(r.Host)
}

// scheme is what begins the address that a request was sent to.
func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https://"
	}
	return "http://"
}

// CheckOrigin refuses what pages send that are neither ours nor of an origin that
// the operator lists, so that no page can reach a server on its reader's machine by
// a name of its own (DNS rebinding). Programs send no Origin. Forbidden FORBIDDEN.
func (c *Call) CheckOrigin() error {
	for _, origin := range c.r.Header["Origin"] {
		listed := slices.Contains(c.s.CORSOrigins, origin) || slices.Contains(c.s.CORSOrigins, "*")
		if origin == "null" || !listed && !c.s.isOwn(origin, c.r) {
			return fault.New(fault.Forbidden, "FORBIDDEN", "Requests of pages are taken from %s and from the origins in cors_origins only.", c.s.origin)
		}
	}
	return nil
}

// nobodysName reports whether the host of a request is one that no page elsewhere
// can have been loaded from by giving a name of its own this server's address: an
// IP address, or this machine's.
func nobodysName(hostport string) bool {
	u, err := url.Parse("http://" + hostport)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	_, err = netip.ParseAddr(host)
	return err == nil || host == "localhost"
}

// originOf is the origin of an address as browsers write it (RFC 6454, section
// 6.2): in small letters, and without the port that the scheme has anyway.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if name, port, err := net.SplitHostPort(host); err == nil && (scheme == "http" && port == "80" || scheme == "https" && port == "443") {
		if host = name; strings.Contains(name, ":") {
			host = "[" + name + "]"
		}
	}
	return scheme + "://" + host
}
