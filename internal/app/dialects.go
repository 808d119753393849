package app

import (
	"claimcheck/internal/console"
	"claimcheck/internal/dialect/azure"
	"claimcheck/internal/dialect/google"
	"claimcheck/internal/httpapi"
)

// dialects is the one list of the dialects that are spoken beside the plain one,
// and of what else has a prefix of its own.
func dialects(pages console.Options) []httpapi.Mount {
	return []httpapi.Mount{
		azure.Mount(),
		console.Mount(pages),
		google.Mount(),
	}
}

// pages are how the console is shown.
func (s *Server) pages() console.Options {
	return console.Options{Off: !s.cfg.Console, Storage: s.blobs.postsTo}
}
