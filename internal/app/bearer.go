package app

import (
	"context"
	"fmt"
	"net/http"

	"claimcheck/internal/auth"
	"claimcheck/internal/auth/bearer"
)

// trust lets the authorizer that is configured, if any is, vouch for owners.
func (s *Server) trust(ctx context.Context, keys *auth.Keys) error {
	if err := s.cfg.CheckForwarded(); err != nil {
		return err
	}
	jwt := &s.cfg.JWT
	if err := jwt.Check(); err != nil || jwt.Issuer == "" {
		return err
	}
	set := bearer.NewKeySet(jwt.JWKS, http.DefaultClient, s.log, s.sharing.clock.Steady)
	if err := set.Check(ctx); err != nil {
		return fmt.Errorf("auth.jwt.jwks: %w", err)
	}
	keys.Trust(bearer.New(bearer.Options{
		Issuer: jwt.Issuer, Audience: jwt.Audience, Algorithms: jwt.Algorithms, OwnerClaim: jwt.OwnerClaim, PlanClaim: jwt.PlanClaim, ScopesClaim: jwt.ScopesClaim,
		Leeway: jwt.Leeway, KnownPlan: s.knowsPlan, Keys: set, Now: s.store.now,
	}))
	return nil
}

// knowsPlan reports whether there is a plan of a name now.
func (s *Server) knowsPlan(name string) bool {
	_, ok := s.allPlans()[name]
	return ok
}
