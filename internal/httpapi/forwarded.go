package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/peer"
)

// Forwarded names the header fields in which proxies that are trusted say who
// calls. What anybody else sends in them is not read.
type Forwarded struct {
	Owner  string // empty: nobody is believed
	Plan   string // empty: proxies say no plan
	Scopes string // empty: whoever has a name may read and submit
}

// herald returns who a proxy says that it knows; said is false where the request
// does not come from one, or it names nobody. What is said twice is said of nobody:
// one of the two may be the client's own.
func (s *Server) herald(r *http.Request) (h auth.Herald, said bool) {
	if !peer.Within(peer.Of(r), s.TrustedProxies) || r.Header.Get(s.Forwarded.Owner) == "" {
		return h, false
	}
	one := func(name string) string {
		if lines := r.Header.Values(name); name != "" && len(lines) == 1 {
			return strings.TrimSpace(lines[0])
		}
		return ""
	}
	h.Subject = one(s.Forwarded.Owner)
	if plan := one(s.Forwarded.Plan); plan != "" && s.KnownPlan(plan) {
		h.Plan = plan
	}
	h.Scopes = []string{account.ScopeRead, account.ScopeSubmit}
	if s.Forwarded.Scopes != "" {
		words := strings.FieldsFunc(one(s.Forwarded.Scopes), func(c rune) bool { return c == ',' || c == ' ' })
		h.Scopes = slices.DeleteFunc(h.Scopes, func(scope string) bool { return !slices.Contains(words, scope) })
	}
	return h, true
}
