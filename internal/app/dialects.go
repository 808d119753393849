package app

import "claimcheck/internal/httpapi"

// dialects is the one list of the dialects that are spoken beside the plain one.
func dialects() []httpapi.Mount { return nil }
