// Package bearer checks tokens of an authorizer outside: JSON Web Tokens (RFC 7519)
// that it signed with keys which it publishes (RFC 7517). It makes none, and knows
// neither of HTTP nor of stores; keys of our own are package auth's.
package bearer

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
)

// Options say whom to believe.
type Options struct {
	Issuer      string   // of tokens, as their iss says it
	Audience    string   // must be among their aud
	Algorithms  []string // that need no secret to be checked, so that what is published can sign nothing (RFC 8725, section 3.1)
	OwnerClaim  string   // names who calls
	PlanClaim   string   // names the owner's plan; empty: tokens say none
	ScopesClaim string   // names what may be done; empty: everything that an owner may do
	Leeway      time.Duration
	KnownPlan   func(name string) bool // a plan that is not known is as none
	Keys        *KeySet
	Now         func() time.Time
}

// maxToken is how long a token may be, in bytes; a request's header is bounded, too.
const maxToken = 16 << 10

// A Checker checks tokens. It is safe for concurrent use.
type Checker struct {
	o          Options
	algorithms []jose.SignatureAlgorithm
}

// New returns what checks the tokens of an authorizer.
func New(o Options) *Checker {
	c := &Checker{o: o}
	for _, a := range o.Algorithms {
		c.algorithms = append(c.algorithms, jose.SignatureAlgorithm(a))
	}
	return c
}

// errToken is the one answer to whatever is wrong with a token.
var errToken error = fault.New(fault.Unauthorized, "UNAUTHORIZED", "Missing authorizer context")

// Verify returns what a token says of its bearer. Its signature, issuer, audience
// and times are checked (RFC 7519, section 7.2; RFC 8725): whatever is wrong, and a
// token that never ends is, is Unauthorized UNAUTHORIZED. Unavailable UNAVAILABLE
// means that the authorizer's keys could not be read yet.
func (c *Checker) Verify(ctx context.Context, token string) (auth.Bearer, error) {
	if len(token) > maxToken {
		return auth.Bearer{}, errToken
	}
	t, err := jwt.ParseSigned(token, c.algorithms)
	if err != nil || len(t.Headers) != 1 {
		return auth.Bearer{}, errToken
	}
	head := t.Headers[0]
	keys, err := c.o.Keys.find(ctx, head.KeyID, head.Algorithm)
	if err != nil {
		return auth.Bearer{}, err
	}
	for _, key := range keys {
		var std jwt.Claims
		var all map[string]any
		if err := t.Claims(key.Key, &std, &all); err == nil {
			return c.bearer(&std, all)
		}
	}
	return auth.Bearer{}, errToken
}

func (c *Checker) bearer(std *jwt.Claims, all map[string]any) (auth.Bearer, error) {
	err := std.ValidateWithLeeway(jwt.Expected{Issuer: c.o.Issuer, AnyAudience: jwt.Audience{c.o.Audience}, Time: c.o.Now()}, c.o.Leeway)
	subject, ok := all[c.o.OwnerClaim].(string)
	if err != nil || std.Expiry == nil || !ok || subject == "" {
		return auth.Bearer{}, errToken
	}
	b := auth.Bearer{Subject: subject, Owner: auth.OwnerOf(c.o.Issuer, "jwt-", subject), Until: std.Expiry.Time().Add(c.o.Leeway), Scopes: []string{account.ScopeRead, account.ScopeSubmit}}
	if c.o.ScopesClaim != "" {
		said := words(all[c.o.ScopesClaim])
		b.Scopes = slices.DeleteFunc(b.Scopes, func(s string) bool { return !slices.Contains(said, s) })
	}
	if plan, ok := all[c.o.PlanClaim].(string); ok && c.o.PlanClaim != "" && c.o.KnownPlan(plan) {
		b.Plan = plan
	}
	return b, nil
}

// words are those of a claim: a list, or a text with spaces between them (RFC 8693,
// section 4.2).
func words(claim any) (list []string) {
	switch v := claim.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		for _, member := range v {
			if text, ok := member.(string); ok {
				list = append(list, text)
			}
		}
	}
	return list
}
