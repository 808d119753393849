package app

import (
	"slices"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/routes/admin"
	"claimcheck/internal/routes/hooks"
	"claimcheck/internal/routes/pauses"
	"claimcheck/internal/routes/stats"
	"claimcheck/internal/routes/tools"
	"claimcheck/internal/webhook"
)

// parts are what families of routes work with.
type parts struct {
	endpoints *webhook.Endpoints
	tools     tools.Config
	pauses    pauses.Config
	admin     admin.Config
	stats     stats.Config
}

// routes is the one list of the families of routes that have rooms of their own.
func routes(p parts) []httpapi.Route {
	return slices.Concat(
		hooks.Routes(p.endpoints),
		tools.Routes(p.tools),
		pauses.Routes(p.pauses),
		admin.Routes(p.admin),
		stats.Routes(p.stats),
	)
}

// parts are this server's.
func (s *Server) parts(endpoints *webhook.Endpoints, keys *auth.Keys) parts {
	return parts{
		endpoints: endpoints,
		tools:     tools.Config{Tools: s.tools, Timeout: s.cfg.JobTimeout, Paused: s.toolPaused},
		pauses:    s.operator.stops.routes(),
		stats:     s.statsConfig(),
		admin:     admin.Config{Keys: keys, Audit: s.store, Plans: s.allPlans, Now: s.store.now},
	}
}

// allPlans are the plans that there are now.
func (s *Server) allPlans() map[string]account.Plan { return *s.plans.Load() }
