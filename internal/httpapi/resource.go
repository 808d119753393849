package httpapi

import (
	"encoding/json"
	"net/http"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// resourcePath is where clients look for what a resource says of itself; the path
// of one that is not the whole server follows (RFC 9728, section 3.1).
const resourcePath = "/.well-known/oauth-protected-resource"

// resource answers who gives tokens for the API, or for one dialect of it.
func (s *Server) resource(c *Call) error {
	of := ""
	if prefix := c.r.PathValue("prefix"); prefix != "" {
		of = "/" + prefix
	}
	if s.Issuer == "" || !s.router.isPrefix(of) {
		return fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this path.")
	}
	body, err := json.Marshal(api.ProtectedResource{
		Resource: s.PublicURL + of, AuthorizationServers: []string{s.Issuer}, BearerMethodsSupported: []string{"header"},
		ScopesSupported: []string{account.ScopeRead, account.ScopeSubmit}, ResourceName: "claimcheck",
	})
	if err != nil {
		return err
	}
	c.sendJSON(http.StatusOK, body)
	return nil
}
