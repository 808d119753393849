package app

import (
	"claimcheck/internal/console"
	"claimcheck/internal/httpapi"
)

// dialects is the one list of the dialects that are spoken beside the plain one,
// and of what else has a prefix of its own.
func dialects() []httpapi.Mount {
	return []httpapi.Mount{
		console.Mount(),
	}
}
