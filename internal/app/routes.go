package app

import (
	"slices"

	"claimcheck/internal/httpapi"
	"claimcheck/internal/routes/hooks"
	"claimcheck/internal/routes/pauses"
	"claimcheck/internal/routes/tools"
	"claimcheck/internal/webhook"
)

// parts are what families of routes work with.
type parts struct {
	endpoints *webhook.Endpoints
	tools     tools.Config
	pauses    pauses.Config
}

// routes is the one list of the families of routes that have rooms of their own.
func routes(p parts) []httpapi.Route {
	return slices.Concat(
		hooks.Routes(p.endpoints),
		tools.Routes(p.tools),
		pauses.Routes(p.pauses),
	)
}
